from __future__ import annotations

import pytest

from pytorch_models.datasets.knowledge import NOTHING, RELATIONS, Knowledge

TRIPLES = [(7, "director", "Mann"), (5, "genre", "Drama"), (7, "cast", "Pacino")]


def test_triples_stand_once_and_in_order() -> None:
    found = Knowledge.of([*TRIPLES, *TRIPLES])
    rows = zip(found.movie_id.tolist(), (RELATIONS[r] for r in found.relation), found.name.tolist(), strict=True)
    assert list(rows) == [(5, "genre", "Drama"), (7, "director", "Mann"), (7, "cast", "Pacino")]
    assert len(found) == 3 and len(NOTHING) == 0


def test_the_same_triples_and_only_they_have_the_same_fingerprint() -> None:
    assert Knowledge.of(TRIPLES).fingerprint() == Knowledge.of(TRIPLES[::-1]).fingerprint()
    others = [TRIPLES[:2], [*TRIPLES[:2], (7, "writer", "Pacino")], [*TRIPLES[:2], (7, "cast", "De Niro")]]
    assert len({Knowledge.of(each).fingerprint() for each in [TRIPLES, *others]}) == 4


def test_an_unknown_relation_is_refused() -> None:
    with pytest.raises(ValueError, match="composer"):
        Knowledge.of([(1, "composer", "Goldenthal")])
