"""One site for all tests of pages: the planted world, two models with weights and one that gives paths, an account."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.template import loader
from playwright.sync_api import Browser, BrowserContext, Page, Response

from tests.acceptance.pages.places import Place, Who
from tests.acceptance.servers import ROOT, Gunicorn, environment_of, manage
from tests.worlds import FIRST_ID

TRIES = 3
CLICKED = (FIRST_ID, FIRST_ID + 1, FIRST_ID + 5, FIRST_ID + 21)
NAME, STAFF, PASSWORD = "kim", "lee", "correct horse battery"
LOAD = f"""
import django; django.setup()
import json
import numpy as np
from django.contrib.auth import get_user_model
from django.contrib.auth.tokens import default_token_generator
from django.urls import reverse
from django.utils.http import urlsafe_base64_encode
from movie import services
from movie.catalogue.load import load
from movie.models import Person
from movie.predictors.base import store_of
from office.models import Job
from paper_review.services import comment_write
from pytorch_models.ease.recommender import EASERecommender
from pytorch_models.kprn.recommender import KPRNRecommender
from pytorch_models.ngcf.recommender import NGCFRecommender
from tests.worlds import SMALL_KPRN, SMALL_NGCF, catalogue, planted, planted_knowledge
load(catalogue())
kprn = KPRNRecommender(SMALL_KPRN)
kprn.knowledge = planted_knowledge()
for name, model in (("ngcf", NGCFRecommender(SMALL_NGCF)), ("ease", EASERecommender()), ("kprn", kprn)):
    store_of(name).add(model.fit(planted(), rng=np.random.default_rng(0)).save)
user = get_user_model().objects.create_user({NAME!r}, "kim@example.org", {PASSWORD!r})
get_user_model().objects.create_user({STAFF!r}, "lee@example.org", {PASSWORD!r}, is_staff=True, is_superuser=True)
for movie_id in range({FIRST_ID}, {FIRST_ID} + 3):
    services.mark_set(owner=f"user#{{user.pk}}", movie_id=movie_id, kind="want", on=True)
arguments = [urlsafe_base64_encode(str(user.pk).encode()), default_token_generator.make_token(user)]
print(json.dumps({{
    "person": Person.objects.get(name="Michael Mann").pk,
    "comment": comment_write(number=1, author=str(user.pk), body="**Paths** say why.").pk,
    "job": Job.objects.create(kind=Job.Kind.RETRAIN, model="ngcf", state=Job.State.DONE).pk,
    "reset": reverse("accounts:reset_confirm", args=arguments),
}}))
"""


@dataclass
class World:
    """The running site, and a browser context for each kind of visitor and language, made when it is asked for."""

    site: Gunicorn
    browser: Browser
    ids: dict[str, str]
    contexts: dict[tuple[Who, str], BrowserContext] = field(default_factory=dict)

    def context(self, who: Who, language: str) -> BrowserContext:
        key = (who, language)
        if key not in self.contexts:
            self.contexts[key] = self._arrived(who, language)
        return self.contexts[key]

    def fresh(self, **options: Any) -> BrowserContext:
        """A visitor whom nobody has seen before."""
        return self.browser.new_context(**{"base_url": self.site.url, "locale": "ko-KR"} | options)

    def _arrived(self, who: Who, language: str) -> BrowserContext:
        context = self.fresh(locale=language, reduced_motion="reduce")
        page = context.new_page()
        if who in ("member", "staff"):
            page.goto("/accounts/sign_in/")
            page.fill("[name=username]", STAFF if who == "staff" else NAME)
            page.fill("[name=password]", PASSWORD)
            page.locator("main form button").click()
            page.wait_for_url("**/")
        if who != "new":
            click_movies(page, *CLICKED)
            page.goto("/movie/ngcf/")
            self.ids["shown"] = page.locator("main .card").first.get_attribute("data-movie-id") or ""
        page.close()
        return context

    def open(self, place: Place, language: str) -> Page:
        """The place in a tab of its own, and the answer checked."""
        page = self.context(place.who, language).new_page()
        answer = self._reach(page, place)
        assert answer and answer.status == place.status, (place, answer and answer.status)
        page.wait_for_selector(place.made, state="attached")
        return page

    def path(self, place: Place) -> str:
        self.context("clicked", "ko")  # whose list {shown} is of
        return place.path.format(**self.ids)

    def _reach(self, page: Page, place: Place) -> Response | None:
        path = self.path(place)
        if place.reached == "get":
            return page.goto(path)
        if place.reached == "failure":
            body = loader.get_template("500.html").render()
            page.route(f"**{path}", lambda route: route.fulfill(status=500, content_type="text/html", body=body))
            return page.goto(path)
        page.goto(path)
        page.fill("[name=username]", "somebody")
        page.fill("[name=password]", "something")
        if place.reached == "no token":
            page.evaluate("document.querySelector('main [name=csrfmiddlewaretoken]').value = 'x'")
            return self._send(page)
        for _ in range(TRIES):
            self._send(page)
            page.goto(path)
            page.fill("[name=username]", "somebody")
            page.fill("[name=password]", "something")
        return self._send(page)

    def _send(self, page: Page) -> Response:
        with page.expect_navigation() as sent:
            page.locator("main form button").first.click()
        return sent.value


def click_movies(page: Page, *movie_ids: int) -> None:
    """As the page's script does, without a look at each movie."""
    page.goto("/")
    token = page.locator("[name=csrfmiddlewaretoken]").first.get_attribute("value") or ""
    for movie_id in movie_ids:
        answer = page.request.post("/log_click/", data={"movie_id": movie_id}, headers={"X-CSRFToken": token})
        assert answer.status == 201


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[World]:
    var = tmp_path_factory.mktemp("pages")
    environment = environment_of(
        var, DJANGO_SETTINGS_MODULE="config.settings", PYTHONPATH=str(ROOT), MIX_MODELS="ngcf,ease"
    )
    manage(var, "migrate", "-v0", "--skip-checks")
    manage(var, "load_reviews", "-v0")
    done = subprocess.run(
        [sys.executable, "-c", LOAD], cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    manage(var, "collectstatic", "--no-input", "-v0")
    ids = json.loads(done.stdout.splitlines()[-1])
    with Gunicorn(var, workers=1, MIX_MODELS="ngcf,ease", SIGN_IN_TRIES=str(TRIES)) as site:
        yield World(site, browser, ids)


@pytest.fixture
def visitor(world: World, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A tab of somebody new; `request.param`: what their browser is. No script of ours fails in it."""
    with world.fresh(**getattr(request, "param", {})) as context:
        page = context.new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        yield page
        assert [problem for problem in problems if "Failed to load resource" not in problem] == []
