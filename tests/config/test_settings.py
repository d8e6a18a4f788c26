from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_a_site_whose_folder_is_not_there_yet_makes_it_also_with_a_key_that_is_given(tmp_path: Path) -> None:
    var = tmp_path / "not" / "yet"
    given = os.environ | {"VAR_DIR": str(var), "SECRET_KEY": "k" * 50}
    ran = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        cwd=ROOT,
        env=given,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    assert (var / "site.sqlite3").exists()
