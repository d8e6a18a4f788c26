"""Every page that asks no model, at 30,000 movies. The bounds are on the processor's time, and wide: what else the
machine does is not ours. `python benchmarks/pages.py` measures it."""

from __future__ import annotations

from statistics import median
from time import process_time

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from movie.catalogue.load import load
from movie.catalogue.synthetic import SIZE, made_up
from movie.models import Movie, Person
from movie.search import query
from movie.search.asked import Asked

pytestmark = pytest.mark.django_db
SEARCH_MS, PAGE_MS = 100, 100
PAGES = {
    "/": 9,
    "/?page=900": 9,
    "/movie/7/": 11,
    "/movie/7/opinion/": 9,
    "/movie/start/": 9,
    "/movie/person/1/": 9,
    "/movie/history/": 5,
    "/movie/search/": 8,
    "/movie/search/?genre=Drama&decade=1990&sort=rating": 12,
    "/privacy/": 5,
}
"""With the most queries that each may ask."""


def test_pages_and_search_are_quick_at_thirty_thousand_movies(client: Client) -> None:
    """One test for both: loading takes longer than all of them."""
    load(made_up(n_users=300, n_ratings=10_000))
    assert Movie.objects.count() == SIZE
    client.get("/")
    for movie_id in range(1, 30):
        client.post("/log_click/", {"movie_id": movie_id}, content_type="application/json")
    for path, most in PAGES.items():
        path = path.replace("person/1/", f"person/{Person.objects.order_by('id')[0].id}/")
        client.get(path)
        with CaptureQueriesContext(connection) as queries:
            client.get(path)
        assert len(queries) <= most, [each["sql"] for each in queries.captured_queries]
        assert median(milliseconds(client, path) for _ in range(5)) < PAGE_MS, path
    some = list(Movie.objects.filter(id__in=range(1, SIZE, 3_001)))
    typed = [text for movie in some for text in (movie.title[:1], movie.title[:4], movie.title, movie.title_ko)]
    typed += [movie.title.replace("a", "e", 1) for movie in some]
    typed += ["the", "ㄱ", "ㄱㄴㄷ", "comedy 1995", Person.objects.order_by("id")[7].name, "x" * 1000]
    client.get("/movie/search/suggest/?q=warm")
    for path in ("/movie/search/suggest/", "/movie/search/"):
        taken = [milliseconds(client, path, q=text) for text in typed]
        print(f"{path}: median {median(taken):.0f} ms, slowest {max(taken):.0f} ms")  # noqa: T201
        assert median(taken) < SEARCH_MS
    assert len(query.search(Asked(text="the"), genres=[]).movies) <= query.MOST_MOVIES


def milliseconds(client: Client, path: str, **asked: str) -> float:
    began = process_time()
    assert client.get(path, asked or None).status_code == 200
    return (process_time() - began) * 1000
