"""How the ratings of a movie spread, held against numpy on the planted world's own stars."""

from __future__ import annotations

import re

import numpy as np
import pytest
from django.test import Client

from movie.models import Rating
from movie.services import Spread, spread_of
from tests.worlds import FIRST_ID, planted

pytestmark = pytest.mark.django_db


def test_mean_and_deviation_are_those_of_the_ratings(movies: None) -> None:
    world = planted()
    stars = world.star[world.movie_idx == 0].astype(float) / 2
    spread = spread_of(movie_id=FIRST_ID)
    assert spread is not None and spread.total == len(stars) > 5
    assert spread.mean == pytest.approx(stars.mean()) and spread.deviation == pytest.approx(stars.std())
    assert list(spread.counts) == [int(np.sum(stars == half / 2)) for half in range(1, 11)]


def test_ratings_without_a_star_count_for_nothing(movies: None) -> None:
    Rating.objects.filter(movie_id=FIRST_ID).update(star=0)
    assert spread_of(movie_id=FIRST_ID) is None
    Rating.objects.filter(movie_id=FIRST_ID, pk=Rating.objects.filter(movie_id=FIRST_ID)[0].pk).update(star=7)
    assert spread_of(movie_id=FIRST_ID) == Spread([0, 0, 0, 0, 0, 0, 1, 0, 0, 0])


def test_the_page_draws_the_spread_and_says_it_in_words(client: Client, movies: None) -> None:
    html = client.get(f"/movie/{FIRST_ID}/", headers={"Accept-Language": "en"}).content.decode()
    spread = spread_of(movie_id=FIRST_ID)
    assert spread is not None
    assert f"standard deviation {spread.deviation:.1f} stars" in html
    [drawn] = re.findall(r'<svg class="drawing histogram".*?</svg>', html, re.DOTALL)
    assert drawn.count('class="bar-of"') == 10
    assert ", ".join(f"{star / 2:g}: {n}" for star, n in enumerate(spread.counts, start=1)) in drawn


def test_a_movie_that_nobody_rated_has_no_drawing(client: Client, movies: None) -> None:
    assert "histogram" not in client.get("/movie/9000/").content.decode()
