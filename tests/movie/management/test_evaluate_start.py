from __future__ import annotations

import json
import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command


def run(*args: str | Path) -> str:
    out = StringIO()
    call_command("evaluate_start", *map(str, args), stdout=out)
    return out.getvalue()


def test_it_compares_the_grid_with_popular_ones_and_trains_once_a_split(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "rows.json"
    options = ("--data", folder, "--seeds", "1", "--epochs", "2")
    said = run(*options, "--json", file)
    rows = {row["grid"]: row for row in json.loads(file.read_text())["rows"]}
    assert list(rows) == [
        "most seen",
        "home page",
        "varied, adaptive",
        "varied alone",
        "adaptive alone",
        "five at random",
    ]
    assert all(0 <= row["first"] <= row["picks"] <= 5 and 0 <= row["five"] <= 1 for row in rows.values())
    assert rows["most seen"]["less"] == [0, 0, 0] and rows["five at random"]["picks"] == 5
    for name, row in rows.items():
        assert f"{row['ndcg'][0]:.4f}" in next(line for line in said.splitlines() if line.strip().startswith(name))
    [trained] = re.findall(r"split 0: (\S+),", said)
    again = run(*options)
    assert trained in again and again.splitlines()[1:] == said.splitlines()[1:]


def test_without_data_it_says_so() -> None:
    with pytest.raises(CommandError, match="folder"):
        run("--data", "/nowhere/at/all")
