"""How far a training is, which a model's page asks for while somebody looks at it."""

from __future__ import annotations

import pytest
from django.test import Client

from movie.predictors.training_state import training
from pytorch_models.base import EpochDone, ignore

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "Accept-Language": "en"}


def part(client: Client) -> str:
    return client.get("/movie/mf/training/", headers=HTMX).content.decode()


def test_the_page_asks_again_until_the_training_has_ended(client: Client, movies: None) -> None:
    with training("mf", lambda stage: None, ignore) as (on_stage, on_epoch):
        on_stage("fit")
        page = client.get("/movie/mf/", headers={"Accept-Language": "en"}).content.decode()
        assert 'hx-get="/movie/mf/training/" hx-trigger="every 3s"' in page
        on_epoch(EpochDone(5, 10, 1.0, None, None, 0.0))
        assert "MF: being trained, 82 %" in part(client) and 'hx-trigger="every 3s"' in part(client)
    ended = part(client)
    assert 'data-training="ended"' in ended and 'href="/movie/mf/"' in ended and "hx-trigger" not in ended


def test_without_a_training_the_page_asks_for_nothing(client: Client, movies: None) -> None:
    assert "/movie/mf/training/" not in client.get("/movie/mf/").content.decode()


def test_by_itself_the_address_leads_to_the_models_page(client: Client) -> None:
    assert client.get("/movie/mf/training/")["Location"] == "/movie/mf/"
    assert client.get("/movie/nothing/training/", headers=HTMX).status_code == 404
    assert client.post("/movie/mf/training/").status_code == 405
