"""The figures on a page are those of the committed files."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from paper_review import results
from paper_review.papers import PAPERS
from paper_review.results import ResultsError

FOLDER = settings.BASE_DIR / "docs" / "results"
TABLES = re.compile(r'<figure class="results" data-results="([^"]+)" data-group="([^"]+)">(.*?)</figure>', re.DOTALL)
ROW = re.compile(r'<tr><th scope="row">[^<]+</th>(.*?)</tr>', re.DOTALL)


def lines_of(name: str, group: str) -> list[list[str]]:
    """The cells of every row under `group` in a committed file, read without the code that the site reads it with."""
    text = (FOLDER / f"{name}.md").read_text()
    parts = re.findall(rf"^\*\*{re.escape(group)}\*\*.*?(?=^\*\*|^#|\Z)", text, re.MULTILINE | re.DOTALL)
    rows = [line for part in parts for line in part.splitlines() if line.startswith("| ") and "---" not in line]
    return [[cell.strip() for cell in row.strip("|\n").split("|")] for row in rows]


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("number", PAPERS)
def test_every_figure_of_a_page_stands_in_the_committed_file(
    client: Client, reviews: None, number: int, language: str
) -> None:
    html = client.get(f"/paper_review/{number}/", headers={"Accept-Language": language}).content.decode()
    tables = TABLES.findall(html)
    assert len(tables) >= 2
    for name, group, table in tables:
        committed = [row[2:] for row in lines_of(name, group)]  # without the model and what it is
        shown = [re.findall(r"<td>([^<]*)</td>", row) for row in ROW.findall(table)]
        assert len(shown) >= 3
        for cells in shown:
            assert ["" if cell == "–" else cell.replace("&#x27;", "'") for cell in cells] in committed
        assert re.search(r"<code>python manage\.py evaluate [^<]+</code>", table)


@pytest.mark.django_db
def test_a_figure_in_a_sentence_is_the_files_own(client: Client, reviews: None) -> None:
    html = client.get("/paper_review/2/", headers={"Accept-Language": "en"}).content.decode()
    [row] = [row for row in lines_of("movielens-100k", "1 click") if row[0] == "ease"]
    assert f"With a single click EASE falls to {row[2]}" in html


def test_another_file_gives_other_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is remembered of a file that was written anew."""
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    table = (
        "`python manage.py evaluate x`\n\n**all clicks**, 1,300 visitors\n\n| model | | NDCG@10 |\n|---|---|---|\n"
    )
    for time, figure in enumerate(("0.1234", "0.4321"), start=1):
        (tmp_path / "x.md").write_text(f"{table}| ngcf | as served | {figure} |\n")
        os.utime(tmp_path / "x.md", ns=(time, time))
        assert results.value("x", group="all clicks", model="ngcf") == figure
    found = results.table("x", group="all clicks")
    assert (found.visitors, found.command) == (1300, "python manage.py evaluate x")


def test_a_file_of_two_data_sets_is_asked_by_its_headings() -> None:
    group = "all clicks, next movie sought"
    small, large = (
        results.table("next-item", group=group, section=section)
        for section in ("MovieLens latest-small", "MovieLens 100K")
    )
    assert small.command != large.command and small.rows != large.rows
    with pytest.raises(ResultsError, match="got 2"):
        results.table("next-item", group=group)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.md")), ids=lambda path: path.stem)
def test_every_committed_file_can_be_read(path: Path) -> None:
    tables = results._file(path.stem)
    assert tables and all(table.rows and table.command and table.visitors for table in tables)
