"""What of a history counts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytorch_models import history
from pytorch_models.history import HIDDEN, NO_OPINION, Event, History

events = st.builds(
    lambda movie_id, said: Event(movie_id, *said),
    st.integers(1, 8),
    st.sampled_from([("click", None), ("star", 3), ("star", 9), ("star", None), ("unstar", None), ("hide", None)]),
)


@given(st.lists(events, max_size=30), st.integers(1, 9))
def test_a_history_of_the_events_that_count_reads_the_same(all_events: list[Event], newest: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(history, "NEWEST_MOVIES", newest)
        whole = History(tuple(all_events), frozenset())
        counted = History(whole.counted(), frozenset())
        read = whole.movie_ids()
        assert counted.movie_ids() == read
        assert counted.opinions() == {movie: said for movie, said in whole.opinions().items() if movie in read}
        assert len(counted.events) <= 2 * len(read) and counted.counted() == counted.events


def test_the_newest_word_on_a_movie_is_the_opinion() -> None:
    said = [
        Event(1),
        Event(1, "star", 8),
        Event(1, "hide"),
        Event(2, "hide"),
        Event(2, "star", 9),
        Event(3, "unstar"),
    ]
    history = History((*said, Event(3, "star", 2), Event(4, "star", None), Event(5)), frozenset())
    assert history.opinions() == {1: 8, 2: HIDDEN, 3: NO_OPINION}
    assert history.counted() == (said[0], said[1], said[3], said[5], Event(4, "star", None), Event(5))
