from __future__ import annotations

import copy
import re
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pytest_django import Settings

from movie.predictors.base import SEED, store_of
from movie.predictors.ngcf_predictor import NgcfPredictor, ngcf_predictor
from movie.predictors.registry import PREDICTORS, predictor
from pytorch_models.base import NotFittedError
from pytorch_models.checkpoint import WEIGHTS, CheckpointStore
from pytorch_models.history import History
from pytorch_models.ngcf.recommender import MODES, NGCFRecommender
from tests.worlds import FIRST_ID


def test_the_registry_knows_every_predictor_by_its_name() -> None:
    assert predictor("ngcf") is ngcf_predictor
    assert all(predictor(name).name == name for name in PREDICTORS)


def test_the_registry_knows_which_models_compare_movies_without_loading_them() -> None:
    for name, tab in PREDICTORS.items():
        assert tab.compares_movies == predictor(name).make().compares_movies, name


def test_predict_gives_ids_best_first(weights: None) -> None:
    clicks = [FIRST_ID, FIRST_ID + 1]
    assert ngcf_predictor.predict(clicks) == ngcf_predictor.answer(History.of_clicks(clicks)).movie_ids


@pytest.mark.parametrize("clicks", [[], [10**9], [-1], [2**70]])
def test_predict_of_nothing_known_is_empty(weights: None, clicks: list[int]) -> None:
    assert ngcf_predictor.predict(clicks) == []


@pytest.mark.parametrize("mode", MODES)
def test_the_settings_say_what_a_request_retrains(weights: None, settings: Settings, mode: str) -> None:
    settings.NGCF_RETRAIN = mode
    predictor = NgcfPredictor()
    assert predictor.recommender().mode == mode
    clicks = [FIRST_ID, FIRST_ID + 1]
    expected = (
        ngcf_predictor.recommender()
        .in_mode(mode)
        .recommend(History.of_clicks(clicks), rng=np.random.default_rng(SEED))
    )
    assert predictor.answer(History.of_clicks(clicks)).items == expected.items


def test_the_settings_say_whether_an_index_stands_before_the_movies(weights: None, settings: Settings) -> None:
    settings.NGCF_INDEX = True
    indexed = NgcfPredictor().recommender().scoring
    assert indexed is not None and indexed.index is not None
    settings.NGCF_INDEX = False
    plain = NgcfPredictor().recommender().scoring
    assert plain is not None and plain.index is None


def test_the_settings_and_their_documentation_know_every_mode() -> None:
    root = Path(__file__).resolve().parents[3]
    read = re.search(r'"NGCF_RETRAIN", "visitor", among=\(([^)]*)\)', (root / "config/settings.py").read_text())
    assert read is not None and tuple(re.findall(r"\w+", read[1])) == MODES
    comment = (root / ".env.dev").read_text().partition("\nNGCF_RETRAIN=visitor\n")[0].rpartition("\n\n")[2]
    assert tuple(re.findall(r"(\w+):", comment)) == MODES


def test_without_weights_it_says_what_to_run() -> None:
    with pytest.raises(NotFittedError, match=r"run: python manage\.py train ngcf"):
        NgcfPredictor().predict([1])


def wait_until(holds: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture
def looking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("movie.predictors.base.LOOK_SECONDS", 0.0)


def add_other(store: CheckpointStore, trained: NGCFRecommender, *, bias: float = 1000.0) -> Path:
    """The same model with other biases, up to `bias`: another list for the same clicks."""
    other = copy.copy(trained)
    assert trained.scoring is not None and trained.tables is not None
    biases = np.linspace(0, bias, len(trained.tables.bias), dtype=np.float32)
    other.tables = replace(trained.tables, bias=biases)
    other.scoring = replace(trained.scoring, bias=biases)
    return store.add(other.save)


def test_a_running_process_takes_up_another_checkpoint_and_returns_without_a_failed_answer(
    weights: None, trained: NGCFRecommender, looking: None, caplog: pytest.LogCaptureFixture
) -> None:
    clicks, store = [FIRST_ID], store_of("ngcf")
    before = ngcf_predictor.predict(clicks)
    first = store.current()
    assert first is not None
    second = add_other(store, trained)
    wait_until(lambda: ngcf_predictor.predict(clicks) != before)
    with caplog.at_level("INFO"):
        assert store.roll_back() == first
        wait_until(lambda: ngcf_predictor.predict(clicks) == before)
    assert f"ngcf serves {first.name}" in caplog.text and second.name not in caplog.text


@pytest.mark.parametrize("damage", ["bytes", "no number"])
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_a_checkpoint_that_cannot_be_used_is_looked_at_once_and_the_old_one_goes_on(
    weights: None, trained: NGCFRecommender, looking: None, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    before = ngcf_predictor.predict([FIRST_ID])
    if damage == "bytes":
        (add_other(store_of("ngcf"), trained, bias=0.0) / WEIGHTS).write_bytes(b"damaged")
    else:
        add_other(store_of("ngcf"), trained, bias=np.nan)
    for _ in range(5):
        assert ngcf_predictor.predict([FIRST_ID]) == before
        wait_until(lambda: "goes on with the checkpoint it has" in caplog.text)
    assert caplog.text.count("goes on with the checkpoint it has") == 1


def test_the_last_good_checkpoint_serves_where_the_newest_is_damaged(weights: None, checkpoint: Path) -> None:
    store = store_of("ngcf")
    good = ngcf_predictor.predict([FIRST_ID])
    newest = store.add(lambda folder: shutil.copytree(checkpoint, folder))
    (newest / WEIGHTS).write_bytes(b"damaged")
    ngcf_predictor.forget()
    assert ngcf_predictor.predict([FIRST_ID]) == good
