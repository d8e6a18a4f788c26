from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from movie.catalogue.feed import Weights, is_robot, ratings_of, together
from movie.selectors import FeedInteraction
from pytorch_models.datasets.interactions import Interactions

START = datetime(2026, 1, 1, tzinfo=UTC)
ALL = Weights(robots=1.0, recommended=1.0)


def event(
    movie_id: int,
    *,
    owner: str = "visitor#a",
    second: float = 0,
    star: int | None = None,
    page_url: str = "/",
    model: str = "",
) -> FeedInteraction:
    at = START + timedelta(seconds=second)
    return FeedInteraction(owner, movie_id, "star" if star else "click", star, at, page_url, model)


def stars(*events: FeedInteraction, weights: Weights = ALL) -> dict[tuple[str, int], int]:
    found = ratings_of(events, weights)
    return {
        (user, movie): star
        for user, movie, star in zip(found.users.tolist(), found.movies.tolist(), found.star.tolist(), strict=True)
    }


def test_clicks_and_stars_become_one_rating_a_movie() -> None:
    assert stars(event(1), event(1, second=1), event(2, star=8), event(1, owner="user#b")) == {
        ("visitor#a", 1): 0,
        ("visitor#a", 2): 8,
        ("user#b", 1): 0,
    }


def test_a_click_takes_no_star_away() -> None:
    assert stars(event(1, second=1), event(1, star=9)) == {("visitor#a", 1): 9}
    assert stars(event(1), event(1, second=1, star=9)) == {("visitor#a", 1): 9}


def test_nothing_gives_arrays_of_no_length() -> None:
    found = ratings_of([], ALL)
    assert all(len(array) == 0 for array in found)


def test_an_owner_who_saw_no_page_is_a_robot() -> None:
    assert is_robot([event(1, page_url=""), event(2, page_url="")], most_a_minute=60)
    assert not is_robot([event(1, page_url=""), event(2, page_url="/")], most_a_minute=60)


@pytest.mark.parametrize(("seconds_apart", "robot"), [(0.5, True), (1.1, False)])
def test_more_in_a_minute_than_a_person_does_is_a_robots(seconds_apart: float, robot: bool) -> None:
    own = [event(n, second=n * seconds_apart) for n in range(200)]
    assert is_robot(own, most_a_minute=60) is robot


def test_robots_and_recommended_movies_count_by_their_weights_the_same_way_each_time() -> None:
    robots = [event(n, page_url="") for n in range(1000)]
    recommended = [event(n, owner="visitor#b", second=60 * n, model="ngcf") for n in range(1000)]
    assert stars(*robots, weights=Weights(robots=0.0)) == {}
    weights = Weights(robots=0.2, recommended=0.5)
    found = stars(*robots, *recommended, weights=weights)
    counts = [sum(owner == each for owner, _ in found) for each in ("visitor#a", "visitor#b")]
    assert 140 < counts[0] < 260 and 430 < counts[1] < 570
    assert stars(*robots, *recommended, weights=weights) == found


def test_the_feed_joins_the_catalogues_ratings_without_movies_that_are_not_there() -> None:
    catalogue = Interactions.of(np.array([7, 7]), np.array([1, 2]), star=np.array([4, 0]), at=np.array([5, 6]))
    feed = ratings_of([event(2, star=10), event(3), event(99)], ALL)
    both = together(catalogue, feed, known=np.array([1, 2, 3]))
    assert both.users.ids.tolist() == ["7", "visitor#a"] and both.movies.ids.tolist() == [1, 2, 3]
    assert both.star[both.rows_of(1)].tolist() in ([10, 0], [0, 10]) and len(both) == 4
    assert set(both.at.tolist()) == {5, 6, int(START.timestamp() * 1000)}
