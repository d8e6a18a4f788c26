from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from movie.management.paper import scratch_of
from pytorch_models.ngcf import run
from tests.worlds import write_paper

SMALL = ("--set", "embedding_size=16", "--set", "layers=16", "--set", "learning_rate=.02", "--set", "few_share=0")


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Path:
    settings.VAR_DIR = tmp_path / "var"
    write_paper(tmp_path / "planted")
    return tmp_path / "planted"


def evaluate(folder: Path, *args: str, models: tuple[str, ...] = ("ngcf",)) -> str:
    out = StringIO()
    call_command("evaluate", *models, "--data", str(folder), "--protocol", "paper", *args, stdout=out)
    return out.getvalue()


def test_it_learns_reports_and_draws_the_curve(folder: Path, tmp_path: Path) -> None:
    file, svg = tmp_path / "made" / "rows.json", tmp_path / "made" / "curve.svg"
    said = evaluate(
        folder,
        *(*SMALL, "--set", "epochs=8", "--json", str(file), "--svg", str(svg)),
        models=("ngcf", "ngcf_alone"),
    )
    row, alone = json.loads(file.read_text())
    assert row.keys() >= {"model", "data", "protocol", "recall@20", "ndcg@20", "users", "seconds", "settings"}
    assert (row["model"], row["data"], row["protocol"], row["users"]) == ("ngcf", "planted", "paper", 120)
    settings = row["settings"]
    assert (settings["embedding_size"], settings["layers"]) == (16, [16])
    assert (settings["spectral_start"], settings["relation_scale"], settings["cosine_keep"]) == (True, 8, 400)
    assert (
        alone["settings"]["relation_scale"] == alone["settings"]["cosine_scale"] == 0
        and alone["seconds"] == row["seconds"]
    )
    assert row["recall@20"] > 0.6  # at random 20 of some 70 movies are a bit over a quarter
    curve = row["curve"]
    assert [point["epoch"] for point in curve] == list(range(1, 9))
    assert [point["seconds"] for point in curve] == sorted(point["seconds"] for point in curve)
    assert curve[-1]["ndcg@20"] > curve[0]["ndcg@20"]
    assert svg.read_text().startswith("<?xml") and "ngcf recall@20" in svg.read_text()
    assert "ngcf_alone" not in svg.read_text(), "of a training that two share one curve"
    assert f"{row['recall@20']:.4f}" in said
    assert not scratch_of(str(folder)).exists()


def test_one_that_was_killed_goes_on_and_its_curve_is_whole(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, args = tmp_path / "rows.json", (*SMALL, "--set", "epochs=6")
    evaluate(folder, *args, "--json", str(file))
    (at_once,) = json.loads(file.read_text())

    class Killed(BaseException):
        pass

    def save_and_die(self: run.Run) -> None:
        save(self)
        if self.progress.epoch == 4:
            raise Killed

    save = run.Run.save
    with monkeypatch.context() as patched:
        patched.setattr(run.Run, "save", save_and_die)
        with pytest.raises(Killed):
            evaluate(folder, *args)
    assert list(scratch_of(str(folder)).iterdir())
    evaluate(folder, *args, "--json", str(file))
    (resumed,) = json.loads(file.read_text())
    assert (resumed["recall@20"], resumed["ndcg@20"]) == (at_once["recall@20"], at_once["ndcg@20"])
    figures = [[point["ndcg@20"] for point in row["curve"]] for row in (resumed, at_once)]
    assert figures[0] == figures[1]


def test_a_model_without_epochs_has_no_curve(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "rows.json"
    evaluate(folder, "--json", str(file), models=("popularity",))
    (row,) = json.loads(file.read_text())
    assert row["curve"] == []
    assert not list((tmp_path / "var").rglob("*.svg"))


def test_a_folder_that_is_no_published_split_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"train\.txt: expected adjacency lists"):
        evaluate(tmp_path / "nowhere")
    (tmp_path / "train.txt").write_text("1 2 3\n")
    with pytest.raises(CommandError, match=r"test\.txt: expected adjacency lists"):
        evaluate(tmp_path)


def test_settings_are_checked_before_anything_is_read(folder: Path) -> None:
    with pytest.raises(CommandError, match="'epochs' to be a whole number"):
        evaluate(folder, "--set", "epochs=few")
    with pytest.raises(CommandError, match="one model"):
        evaluate(folder, "--set", "epochs=1", models=("ngcf", "lightgcn"))
