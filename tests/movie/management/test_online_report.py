"""What live clicks say of the models, by lists and clicks made up and counted by hand."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from movie.events import feed
from movie.models import ListShown
from movie.visitors import Visitor
from tests.movie.events.contract import event
from tests.movie.services.test_lists import click_in, ten
from tests.movie.views.test_history import click
from tests.worlds import FIRST_ID

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)


def shown(
    visitor: str, *clicked: int, model: str = "ngcf", teams: str = "", days: float = 1, instead: str = ""
) -> str:
    """A list of the movies 10, 20, … 50 of which `clicked` were clicked; teams: "n" or "s" by rank."""
    at = NOW - timedelta(days=days)
    row = ListShown(
        list_id=uuid4(), owner=f"visitor#{visitor}", visitor_id=visitor, model=model, at=at, instead=instead
    )
    row.movie_ids, row.scores, row.receipt = [10, 20, 30, 40, 50], [], {}
    row.teams = [{"n": "ngcf", "s": "second"}[team] for team in teams]
    row.save()
    for movie_id in clicked:
        put(visitor, movie_id, str(row.list_id), at)
    return str(row.list_id)


def put(
    visitor: str, movie_id: int, list_id: str, at: datetime = NOW - timedelta(hours=1), kind: str = "click"
) -> None:
    one = event(movie_id, visitor=visitor, list_id=list_id, kind=kind)
    feed.apply([type(one)(**(vars(one) | {"at": at}))])


def report(*args: str) -> tuple[str, dict[str, Any]]:
    out, path = StringIO(), Path(args[-1])
    call_command("online_report", *args[:-1], "--json", str(path), stdout=out)
    return out.getvalue(), json.loads(path.read_text())


@pytest.fixture
def to(tmp_path: Path) -> str:
    return str(tmp_path / "online.json")


def test_lists_clicks_and_rates_of_each_model(to: str) -> None:
    first = shown("u", 10, 30)
    shown("u")
    shown("v", 20)
    put("u", 10, first)  # again, in the same list
    put("u", 99, first)  # not in it
    put("v", 40, first)  # not shown to them
    put("u", 50, str(uuid4()))  # a list that is gone
    put("u", 50, "")  # on no list
    put("u", 50, first, kind="star")
    shown("w", model="second")
    said, found = report(to)
    assert found["models"]["ngcf"] == {
        "lists": 3,
        "lists_clicked": 2,
        "stood_in": 0,
        "visitors": 2,
        "impressions": 15,
        "clicks": 3,
        "ctr": {"mean": 0.2, "low": pytest.approx(0.0705, abs=1e-4), "high": pytest.approx(0.4519, abs=1e-4)},
        "interval": "wilson",
    }
    line = next(line for line in said.splitlines() if line.startswith("  ngcf"))
    assert line.split() == ["ngcf", "3", "0", "2", "2", "15", "3", "0.2000", "0.0705", "…", "0.4519", "*"]
    assert re.search(r"second +1 +0 +0 +1 +5 +0 +0\.0000", said)


def test_from_ten_visitors_on_the_interval_draws_visitors(to: str) -> None:
    for n in range(10):
        shown(f"v{n}", *[10, 20][: n % 3])
    said, found = report(to)
    of = found["models"]["ngcf"]
    assert (of["clicks"], of["impressions"], of["interval"]) == (9, 50, "visitors")
    assert of["ctr"]["low"] < 0.18 < of["ctr"]["high"] and " *\n" not in said


def test_lists_that_another_model_made_are_counted_apart(to: str) -> None:
    shown("u", 10)
    shown("u", 10, 20, instead="popular")
    shown("u", model="kprn", instead="popular")
    said, found = report(to)
    models = found["models"]
    assert (models["ngcf"]["lists"], models["ngcf"]["stood_in"], models["ngcf"]["clicks"]) == (1, 1, 1)
    assert models["kprn"] == {"lists": 0, "lists_clicked": 0, "stood_in": 1}
    assert re.search(r"kprn +0 +1 +0$", said, re.MULTILINE)


def test_who_won_the_lists_of_two_models(to: str) -> None:
    """By hand: u: ngcf 2, second 1; v: a tie; nine more for second, one list each. 1 : 9 visitors, p = 2 · 11 / 1024."""
    shown("u", 10, model="mix", teams="nsnsn")
    shown("u", 10, 30, 20, model="mix", teams="nsnsn")
    shown("u", 20, model="mix", teams="nsnsn")
    shown("v", 10, 20, model="mix", teams="nsnsn")
    shown("v", model="mix", teams="nsnsn")
    for n in range(9):
        shown(f"w{n}", 10, model="mix", teams="snnss")
    said, found = report(to)
    [duel] = found["duels"]
    assert (duel["one"], duel["other"], duel["lists"], duel["ties"]) == ("ngcf", "second", [2, 10], 1)
    assert (duel["visitors"], duel["visitors_tied"], duel["winner"]) == ([1, 9], 1, "second")
    assert duel["p"] == pytest.approx(2 * 11 / 1024) and duel["preference"] == pytest.approx(2.5 / 13 - 0.5)
    assert "clicked lists won: ngcf 2 : 10 second, 1 ties (Δ -0.308)" in said
    assert "sign test p = 0.0215" in said and "winner: second" in said
    assert found["models"]["mix"]["lists"] == 14


def test_only_the_days_that_are_asked_for_count(to: str) -> None:
    shown("u", 10, days=8)
    shown("u", days=6)
    _, found = report("--days", "7", to)
    assert found["models"]["ngcf"]["lists"] == 1 and found["models"]["ngcf"]["clicks"] == 0


def test_before_the_first_list_it_says_so(to: str) -> None:
    said, found = report(to)
    assert "no list yet" in said and "none of two models has won" in said and found["models"] == {}
    with pytest.raises(CommandError, match="'--days' of at least 1"):
        report("--days", "0", to)


def test_a_real_click_on_a_real_list_counts(
    client: Client, movies: None, weights: None, visitor: Visitor, to: str
) -> None:
    click(client, FIRST_ID)
    click_in(client, ten(client), 4)
    _, found = report(to)
    assert found["models"]["ngcf"]["clicks"] == 1 and found["models"]["ngcf"]["impressions"] == 10


def test_after_the_history_is_deleted_it_counts_no_more(
    client: Client, movies: None, weights: None, visitor: Visitor, to: str
) -> None:
    click(client, FIRST_ID)
    click_in(client, ten(client), 4)
    client.post("/movie/history/clear/")
    assert report(to)[1]["models"] == {}
