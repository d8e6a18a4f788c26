from __future__ import annotations

import json
import shutil
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from movie.catalogue.sources import interactions_of
from movie.events import outbox
from movie.models import Rating
from movie.predictors.base import store_of
from movie.predictors.ngcf_predictor import ngcf_predictor
from movie.selectors import catalogue_interactions
from pytorch_models.checkpoint import AGAINST, FACTS, HELD_BACK, WEIGHTS, read_facts
from pytorch_models.evaluation.holdout import split_by_id
from pytorch_models.ngcf.recommender import NGCFRecommender
from tests.movie.events.contract import event
from tests.worlds import FIRST_ID

pytestmark = pytest.mark.django_db


def train(*args: str) -> str:
    out = StringIO()
    call_command("train", "ngcf", *args, stdout=out)
    return out.getvalue()


def test_it_trains_on_the_catalogue_compares_and_serves(movies: None) -> None:
    said = train("--epochs", "3")
    for word in ("ngcf", "item_knn", "popularity", "NDCG@10", "running servers take it up"):
        assert word in said
    assert len(ngcf_predictor.predict([FIRST_ID])) == 10


def test_it_trains_on_a_folder_without_touching_what_serves(folder: Path, tmp_path: Path) -> None:
    said = train("--data", str(folder), "--epochs", "2", "--seed", "3", "--out", str(tmp_path / "out"))
    assert "kept apart" in said
    assert (tmp_path / "out" / "current" / "model.json").exists()
    train("--data", str(folder), "--epochs", "2")
    assert store_of("ngcf", "mine").current() is not None
    assert store_of("ngcf").current() is None


def test_one_that_falls_below_the_one_that_serves_is_kept_but_not_promoted(movies: None) -> None:
    train("--epochs", "12")
    good = store_of("ngcf").current()
    said = train("--epochs", "12", "--seed", "0")
    assert "less that of the one that served: +0.0000" in said and "running servers take it up" in said
    second = store_of("ngcf").current()
    assert second != good

    trained_on = split_by_id(catalogue_interactions(), seed=0).train.users.ids.tolist()
    Rating.objects.filter(user__in=trained_on[6:]).delete()  # as a broken load leaves it
    said = train("--epochs", "12")
    assert "kept, but not promoted: NDCG@10 -" in said and "worse" in said
    assert store_of("ngcf").current() == second
    [kept] = set(store_of("ngcf").root.glob("[0-9]*")) - {good, second}
    assert HELD_BACK in read_facts(kept)
    ngcf_predictor.forget()
    assert ngcf_predictor.recommender().checkpoint == read_facts(second)["files"][WEIGHTS][:12]  # type: ignore[arg-type]


def test_without_the_one_beside_the_served_there_is_nothing_to_compare(movies: None) -> None:
    train("--epochs", "2")
    shutil.rmtree(store_of("ngcf").root / "judged")
    said = train("--epochs", "1")
    assert "less that of" not in said and "running servers take it up" in said


def test_one_of_another_seed_has_met_the_held_out_visitors_and_is_nothing_to_compare_with(
    movies: None, caplog: pytest.LogCaptureFixture
) -> None:
    train("--epochs", "2")
    said = train("--epochs", "1", "--seed", "5")
    assert "less that of" not in said and "running servers take it up" in said
    assert "nothing to compare with" in caplog.text and "of seed 0" in caplog.text
    assert AGAINST not in read_facts(store_of("ngcf").current())  # type: ignore[arg-type]
    assert "less that of" in train("--epochs", "1", "--seed", "5")


def test_after_an_upgrade_even_a_training_that_was_stopped_serves(
    movies: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is there is of another version: anything is better than nothing, and there is nothing to compare with."""
    train("--epochs", "1")
    old = store_of("ngcf").current()
    assert old is not None
    (old / FACTS).write_text(json.dumps(read_facts(old) | {"format": 0}))

    def stopped(self: NGCFRecommender, *args: Any, **kwargs: Any) -> NGCFRecommender:
        fitted = fit(self, *args, **kwargs)
        fitted.interrupted = True
        return fitted

    fit = NGCFRecommender.fit
    monkeypatch.setattr(NGCFRecommender, "fit", stopped)
    said = train("--epochs", "1")
    assert "Stopped by Ctrl-C" in said and "running servers take it up" in said
    assert store_of("ngcf").serves()
    assert "kept, but not promoted: stopped before" in train("--epochs", "1")


def test_rolled_back_the_one_before_serves_again(movies: None) -> None:
    train("--epochs", "2")
    first = store_of("ngcf").current()
    with pytest.raises(CommandError, match="older than the one that serves"):
        train("--rollback")
    train("--epochs", "2")
    assert "serves again" in train("--rollback")
    assert store_of("ngcf").current() == first


def test_it_learns_from_what_visitors_did_also_where_it_was_still_on_its_way(movies: None) -> None:
    """A worker was killed behind the outbox; the event is in no other store yet."""
    before = catalogue_interactions()
    waiting = event(FIRST_ID, visitor="new")
    outbox.append(replace(waiting, model="", rank=None))
    said = train("--data", "feed", "--epochs", "2")
    assert "the feed has everything that was accepted" in said and "running servers take it up" in said
    current = store_of("ngcf").current()
    assert current is not None
    learnt = interactions_of("feed", data_dir=Path())
    assert learnt.n_users == before.n_users + 1
    assert read_facts(current)["data"] == learnt.fingerprint() != before.fingerprint()


def test_an_empty_catalogue_says_what_to_do() -> None:
    with pytest.raises(CommandError, match="load_movies"):
        train()


def test_a_folder_that_is_not_there_says_what_there_is() -> None:
    with pytest.raises(CommandError, match="movielens-100k or a folder"):
        train("--data", "nowhere")


def test_no_epochs_make_no_sense() -> None:
    with pytest.raises(CommandError, match="--epochs"):
        train("--epochs", "0")


def test_a_bad_row_is_named(folder: Path) -> None:
    with (folder / "ratings.csv").open("a") as file:
        file.write("1,2,bad,3\n")
    with pytest.raises(CommandError, match=r"ratings\.csv, line \d+, column 'rating'"):
        train("--data", str(folder))


def test_ctrl_c_before_anything_was_learnt_says_so(movies: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*args: object, **kwargs: object) -> float:
        raise KeyboardInterrupt

    monkeypatch.setattr("pytorch_models.ngcf.train._train_epoch", interrupted)
    with pytest.raises(CommandError, match="before there was anything to keep"):
        train()
    assert store_of("ngcf").current() is None
