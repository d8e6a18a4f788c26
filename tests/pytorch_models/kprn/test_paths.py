from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytorch_models.datasets.interactions import Interactions
from pytorch_models.datasets.knowledge import Knowledge
from pytorch_models.kprn.graph import SHRINK, KnowledgeGraph
from pytorch_models.kprn.paths import Paths, extract, ties
from tests.pytorch_models.kprn.worlds import ALI, COLLATERAL, EXACT, HEAT, SCARFACE, TWINS, graph, spelt

SHORT = replace(EXACT, longest=4)
MANN, PACINO, CROWD = ("director", "Mann"), ("cast", "Pacino"), ("user", "")


def paths_of(found: KnowledgeGraph, clicks: list[int], targets: list[int], config: object = SHORT) -> Paths:
    return extract(found, ties(found, np.array(clicks)), np.array(targets), config)  # type: ignore[arg-type]


def test_short_paths_by_hand() -> None:
    found = graph()
    assert sorted(spelt(found, paths_of(found, [HEAT], [COLLATERAL, ALI, SCARFACE, TWINS]))) == sorted(
        [
            (HEAT, CROWD, COLLATERAL),
            (HEAT, MANN, COLLATERAL),
            (HEAT, MANN, ALI),
            (HEAT, CROWD, SCARFACE),
            (HEAT, PACINO, SCARFACE),
        ]
    )


def test_a_path_weighs_the_users_in_common_or_the_size_of_its_entity() -> None:
    found = graph()
    paths = paths_of(found, [HEAT], [COLLATERAL])
    weights = dict(zip(spelt(found, paths), np.exp(paths.log_weight), strict=True))
    assert weights[HEAT, CROWD, COLLATERAL] == pytest.approx(2 / (2 + SHRINK))
    assert weights[HEAT, MANN, COLLATERAL] == pytest.approx(1 / (3 + SHRINK))


def test_a_movie_that_shares_nothing_is_reached_over_one_between() -> None:
    found = graph()
    assert paths_of(found, [HEAT], [TWINS]).stem.size == 0
    long = paths_of(found, [HEAT], [TWINS], EXACT)
    assert spelt(found, long) == [(HEAT, PACINO, SCARFACE, CROWD, TWINS)]
    over, end = 1 / (2 + SHRINK), 1 / (np.sqrt(2) + SHRINK)
    assert np.exp(long.log_weight[0]) == pytest.approx(over * end)


def test_a_movie_between_is_reached_by_its_strongest_tie_alone() -> None:
    found = graph()
    long = [path for path in spelt(found, paths_of(found, [HEAT], [ALI], EXACT)) if len(path) == 5]
    assert long == [(HEAT, CROWD, COLLATERAL, MANN, ALI)]  # 2 / 12 of the users before 1 / 13 of the director


def test_movies_between_are_bounded() -> None:
    found = graph()
    paths = paths_of(found, [HEAT], [COLLATERAL, ALI, SCARFACE, TWINS], replace(EXACT, most_between=1))
    assert {path[2] for path in spelt(found, paths) if len(path) == 5} == {COLLATERAL}


def test_nothing_leads_from_no_click_that_shares_nothing() -> None:
    found = graph()
    assert len(paths_of(found, [ALI], [TWINS])) == 0
    assert ties(found, np.array([ALI])).strongest(10, excluded=np.array([COLLATERAL])).tolist() == [HEAT]


def test_joined_paths_stay_apart() -> None:
    found = graph()
    one, two = paths_of(found, [HEAT], [COLLATERAL, ALI]), paths_of(found, [SCARFACE], [HEAT], EXACT)
    both = Paths.joined([one, two])
    assert spelt(found, both) == spelt(found, one) + spelt(found, two)
    assert both.target.max() == len(both.movie) - 1 == 2


def brute_force(
    seen: set[tuple[int, int]], known: set[tuple[int, str, str]], clicks: list[int], target: int
) -> Counter[object]:
    """Short paths to `target`, by going through everything."""
    paths: Counter[object] = Counter()
    for click in clicks:
        if click == target:
            continue
        if any((user, target) in seen for user, movie in seen if movie == click):
            paths[click, CROWD, target] += 1
        for movie, relation, name in known:
            if movie == click and (target, relation, name) in known:
                paths[click, (relation, name), target] += 1
    return paths


@settings(max_examples=60, deadline=None)
@given(
    seen=st.sets(st.tuples(st.integers(1, 6), st.integers(0, 7)), min_size=1, max_size=30),
    known=st.sets(
        st.tuples(st.integers(0, 7), st.sampled_from(["director", "cast"]), st.sampled_from("AB")), max_size=20
    ),
    data=st.data(),
)
def test_short_paths_are_those_of_a_walk_through_everything(
    seen: set[tuple[int, int]], known: set[tuple[int, str, str]], data: st.DataObject
) -> None:
    users, movies = zip(*seen, strict=True)
    world = Interactions.of(np.array(users), np.array(movies))
    found = KnowledgeGraph.of(world, Knowledge.of(known), SHORT, rng=np.random.default_rng(0))
    ids = world.movies.ids.tolist()
    clicks = data.draw(st.lists(st.sampled_from(range(len(ids))), min_size=1, unique=True))
    targets = [row for row in range(len(ids)) if row not in clicks]
    if not targets:
        return
    by_id = Counter((ids[path[0]], path[1], ids[path[-1]]) for path in spelt(found, paths_of(found, clicks, targets)))
    of_several = {(m, r, n) for m, r, n in known if m in ids}
    expected = sum((brute_force(seen, of_several, [ids[c] for c in clicks], ids[t]) for t in targets), Counter())
    assert by_id == expected
