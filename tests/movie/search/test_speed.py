"""Search at 30,000 movies. The bound is on the processor's time: what else the machine does is not ours."""

from __future__ import annotations

from statistics import median
from time import process_time

import pytest
from django.test import Client

from movie.models import Movie, Person
from movie.search import query
from movie.search.asked import Asked
from movie.search.index import rebuild
from tests.movie.search.big import write_big

pytestmark = pytest.mark.django_db
MOST_MS = 100


def test_suggestions_and_results_come_within_a_tenth_of_a_second_at_thirty_thousand_movies(client: Client) -> None:
    write_big()
    rebuild()
    some = list(Movie.objects.filter(id__in=range(1, 30_000, 3_001)))
    typed = [text for movie in some for text in (movie.title[:1], movie.title[:4], movie.title, movie.title_ko)]
    typed += [movie.title.replace("a", "e", 1) for movie in some]
    typed += ["the", "ㄱ", "ㄱㄴㄷ", "comedy 1995", Person.objects.get(id=7).name, "x" * 1000]
    client.get("/movie/search/suggest/?q=warm")
    for path in ("/movie/search/suggest/", "/movie/search/"):
        taken = []
        for text in typed:
            began = process_time()
            assert client.get(path, {"q": text}).status_code == 200
            taken.append((process_time() - began) * 1000)
        print(f"{path}: median {median(taken):.0f} ms, slowest {max(taken):.0f} ms")  # noqa: T201
        assert median(taken) < MOST_MS
    assert len(query.search(Asked(text="the"), genres=[]).movies) <= query.MOST_MOVIES
