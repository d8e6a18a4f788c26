from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from uuid import UUID

from benchmarks.clicks import lost, twice_or_unasked
from tests.services.processes import ROOT


def test_it_counts_clicks_and_finds_each_of_them_in_every_store(tmp_path: Path) -> None:
    report = tmp_path / "reports" / "clicks.json"
    command = ["benchmarks/clicks.py", "--visitors", "3", "--seconds", "0.5", "--json", str(report)]
    done = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    load = json.loads(report.read_text())
    assert load["accepted"] == load["in_log"] == load["in_feed"] >= 3 * 5
    assert load["lost"] == load["twice_or_unasked"] == load["sent_again"] == 0
    assert 0 < load["p50"] <= load["p99"] <= load["longest"]
    assert f"accepted {load['accepted']:,}, in the log {load['in_log']:,}" in done.stdout
    assert load["asked"] == {
        "stores": False,
        "mysql": False,
        "visitors": 3,
        "seconds": 0.5,
        "workers": 2,
        "json": None,
    }


def test_what_is_missing_in_either_store_is_lost_and_what_is_more_is_told_too() -> None:
    first, second, third = (("v1", UUID(int=number)) for number in range(3))
    accepted = Counter([first, second])
    assert lost(accepted, accepted, accepted) == twice_or_unasked(accepted, accepted, accepted) == 0
    assert lost(accepted, Counter([first]), Counter([second])) == 2
    assert lost(accepted, Counter([first]), Counter([first])) == 1
    assert twice_or_unasked(accepted, accepted, Counter([first, second, second])) == 1
    assert twice_or_unasked(accepted, Counter([first, second, third]), accepted) == 1
    same_number = Counter([first, third])
    assert lost(accepted, same_number, accepted) == twice_or_unasked(accepted, same_number, accepted) == 1
