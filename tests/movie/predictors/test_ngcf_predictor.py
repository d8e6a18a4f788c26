from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from movie.predictors.base import store_of
from movie.predictors.ngcf_predictor import NgcfPredictor, ngcf_predictor
from movie.predictors.registry import PREDICTORS, predictor
from pytorch_models.base import History, NotFittedError
from pytorch_models.checkpoint import WEIGHTS
from tests.worlds import FIRST_ID


def test_the_registry_knows_every_predictor_by_its_name() -> None:
    assert predictor("ngcf") is ngcf_predictor
    assert all(predictor(name).name == name for name in PREDICTORS)


def test_predict_gives_ids_best_first(weights: None) -> None:
    clicks = [FIRST_ID, FIRST_ID + 1]
    assert ngcf_predictor.predict(clicks) == ngcf_predictor.answer(History.of_clicks(clicks)).movie_ids


@pytest.mark.parametrize("clicks", [[], [10**9], [-1], [2**70]])
def test_predict_of_nothing_known_is_empty(weights: None, clicks: list[int]) -> None:
    assert ngcf_predictor.predict(clicks) == []


def test_without_weights_it_says_what_to_run() -> None:
    with pytest.raises(NotFittedError, match=r"run: python manage\.py train ngcf"):
        NgcfPredictor().predict([1])


def test_the_last_good_checkpoint_serves_where_the_newest_is_damaged(weights: None, checkpoint: Path) -> None:
    store = store_of("ngcf")
    good = ngcf_predictor.predict([FIRST_ID])
    newest = store.add(lambda folder: shutil.copytree(checkpoint, folder))
    (newest / WEIGHTS).write_bytes(b"damaged")
    ngcf_predictor.forget()
    assert ngcf_predictor.predict([FIRST_ID]) == good
