"""No page reads a whole table, and each asks little: counted and EXPLAINed on the database that the tests run on."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.urls import resolve
from pytest_django import Settings

from movie import figures, urls
from movie.clicks import click_log
from movie.clicks.base import ClickEvent, new_event_id
from movie.events.message import to_json
from movie.models import (
    AnswerTime,
    CatalogueLoad,
    Click,
    Country,
    Credit,
    Fallback,
    FeedEvent,
    Forgotten,
    Genre,
    ListShown,
    Mark,
    Movie,
    Outbox,
    Person,
    Rating,
)
from movie.predictors.popular_predictor import popular_predictor
from movie.predictors.registry import trained
from movie.receipts import ListReceipt, Part
from movie.search.index import rebuild
from movie.services.lists import columns_of
from movie.visitors import Visitor
from office.models import Job
from tests.plans import Query, captured, full_scans
from tests.worlds import FIRST_ID

pytestmark = pytest.mark.django_db(transaction=True)  # MySQL's ANALYZE ends the transaction that a test would be in
N_MOVIES, N_OTHERS, CLICKS_EACH, N_MINE = 1_500, 30, 50, 120
SOME_DAYS_AGO = datetime.now(UTC) - timedelta(days=3)


@dataclass(frozen=True)
class Page:
    """How a page is asked for, and how many queries it may cost a visitor with a history."""

    url: str
    most: int
    post: dict[str, object] | None = None
    member: bool = False
    """Asked for by somebody who is signed in."""


SORTED = re.compile("filesort|TEMP B-TREE")
"""What MySQL and SQLite say where they sort rows that no index has in order."""
EVENT = "{event_id}"
LIST_ID = UUID(int=7)
PERSON_ID = 50_000
PAGES = {
    "home": Page("/?page=50", 9),
    "detail": Page(f"/movie/{FIRST_ID}/", 14),
    "why_shown": Page(f"/movie/{FIRST_ID}/why/", 14),
    "opinion": Page(f"/movie/{FIRST_ID}/opinion/", 9),
    "start": Page("/movie/start/", 9),
    "start_later": Page("/movie/start/later/", 0, {}),
    "poster": Page(f"/movie/{FIRST_ID}/poster.svg", 2),
    "model": Page("/movie/ngcf/", 13),
    "popular": Page("/movie/popular/", 13),
    "trending": Page("/movie/trending/", 15),
    "search": Page("/movie/search/?q=crowd+action&genre=Action&decade=1990&least=1&sort=year", 16),
    "suggest": Page("/movie/search/suggest/?q=extra", 10),
    "person": Page(f"/movie/person/{PERSON_ID}/", 9),
    "mix": Page("/movie/mix/", 16),  # a count for each model without weights
    "receipt": Page(f"/movie/receipt/{LIST_ID}/", 2),
    "compare": Page("/movie/compare/", 22),  # that too, and a list to keep for each of the others
    "training": Page("/movie/ngcf/training/", 0),
    "why": Page(f"/movie/ngcf/why/{FIRST_ID + 9}/", 10),
    "history": Page(f"/movie/history/?before={EVENT}", 4),
    "history_panel": Page("/movie/history/panel/", 4),
    "history_remove": Page("/movie/history/remove/", 4, {"event_id": EVENT}),
    "history_restore": Page("/movie/history/restore/", 4, {}),
    "history_clear": Page("/movie/history/clear/", 8, {}),
    "unhide": Page("/movie/history/unhide/", 5, {"movie_id": FIRST_ID}),
    "export_json": Page("/movie/history/export.json", 4),
    "export_csv": Page("/movie/history/export.csv", 4),
    "marks": Page("/movie/lists/want/", 12, member=True),
    "mark": Page(f"/movie/{FIRST_ID}/lists/seen/", 8, {}, member=True),
    "privacy": Page("/privacy/", 4),
    "log_click": Page("/log_click/", 3, {"movie_id": FIRST_ID}),
    "log_star": Page("/log_star/", 3, {"movie_id": FIRST_ID, "star": 9}),
    "log_hide": Page("/log_hide/", 3, {"movie_id": FIRST_ID}),
}


@pytest.fixture
def crowded(movies: None, visitor: Visitor) -> UUID:
    """Thousands of movies, credits, ratings and clicks, `visitor`'s among them; returns one of theirs.

    A database that has no choice but a small table reads it whole, and rightly.
    """
    action, korea = Genre.objects.get(name="Action"), Country.objects.create(name="Korea")
    made = [
        Movie(
            id=10_000 + i,
            title=f"Crowd {i}",
            popularity=i % 97 / 10,
            year=1900 + i % 120,
            mean_star=1 + i % 37 / 4,
            n_ratings=i % 50,
        )
        for i in range(N_MOVIES)
    ]
    Movie.objects.bulk_create(made)
    Movie.genres.through.objects.bulk_create([Movie.genres.through(movie=m, genre=action) for m in made])
    Movie.countries.through.objects.bulk_create([Movie.countries.through(movie=m, country=korea) for m in made])
    Person.objects.bulk_create([Person(id=PERSON_ID + i, name=f"Extra {i}") for i in range(N_MOVIES)])
    people = list(Person.objects.filter(name__startswith="Extra"))
    Credit.objects.bulk_create([Credit(movie=m, person=p, role="cast") for m, p in zip(made, people, strict=True)])
    Rating.objects.bulk_create([Rating(user=f"u{i % 50}", movie=movie, star=7) for i, movie in enumerate(made)])
    CatalogueLoad.objects.create(source="crowd", n_movies=Movie.objects.count(), n_ratings=Rating.objects.count())
    rebuild()
    owners = [f"other{i}" for i in range(N_OTHERS)]
    events = [_event(owner, i) for owner in owners for i in range(CLICKS_EACH)]
    mine = [_event(visitor.id, i) for i in range(N_MINE)]
    Click.objects.bulk_create([Click(owner=event.owner, **event.__dict__) for event in events + mine])
    FeedEvent.objects.bulk_create([FeedEvent(owner=event.owner, **_fed(event)) for event in events + mine])
    Outbox.objects.bulk_create([_sent(event) for event in events + mine])
    ListShown.objects.bulk_create([_shown(event, UUID(int=1000 + i)) for i, event in enumerate(events)])
    _shown(mine[0], LIST_ID).save()
    Forgotten.objects.bulk_create(
        [Forgotten(visitor_id=event.visitor_id, event_id=event.event_id) for event in events]
    )
    analyze()
    return mine[N_MINE // 2].event_id


def analyze() -> None:
    """Tell the database how much there is by now."""
    with connection.cursor() as cursor:
        tables = ", ".join(connection.introspection.table_names(cursor)) if connection.vendor == "mysql" else ""
        cursor.execute(f"ANALYZE TABLE {tables}" if tables else "ANALYZE")


def _fed(event: ClickEvent) -> dict[str, object]:
    return {name: value for name, value in event.__dict__.items() if name != "user_id"}


def _sent(event: ClickEvent) -> Outbox:
    ids = {"owner": event.owner, "visitor_id": event.visitor_id, "event_id": event.event_id}
    return Outbox(**ids, kind=event.kind, body=to_json(event), published_at=event.at)


def _event(visitor_id: str, i: int) -> ClickEvent:
    at = SOME_DAYS_AGO + timedelta(seconds=i)
    event_id = new_event_id(at=at, entropy=i.to_bytes(10, "big"))
    return ClickEvent(event_id, visitor_id, FIRST_ID + i % 80, at, list_id=str(LIST_ID))


def _shown(event: ClickEvent, list_id: UUID) -> ListShown:
    rest = ListReceipt(
        list_id=list_id,
        owner=event.owner,
        model="ngcf",
        instead="",
        at=event.at,
        movie_ids=(FIRST_ID + 1, event.movie_id),
        scores=("0x1p+0", "0x0p+0"),
        teams=(),
        parts=(Part("ngcf", "", "", 0, 10, {}),),
        clicks=(event.event_id,),
        passed=(),
        seen="",
        left_out=(),
        versions={},
        machine="",
    )
    return ListShown(visitor_id=event.visitor_id, **columns_of(rest))


def signed_in() -> Client:
    """Somebody with lists, among many who have some."""
    user = get_user_model().objects.create_user("kim")
    owners = [f"user#{user.pk}", *(f"user#{i}" for i in range(N_OTHERS))]
    at = datetime.now(UTC)
    Mark.objects.bulk_create(
        [Mark(owner=owner, movie_id=FIRST_ID + i, kind="want", at=at) for owner in owners for i in range(80)]
    )
    client = Client()
    client.force_login(user)
    client.post(f"/movie/{FIRST_ID}/lists/want/")  # from here on their history is joined
    return client


def ask(client: Client, page: Page, event_id: UUID) -> list[Query]:
    with captured() as queries:
        if page.post is None:
            response = client.get(page.url.replace(EVENT, str(event_id)))
        else:
            body = json.loads(json.dumps(page.post).replace(EVENT, str(event_id)))
            response = client.post(page.url, body)
    assert response.status_code in (200, 303) or page.most == 0
    return queries


def test_every_page_of_the_site_is_looked_at() -> None:
    looked_at = {resolve(page.url.partition("?")[0]).url_name for page in PAGES.values()}
    assert {pattern.name for pattern in urls.urlpatterns if pattern.name} == looked_at


def test_each_page_costs_few_queries_and_each_of_them_finds_its_rows_by_an_index(
    client: Client, crowded: UUID, weights: None, settings: Settings
) -> None:
    """One test for all: filling the tables takes longer than asking for every page."""
    settings.TRENDING_DAYS = 0  # of days that hold the whole feed it is right to read all
    popular_predictor.recommender()  # reads the whole catalogue once, before a server takes its first request
    for name in trained():  # as on any day but for its first page
        Fallback.objects.create(day=datetime.now(UTC).date(), model=name, reason="missing")
    member = signed_in()
    for name, page in PAGES.items():
        queries = ask(member if page.member else client, page, crowded)
        assert bool(page.most) <= len(queries) <= page.most, (name, [query.sql for query in queries])
        for query in queries:
            assert full_scans(query) == [], (name, query.sql)


def test_what_is_filtered_and_sorted_is_found_by_an_index_on_the_page_and_in_the_api(
    client: Client, crowded: UUID
) -> None:
    """Every filter alone, every order alone, and some of both."""
    for filters in ("", "decade=1990", "{least}=49", "decade=1990&{least}=49", "genre=Action&decade=1990"):
        for sort in ("popularity", "rating", "year"):
            query = f"{filters}&sort={sort}".lstrip("&")
            pages = [f"/api/v1/movies?{query.format(least='least_ratings')}"]
            pages += [f"/movie/search/?{query.format(least='least')}"] if filters else []
            for url in pages:
                for found in ask(client, Page(url, 16), crowded):
                    assert full_scans(found) == [], (url, found.sql)


def test_what_is_sorted_alone_is_read_in_the_order_of_an_index(client: Client, crowded: UUID) -> None:
    for sort, index in (("year", "movie_by_year"), ("rating", "movie_by_rating")):
        sorted_ = [
            each for each in ask(client, Page(f"/api/v1/movies?sort={sort}&page=9", 9), crowded) if each.limited
        ]
        plans = [plan(each) for each in sorted_ if "popularity" in each.sql]
        assert len(plans) == 1 and index in plans[0] and not SORTED.search(plans[0])


def test_the_dashboard_of_staff_finds_its_rows_by_an_index(
    crowded: UUID, weights: None, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": tmp_path / "counts"}}
    monkeypatch.setattr(figures, "DAYS", 1)  # of days that hold everything it is right to read all
    today = datetime.now(UTC).date()
    months = [(today - timedelta(days=day), name) for day in range(60) for name in ("ngcf", "mf", "ease")]
    AnswerTime.objects.bulk_create([AnswerTime(day=d, model=m, span=s) for d, m in months for s in range(12)])
    Fallback.objects.bulk_create([Fallback(day=d, model=m, reason="slow") for d, m in months])
    Job.objects.bulk_create(
        [Job(kind="retrain", model="mf", state=state) for state in Job.State.values for _ in range(100)]
    )
    analyze()
    staff = Client()
    staff.force_login(get_user_model().objects.create_user("lee", is_staff=True))
    for url, most in (("/office/", 14), (f"/office/jobs/{Job.objects.latest('id').pk}/", 6), ("/metrics", 4)):
        queries = ask(staff, Page(url, most), crowded)
        assert 0 < len(queries) <= most, (url, [query.sql for query in queries])
        for query in queries:
            assert full_scans(query) == [], (url, query.sql)


def test_the_popular_list_and_the_history_are_read_in_the_order_of_an_index(
    client: Client, crowded: UUID, visitor: Visitor
) -> None:
    popular = [
        query for query in ask(client, PAGES["home"], crowded) if "popularity" in query.sql.partition("ORDER BY")[2]
    ]
    with captured() as history:
        click_log().history(visitor.owner, limit=9)
        click_log().history(visitor.owner, limit=9, before=crowded)
    key = "click_once" if connection.vendor == "mysql" else "sqlite_autoindex_movie_click_1"
    assert (len(popular), len(history)) == (1, 2)
    for query, index in [(popular[0], "movie_by_popularity"), (history[0], key), (history[1], key)]:
        assert index in plan(query) and not SORTED.search(plan(query))


def test_reading_a_table_whole_is_noticed(crowded: UUID) -> None:
    """The other tests mean something only if this one holds."""
    with captured() as queries:
        list(Movie.objects.filter(title="Crowd 7"))
        list(Click.objects.filter(visitor_id="other1").order_by("at")[:5])
        list(Rating.objects.filter(star=3).values_list("user"))
        Click.objects.filter(page_url="/nowhere/").delete()
    assert len(queries) >= 4 and all(full_scans(query) for query in queries)


def plan(query: Query) -> str:
    with connection.cursor() as cursor:
        explain = "EXPLAIN " if connection.vendor == "mysql" else "EXPLAIN QUERY PLAN "
        cursor.execute(explain + query.sql, query.params)
        return str(cursor.fetchall())
