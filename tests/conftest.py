from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import numpy as np
import pytest
from django.test import Client
from playwright.sync_api import Browser
from pytest_django import Settings

from movie.catalogue.load import load
from movie.clicks import click_log
from movie.predictors.base import store_of
from movie.predictors.registry import PREDICTORS, predictor
from movie.visitors import Visitor
from pytorch_models.ngcf.recommender import NGCFRecommender
from tests.acceptance.servers import chromium
from tests.movie.predictors.peers import PEER, PeerPredictor, peer_predictor
from tests.services.mysql import MariaDB
from tests.worlds import SMALL_NGCF, catalogue, planted

# What is made up is checked, not how long a busy machine takes to make it up: the first text alone can take seconds.
hypothesis.settings.register_profile(
    "patient", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("patient")


@pytest.fixture(autouse=True)
def own_folders(settings: Settings, tmp_path: Path) -> Iterator[None]:
    """Each test has its own data and checkpoints; static files need no manifest."""
    settings.CHECKPOINTS = tmp_path / "checkpoints"
    settings.DATA_DIR = tmp_path / "data"
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    _forget_weights()
    click_log.cache_clear()
    yield
    _forget_weights()


def _forget_weights() -> None:
    for name in PREDICTORS:
        predictor(name).forget()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One for all tests: Playwright refuses to be started a second time beside itself."""
    with chromium() as launched:
        yield launched


@pytest.fixture(scope="session")
def mariadb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MariaDB]:
    """A database server of its own, started by the first test that asks for it."""
    with MariaDB(tmp_path_factory.mktemp("mariadb")) as server:
        yield server


@pytest.fixture(scope="session")
def trained() -> NGCFRecommender:
    """NGCF fitted on the planted world."""
    return NGCFRecommender(SMALL_NGCF).fit(planted(), rng=np.random.default_rng(0))


@pytest.fixture(scope="session")
def checkpoint(trained: NGCFRecommender, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained") / "20260101T000000000000"
    trained.save(folder)
    return folder


@pytest.fixture
def weights(checkpoint: Path, own_folders: None) -> None:
    """The site serves the planted world's checkpoint."""
    store_of("ngcf").add(lambda folder: shutil.copytree(checkpoint, folder))


@pytest.fixture
def peer(own_folders: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[PeerPredictor]:
    """A second model with weights of the planted world, in the engineers' group."""
    monkeypatch.setitem(PREDICTORS, "peer", PEER)
    store_of("peer").add(peer_predictor.make().fit(planted(), rng=np.random.default_rng(0)).save)
    yield peer_predictor
    peer_predictor.forget()


@pytest.fixture
def movies(db: None) -> None:
    """The catalogue holds the planted world."""
    load(catalogue())


@pytest.fixture
def visitor(client: Client) -> Visitor:
    """Whoever `client` is, after the first page."""
    response = client.get("/movie/history/panel/")
    return response.wsgi_request.visitor  # type: ignore[attr-defined]
