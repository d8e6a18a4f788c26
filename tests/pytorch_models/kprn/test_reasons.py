from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pytorch_models.history import History
from pytorch_models.kprn.paths import NONE
from pytorch_models.kprn.reasons import MOST_PATHS, NOTICED, _lost, _moved, _of_each_kind_first
from pytorch_models.kprn.recommender import KPRNRecommender
from pytorch_models.reasons import Node, Reason
from tests.worlds import FIRST_ID, SMALL_KPRN, planted, planted_knowledge

CLICKS = [FIRST_ID, FIRST_ID + 1, FIRST_ID + 2, FIRST_ID + 45]


@pytest.fixture(scope="module")
def fitted() -> KPRNRecommender:
    made = KPRNRecommender(SMALL_KPRN)
    made.knowledge = planted_knowledge()
    return made.fit(planted(), rng=np.random.default_rng(0))


@pytest.fixture(scope="module")
def listed(fitted: KPRNRecommender) -> dict[int, float]:
    answer = fitted.recommend(History.of_clicks(CLICKS), rng=np.random.default_rng(0))
    return {item.movie_id: item.score for item in answer.items}


@pytest.fixture(scope="module")
def reasons(fitted: KPRNRecommender, listed: dict[int, float]) -> tuple[Reason, ...]:
    return fitted.explain(History.of_clicks(CLICKS), list(listed), rng=np.random.default_rng(0))


def test_what_a_score_loses_without_a_part_by_hand() -> None:
    g = float(np.log(np.exp(1) + np.exp(2) + np.exp(0)))
    lost = _lost(g, np.array([1.0, 2.0, 0.0]))
    assert lost[0] == pytest.approx(g - np.log(np.exp(2) + np.exp(0)))
    assert lost[1] == pytest.approx(g - np.log(np.exp(1) + np.exp(0)))
    assert np.isfinite(_lost(1.5, np.array([1.5]))).all()


def test_a_rank_moves_where_another_of_the_list_comes_before_it() -> None:
    g = np.array([3.0, 2.0, 1.0])
    assert _moved(g, 1, np.array([1.1, 0.9, 2.0])).tolist() == [False, True, False]
    assert _moved(g, 2, np.array([-5.0])).tolist() == [False]  # the last one stays the last


def test_the_strongest_of_each_kind_comes_before_the_second_of_another() -> None:
    assert _of_each_kind_first(np.array([3, 3, 1, 3, 1, 0])).tolist() == [0, 2, 5, 1, 3, 4]
    assert _of_each_kind_first(np.empty(0, np.int64)).tolist() == []


def test_each_path_leads_from_the_visitor_over_a_click_to_the_movie(reasons: tuple[Reason, ...]) -> None:
    assert any(reason.paths for reason in reasons)
    for reason in reasons:
        for path in reason.paths:
            first, *stops = path.nodes
            assert first == Node("visitor", "") and len(stops) in (3, 5)
            assert stops[0].kind == "movie" and stops[0].key in CLICKS
            assert stops[-1] == Node("movie", reason.movie_id)
            assert all((stop.kind == "movie") == (place % 2 == 0) for place, stop in enumerate(stops))


def test_only_paths_that_carry_something_are_shown(reasons: tuple[Reason, ...], listed: dict[int, float]) -> None:
    spread = max(listed.values()) - min(listed.values())
    for reason in reasons:
        weights = [path.weight for path in reason.paths]
        assert weights == sorted(weights, reverse=True)
        assert all(path.moved or path.weight >= NOTICED * spread for path in reason.paths)


def test_a_path_s_weight_is_what_the_score_loses_in_a_world_without_it(
    fitted: KPRNRecommender, listed: dict[int, float]
) -> None:
    """Each path is struck from the set, and everything computed anew; a movie that stays is no reason's."""
    reader, movies = fitted.reader, fitted.movies
    assert reader is not None and movies is not None
    rows, clicks = movies.idx_of(list(listed)), movies.idx_of(CLICKS[::-1])
    paths = reader.paths(reader.tied(clicks), rows)
    _, g = reader.read(paths)
    assert g == pytest.approx(list(listed.values()), abs=1e-4)
    told = fitted.explain(History.of_clicks(CLICKS), list(listed), rng=np.random.default_rng(0))
    spread = float(np.ptp(g))
    for at, reason in enumerate(told):
        carrying: list[tuple[float, bool, str]] = []
        for struck in np.flatnonzero(paths.target == at):
            left = np.delete(np.arange(len(paths)), struck)
            without = replace(
                paths, stem=paths.stem[left], target=paths.target[left], log_weight=paths.log_weight[left]
            )
            again = reader.read(without)[1]
            moved = bool(np.argsort(np.argsort(-again))[at] != np.argsort(np.argsort(-g))[at])
            if moved or g[at] - again[at] >= NOTICED * spread:
                stem = paths.stem[struck]
                kinds = reader.graph.kind[[paths.entity[stem], paths.entity2[stem]]].tolist()
                kind = str(kinds if paths.between[stem] != NONE else kinds[:1])
                carrying.append((float(g[at] - again[at]), moved, kind))
        carrying.sort(reverse=True)
        of_each_kind = list({each[2]: each for each in carrying[::-1]}.values())
        rest = [each for each in carrying if each not in of_each_kind]
        expected = sorted((sorted(of_each_kind, reverse=True) + rest)[:MOST_PATHS], reverse=True)
        assert [path.weight for path in reason.paths] == pytest.approx([each[0] for each in expected], abs=1e-3)
        assert [path.moved for path in reason.paths] == [each[1] for each in expected]


def test_a_crowd_is_told_by_how_many_have_both(reasons: tuple[Reason, ...]) -> None:
    world = planted()
    seen = [set(world.movies.id_at(world.movie_idx[world.rows_of(user)]).tolist()) for user in range(world.n_users)]
    crowds = 0
    for reason in reasons:
        for path in reason.paths:
            for before, stop, behind in zip(path.nodes[1::2], path.nodes[2::2], path.nodes[3::2], strict=False):
                if stop.kind == "user":
                    crowds += 1
                    assert stop.key == sum({before.key, behind.key} <= movies for movies in seen)
        for click in reason.clicks:
            assert click.together == sum({click.movie_id, reason.movie_id} <= movies for movies in seen)
    assert crowds > 0


def test_one_movie_asked_for_alone_has_the_reasons_that_it_has_in_the_list(
    fitted: KPRNRecommender, reasons: tuple[Reason, ...]
) -> None:
    for reason in reasons[:3]:
        [alone] = fitted.explain(History.of_clicks(CLICKS), [reason.movie_id], rng=np.random.default_rng(0))
        assert [path.nodes for path in alone.paths] == [path.nodes for path in reason.paths]


def test_a_movie_without_a_path_has_no_reason() -> None:
    made = KPRNRecommender(replace(SMALL_KPRN, longest=4, epochs=1)).fit(planted(), rng=np.random.default_rng(0))
    assert made.reader is not None and made.movies is not None
    strength = made.reader.tied(made.movies.idx_of([FIRST_ID])).strength
    [*_, far] = made.movies.ids[np.flatnonzero(strength == 0)].tolist()
    [reason] = made.explain(History.of_clicks([FIRST_ID]), [far], rng=np.random.default_rng(0))
    assert reason.paths == () and reason.clicks == ()


def test_one_movie_is_held_against_a_list_without_what_is_kept_out(
    fitted: KPRNRecommender, reasons: tuple[Reason, ...], listed: dict[int, float]
) -> None:
    """Movies marked as seen are in no list, so they give a movie no rank either."""
    out = frozenset(list(listed)[5:])
    history = replace(History.of_clicks(CLICKS), exclude=out | set(CLICKS))
    answer = fitted.recommend(history, rng=np.random.default_rng(0))
    told = fitted.explain(history, answer.movie_ids, rng=np.random.default_rng(0))
    for reason in told[:3]:
        [alone] = fitted.explain(history, [reason.movie_id], rng=np.random.default_rng(0))
        assert [(path.nodes, path.moved) for path in alone.paths] == [
            (path.nodes, path.moved) for path in reason.paths
        ]
