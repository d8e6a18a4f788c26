from __future__ import annotations

import re
from pathlib import Path

import pytest

from movie.services import measured
from movie.services.measured import WHOLE, Better, above_popularity, better

TABLES = """# MovieLens

**all clicks**, 9 visitors

| model | | NDCG@10 | interval | less |
|---|---|---|---|---|
| popularity | what most have | 0.2000 | 0.1–0.3 | +0.1 |
| ngcf | as served | 0.4000 | 0.3–0.5 |  |

**1 click**, 9 visitors

| popularity | what most have | 0.1000 | 0.1–0.3 | +0.1 |
| ngcf | as served | 0.1200 | 0.3–0.5 |  |

**3 clicks**, 9 visitors

| popularity | what most have | 0.1000 | 0.1–0.3 | +0.1 |
| ngcf | as served | 0.1150 | 0.3–0.5 |  |
| ngcf_alone | without | 0.9000 | 0.3–0.5 |  |
"""


@pytest.fixture(autouse=True)
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "results.md"
    path.write_text(TABLES)
    monkeypatch.setattr(measured, "RESULTS", path)
    return path


def test_the_tables_are_read_as_evaluate_writes_them(results: Path) -> None:
    assert dict(above_popularity(results)) == {1: 20, 3: 15, WHOLE: 100}


@pytest.mark.parametrize(
    ("clicks", "expected"),
    [
        (0, Better(None, 0, 1, 20)),
        (1, Better(1, 20, WHOLE, 100)),  # three clicks were measured below one
        (2, Better(1, 20, WHOLE, 100)),
        (7, Better(3, 15, WHOLE, 100)),
    ],
)
def test_what_was_measured_for_so_many_clicks_and_for_more(clicks: int, expected: Better) -> None:
    assert better(clicks) == expected


def test_without_the_file_nothing_is_claimed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(measured, "RESULTS", tmp_path / "nothing.md")
    assert better(5) == Better(None, 0, None, 0)


def test_the_committed_results_are_read() -> None:
    committed = Path(__file__).parents[3] / "docs/results/movielens-small.md"
    found = above_popularity(committed)
    assert list(found) == [1, 3, 5, 10, WHOLE] and found[10] > found[1] > 0 and found[WHOLE] > found[10]
    text = re.findall(
        r"\*\*10 clicks\*\*.*?\| popularity \|[^|]*\| ([\d.]+).*?\| ngcf \|[^|]*\| ([\d.]+)",
        committed.read_text(),
        re.DOTALL,
    )
    assert found[10] == round(100 * (float(text[0][1]) / float(text[0][0]) - 1))
