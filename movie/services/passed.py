"""Which movies a visitor passed over: shown above one that they clicked in the same list.

Who clicks a movie has most probably looked at those above it, and of those below nobody knows; so "click > skip
above" (Joachims, KDD 2002; Joachims et al., SIGIR 2005) is what lists tell of what visitors do not want. A list in
which nothing was clicked tells nothing. So the answer hangs on clicks alone: loading a page again changes no list.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from movie import selectors
from movie.clicks.base import ClickEvent

MOST_LISTS, MOST_MOVIES = 10, 40
"""The newest lists that are looked at, and the movies that are taken from them, those of the newest lists first."""


def passed_over(events: Sequence[ClickEvent], *, owner: str, seen: Collection[int]) -> frozenset[int]:
    """At most MOST_MOVIES movies outside `seen` that were passed over. events: of the owner, newest first.

    One query, and none for who never clicked a recommendation.
    """
    clicked: dict[str, set[int]] = {}
    for event in events:
        if event.kind == "click" and event.list_id:
            clicked.setdefault(event.list_id, set()).add(event.movie_id)
    newest = list(clicked)[:MOST_LISTS]
    shown = selectors.movies_of_lists(owner=owner, list_ids=newest) if newest else {}
    found = (movie for each in newest if each in shown for movie in skipped_above(shown[each], clicked[each]))
    fresh = dict.fromkeys(movie_id for movie_id in found if movie_id not in seen)
    return frozenset(list(fresh)[:MOST_MOVIES])


def skipped_above(movie_ids: Sequence[int], clicked: Collection[int]) -> Iterator[int]:
    """Of a list by rank the movies that stand above the lowest one of `clicked`, without those."""
    lowest = max((rank for rank, movie_id in enumerate(movie_ids) if movie_id in clicked), default=0)
    return (movie_id for movie_id in movie_ids[:lowest] if movie_id not in clicked)
