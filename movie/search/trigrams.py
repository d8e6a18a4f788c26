"""Three letters at a time: which ones a name has, lists of the names that have them, and how near two names are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from rapidfuzz.distance import OSA

EDGE = "^"
"""Stands twice before a name and each of its words: how it begins counts more, and two letters are enough to look."""
_ID = np.dtype("<u4")
EXACT, PREFIX = 3.0, 2.0
FEW_EDITS = 0.7


def trigrams_of_name(words: Sequence[str]) -> set[str]:
    """Those of the name written as one word, and of each word's beginning."""
    return trigrams("".join(words)).union(*(trigrams(word[:2]) for word in words))


def trigrams(form: str) -> set[str]:
    edged = EDGE * 2 + form
    return {edged[i : i + 3] for i in range(len(edged) - 2)}


def pack(ids: Iterable[int]) -> bytes:
    """Distinct ids, ascending, four bytes each, the lowest first."""
    return np.unique(np.fromiter(ids, _ID)).tobytes()


def unpack(packed: bytes | memoryview) -> np.ndarray:
    """(n,) uint32: what `pack` was given, in order."""
    return np.frombuffer(packed, _ID)


def most_shared(packed: Iterable[bytes | memoryview], *, most: int) -> list[int]:
    """At most `most` ids that stand in most of the lists; among equals the lowest, which are the popular ones."""
    lists = [unpack(each) for each in packed]
    if not lists:
        return []
    shared = np.bincount(np.concatenate(lists))  # (largest id + 1,): in how many lists each id stands
    found = np.flatnonzero(shared)
    return found[np.argsort(-shared[found], kind="stable")[:most]].tolist()


def likeness(query: str, form: str, words: Sequence[str]) -> float:
    """How near a name is to what was typed: EXACT, PREFIX, or below 1.

    Below that mostly the share of the query's trigrams that the name has, so that a part of a long title is near, and
    somewhat Dice's coefficient of both; or, where that is more, 1 − edits / length (two letters changed over are one
    edit): a slip in a short word spoils most of its trigrams.
    """
    if form == query:
        return EXACT
    if form.startswith(query):
        return PREFIX
    if query.isdigit():
        return 0.9 if query in form else 0.0  # another number is another number
    mine, its = trigrams(query), trigrams_of_name(words)
    shared = len(mine & its)
    of_trigrams = 0.8 * shared / len(mine) + 0.2 * 2 * shared / (len(mine) + len(its))
    return round(min(0.99, max(of_trigrams, _of_edits(query, form))), 2)


def _of_edits(query: str, form: str) -> float:
    """1 − edits / length; where that is under FEW_EDITS, so much less that the name is only what may be meant."""
    few = OSA.normalized_similarity(query, form)
    return few if few >= FEW_EDITS else few * FEW_EDITS
