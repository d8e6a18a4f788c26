"""What every model on the site must do; each comes in by its line in the registry."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from movie.predictors.base import store_of
from movie.predictors.registry import OWN, PREDICTORS, predictor, trained
from movie.services.starting import load_models
from movie.visitors import Visitor
from pytorch_models.base import NotFittedError, Recommender
from pytorch_models.history import History
from pytorch_models.registry import MODELS
from tests.movie.services.test_lists import list_id
from tests.movie.views.test_history import click
from tests.movie.views.test_models import ranked
from tests.worlds import FIRST_ID, planted

CLICKS = [FIRST_ID, FIRST_ID + 3, FIRST_ID + 7]


@pytest.fixture(scope="session")
def quick() -> dict[str, Recommender]:
    """Every trained model, fitted for two epochs on the planted world."""
    rng = np.random.default_rng(0)
    return {name: predictor(name).make().with_epochs(2).fit(planted(), rng=rng) for name in trained()}


@pytest.fixture
def all_weights(quick: dict[str, Recommender], own_folders: None) -> None:
    for name, fitted in quick.items():
        store_of(name).add(fitted.save)


def test_the_site_s_own_model_comes_first_and_each_has_its_name() -> None:
    assert OWN == "ngcf"
    assert all(predictor(name).name == name for name in PREDICTORS)
    assert {tab.beside for tab in PREDICTORS.values()} <= {"", *PREDICTORS}


def test_each_is_a_contestant_of_a_comparison_as_well() -> None:
    assert set(trained()) <= MODELS.keys() and "popular" in MODELS


@pytest.mark.parametrize("name", trained())
def test_each_answers_from_its_checkpoint(all_weights: None, quick: dict[str, Recommender], name: str) -> None:
    answer = predictor(name).answer(History.of_clicks(CLICKS))
    assert answer.receipt.model == name and answer.receipt.checkpoint == quick[name].checkpoint
    assert len(answer.items) == 10 and not {*CLICKS} & {*answer.movie_ids}


@pytest.mark.parametrize("name", trained())
def test_without_weights_each_says_what_to_run_and_takes_up_the_first_there_are(
    quick: dict[str, Recommender], name: str
) -> None:
    with pytest.raises(NotFittedError, match=rf"run: python manage\.py train {name}"):
        predictor(name).predict(CLICKS)
    store_of(name).add(quick[name].save)
    assert len(predictor(name).predict(CLICKS)) == 10


@pytest.mark.django_db
@pytest.mark.parametrize("name", [name for name in PREDICTORS if name != "trending"])
def test_each_has_a_page_with_ten_movies_in_order(
    client: Client, movies: None, all_weights: None, visitor: Visitor, name: str
) -> None:
    click(client, *CLICKS)
    html = client.get(f"/movie/{name}/").content.decode()
    assert ranked(html) == list(enumerate(predictor(name).predict(CLICKS), start=1))
    assert len(re.findall(rf'data-log-click="\d+" data-model="{name}"', html)) == 10
    assert PREDICTORS[name].label in html


@pytest.mark.django_db
@pytest.mark.parametrize("name", trained())
def test_each_list_comes_out_the_same_from_its_receipt(
    client: Client, movies: None, all_weights: None, visitor: Visitor, name: str
) -> None:
    click(client, *CLICKS)
    shown = list_id(client.get(f"/movie/{name}/").content.decode())
    predictor(name).forget()
    out = StringIO()
    call_command("replay", shown, stdout=out)
    assert "The same 10 movies, with the same scores to the last bit." in out.getvalue()
    client.post("/movie/history/clear/")
    with pytest.raises(CommandError, match="it was deleted with its visitor's history"):
        call_command("replay", shown)


def test_damaged_weights_are_not_read_again_with_every_page(
    quick: dict[str, Recommender], caplog: pytest.LogCaptureFixture
) -> None:
    damaged: Path = store_of("mf").add(quick["mf"].save)
    (damaged / "weights.safetensors").write_bytes(b"damaged")
    for _ in range(5):
        with pytest.raises(NotFittedError, match="no checkpoint can be used"):
            predictor("mf").predict(CLICKS)
    assert caplog.text.count("expected SHA-256") == 1
    store_of("mf").add(quick["mf"].save)
    assert len(predictor("mf").predict(CLICKS)) == 10


@pytest.mark.django_db
def test_whatever_keeps_weights_from_being_loaded_costs_the_site_nothing_but_that_model(
    quick: dict[str, Recommender], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A failure that no one thought of: start-up goes on, and an older checkpoint serves."""
    mf = predictor("mf")
    older: Path = store_of("mf").add(quick["mf"].save)
    newer: Path = store_of("mf").add(quick["mf"].save)
    load = type(quick["mf"]).load

    def fails(self: Recommender, path: Path) -> Recommender:
        if path == newer:
            raise IndexError("out of bounds")
        return load(self, path)

    monkeypatch.setattr(type(quick["mf"]), "load", fails)
    load_models()
    assert len(mf.predict(CLICKS)) == 10 and f"{newer} cannot be used" in caplog.text
    mf.forget()
    monkeypatch.setattr(type(quick["mf"]), "load", lambda self, path: fails(self, newer))
    load_models()
    with pytest.raises(NotFittedError, match="no checkpoint can be used"):
        mf.predict(CLICKS)
    assert caplog.text.count(f"{older} cannot be used") == 1  # it is not tried again with every page


def test_what_the_machine_lacked_for_a_moment_is_asked_for_again(
    quick: dict[str, Recommender], monkeypatch: pytest.MonkeyPatch
) -> None:
    store_of("mf").add(quick["mf"].save)

    def no_memory(self: Recommender, path: Path) -> Recommender:
        raise MemoryError

    with monkeypatch.context() as patched:
        patched.setattr(type(quick["mf"]), "load", no_memory)
        with pytest.raises(NotFittedError, match="no checkpoint can be used"):
            predictor("mf").predict(CLICKS)
    assert len(predictor("mf").predict(CLICKS)) == 10
