"""The benchmark of pages fails where a page is over its bound."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.services.processes import ROOT


@pytest.mark.parametrize(("most", "code"), [("100000", 0), ("0", 1)])
def test_it_ends_with_a_failure_where_a_page_is_over_its_bound(most: str, code: int) -> None:
    command = [sys.executable, "benchmarks/pages.py", "--movies", "4000", "--times", "1", "--most", most]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == code and ("  over" in done.stdout) is bool(code), done.stderr[-2000:]
