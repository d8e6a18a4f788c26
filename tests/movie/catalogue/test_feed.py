from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest
from pytest_django import Settings

from movie.catalogue.feed import Weights, is_robot, ratings_of, together
from movie.catalogue.sources import FEED, interactions_of
from movie.models import FeedEvent
from movie.selectors import FeedInteraction
from pytorch_models.datasets.interactions import Interactions
from tests.worlds import FIRST_ID

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


@pytest.fixture
def visitors_did(movies: None) -> None:
    """A person clicks forty movies of their own and forty that a model recommended; another clicks three within a
    minute; a robot clicks forty and sees no page."""

    def did(owner: str, movie: int, minute: float, **said: str) -> FeedEvent:
        at, event_id = START + timedelta(minutes=minute), uuid4()
        who = {"owner": owner, "visitor_id": owner}
        return FeedEvent(**who, movie_id=FIRST_ID + movie, kind="click", event_id=event_id, at=at, **said)

    rows = [did("person", i, i, page_url="/") for i in range(40)]
    rows += [did("person", 40 + i, 40 + i, page_url="/movie/ngcf/", model="ngcf") for i in range(40)]
    rows += [did("quick", i, i / 10, page_url="/") for i in range(3)]
    rows += [did("robot", i, i) for i in range(40)]
    FeedEvent.objects.bulk_create(rows)


def read_of_each() -> dict[str, int]:
    """How many movies training reads of each of them."""
    read = interactions_of(FEED, data_dir=Path())
    users = read.users.id_at(read.user_idx).tolist()
    return {owner: users.count(owner) for owner in ("person", "quick", "robot")}


def test_training_reads_no_robot_and_half_of_what_was_recommended_unless_told_otherwise(visitors_did: None) -> None:
    read = read_of_each()
    assert 40 + 10 < read["person"] < 40 + 30
    assert (read["quick"], read["robot"]) == (3, 0)
    assert read_of_each() == read


@pytest.mark.parametrize(
    ("name", "value", "whose", "least", "most"),
    [
        ("FEED_ROBOTS_PERCENT", 100, "robot", 40, 40),
        ("FEED_ROBOTS_PERCENT", 50, "robot", 10, 30),
        ("FEED_RECOMMENDED_PERCENT", 0, "person", 40, 40),
        ("FEED_RECOMMENDED_PERCENT", 100, "person", 80, 80),
        ("FEED_MOST_A_MINUTE", 2, "quick", 0, 0),
        ("FEED_MOST_A_MINUTE", 3, "quick", 3, 3),
    ],
)
def test_each_setting_of_the_feed_changes_what_training_reads_of_whom_it_is_about(
    visitors_did: None, settings: Settings, name: str, value: int, whose: str, least: int, most: int
) -> None:
    before = read_of_each()
    setattr(settings, name, value)
    after = read_of_each()
    assert least <= after[whose] <= most
    assert {owner: n for owner, n in after.items() if owner != whose} == {
        owner: n for owner, n in before.items() if owner != whose
    }
