"""What `make run` does between two versions; the whole of it is walked through in tests/acceptance."""

from __future__ import annotations

import json
import shutil
from io import StringIO
from pathlib import Path

import pytest

from movie.management.commands.set_up import Command
from movie.predictors.base import store_of
from movie.search.index import clear, is_missing
from pytorch_models.checkpoint import FACTS


def weights(monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], str]:
    """Which models the step trains, and what it says."""
    trained: list[str] = []
    monkeypatch.setattr("movie.management.commands.set_up.call_command", lambda _, name, **__: trained.append(name))
    out = StringIO()
    Command(stdout=out)._weights()
    return trained, out.getvalue()


def test_weights_that_are_there_are_not_trained_again(checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store_of("ngcf").add(lambda folder: shutil.copytree(checkpoint, folder))
    assert weights(monkeypatch)[0] == []


def test_weights_of_another_version_are_trained_anew(checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = store_of("ngcf").add(lambda folder: shutil.copytree(checkpoint, folder))
    facts = json.loads((folder / FACTS).read_text())
    (folder / FACTS).write_text(json.dumps(facts | {"format": 0}))
    trained, said = weights(monkeypatch)
    assert trained == ["ngcf"]
    assert "train again" in said


@pytest.mark.django_db
def test_movies_of_a_version_without_search_are_indexed(movies: None) -> None:
    clear()
    Command(stdout=StringIO())._catalogue()
    assert not is_missing()
