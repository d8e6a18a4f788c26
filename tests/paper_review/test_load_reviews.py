"""Loading the reviews: again and again without harm, and without writing over what an editor changed."""

from __future__ import annotations

import shutil
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from paper_review import texts
from paper_review.models import Review

pytestmark = pytest.mark.django_db


def load(*args: str) -> str:
    out = StringIO()
    call_command("load_reviews", *args, stdout=out)
    return out.getvalue()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the files, to change."""
    copy = shutil.copytree(texts.FOLDER, tmp_path / "texts")
    every = texts.every
    monkeypatch.setattr(texts, "every", lambda: every(copy))
    return copy


def change(path: Path) -> None:
    path.write_text(path.read_text() + "\nOne more paragraph.\n")


def test_every_review_is_loaded_once() -> None:
    assert load().count("loaded\n") == Review.objects.count() == 6
    before = list(Review.objects.values())
    assert load().count("there already") == 6
    assert list(Review.objects.values()) == before


def test_a_changed_file_comes_in(folder: Path) -> None:
    load()
    change(folder / "ngcf.ko.md")
    assert "review 2 (ko): loaded anew" in load()
    assert Review.objects.get(number=2, language="ko").body.endswith("One more paragraph.\n")


@pytest.mark.parametrize("file_changes", [False, True])
def test_what_an_editor_changed_stays_unless_it_is_told_otherwise(folder: Path, file_changes: bool) -> None:
    load()
    review = Review.objects.get(number=2, language="ko")
    review.title = "An editor's title"
    review.save()
    if file_changes:
        change(folder / "ngcf.ko.md")
    assert "review 2 (ko): edited on the site" in load()
    assert Review.objects.get(number=2, language="ko").title == "An editor's title"
    assert "review 2 (ko): loaded anew" in load("--overwrite")
    fresh = Review.objects.get(number=2, language="ko")
    assert fresh.title != "An editor's title" and fresh.body.endswith("paragraph.\n") == file_changes
    assert "review 2 (ko): there already" in load()


def test_a_file_that_cannot_be_shown_whole_changes_nothing(folder: Path) -> None:
    load()
    before = list(Review.objects.values())
    (folder / "sasrec.en.md").write_text((folder / "sasrec.en.md").read_text() + '\n{{ figure "nothing" }}\n')
    change(folder / "ngcf.ko.md")
    with pytest.raises(CommandError, match="nothing"):
        load()
    assert list(Review.objects.values()) == before
