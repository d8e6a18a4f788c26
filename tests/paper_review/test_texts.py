"""The reviews themselves: whole, in both languages, with formulas, figures and measured results."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from paper_review import texts
from paper_review.papers import PAPERS
from paper_review.rendering import review_html
from paper_review.texts import Text, TextError
from tests.paper_review.pages import elements

EVERY = list(texts.every())


def test_each_paper_is_reviewed_in_both_languages() -> None:
    assert [(text.number, text.language) for text in EVERY] == [
        (n, each) for n in sorted(PAPERS) for each in ("en", "ko")
    ]


@pytest.mark.parametrize("text", EVERY, ids=lambda text: f"{text.number}-{text.language}")
def test_a_review_explains_with_formulas_figures_and_results(text: Text) -> None:
    found = [element.tag for element in elements(review_html(text.body, text.language, strict=True).html)]
    prose = re.sub(r"\$\$.*?\$\$|\$[^$\n]*\$|\{\{.*?\}\}|[#*>`-]", " ", text.body, flags=re.DOTALL)
    assert len(prose.split()) >= 1200
    assert found.count("math") >= 10 and found.count("svg") >= 2 and found.count("table") >= 2
    assert found.count("h2") >= 6
    korean = sum("가" <= letter <= "힣" for letter in prose) / len(prose)
    assert korean > 0.4 if text.language == "ko" else korean == 0


@pytest.mark.parametrize("text", EVERY, ids=lambda text: f"{text.number}-{text.language}")
def test_no_measured_figure_is_typed_by_hand(text: Text) -> None:
    """Every decimal fraction of a text comes from a file."""
    prose = re.sub(r"\{\{.*?\}\}", "", text.body)
    assert re.findall(r"(?<![\d/])0?\.\d{2,}", prose) == []


def test_both_languages_show_the_same_figures_and_tables() -> None:
    by_number: dict[int, list[list[str]]] = {}
    for text in EVERY:
        by_number.setdefault(text.number, []).append(sorted(re.findall(r"\{\{.*?\}\}", text.body)))
    assert all(english == korean for english, korean in by_number.values())


@pytest.mark.parametrize(
    "front", ["", "+++\ntitle = 3", "+++\ntitle = 'x'\n+++\nbody", "+++\npublished = 'soon'\n+++\n"]
)
def test_a_file_without_its_facts_is_told_by_its_name(tmp_path: Path, front: str) -> None:
    (tmp_path / "ngcf.ko.md").write_text(front)
    with pytest.raises(TextError, match=r"ngcf\.ko\.md: expected title"):
        list(texts.every(tmp_path))
