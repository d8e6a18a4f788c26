from __future__ import annotations

from dataclasses import replace

from pytorch_models.benchmarks.scaling import Size, by_movies, by_users, contestants_of, grown, world_of
from pytorch_models.ngcf.config import NGCFConfig

TINY = Size("tiny", 300, 2_000, 9_000)
CONFIG = replace(NGCFConfig(), embedding_size=16, layers=(16,), narrow_width=8, candidates=100, relation_keep=20)


def test_users_grow_with_their_interactions_and_the_movies_stay() -> None:
    one, four = by_users([1, 4])
    assert (four.users, four.interactions) == (4 * one.users, 4 * one.interactions)
    assert one.movies == four.movies
    assert [size.movies for size in by_movies([1_000, 400_000])] == [1_000, 400_000]


def test_each_size_has_its_times_and_what_is_found_of_the_exact_ten() -> None:
    worlds = [
        world_of(TINY, CONFIG, clicks=5, index=True, seed=0),
        world_of(replace(TINY, name="more", movies=4_000), CONFIG, clicks=5, index=False, seed=0),
    ]
    counted: list[None] = []
    with_index, without = grown(worlds, requests=4, on_request=lambda: counted.append(None))
    assert len(counted) == 4 * contestants_of(worlds) == 4 * 5
    assert with_index.p50 > 0 and with_index.floor_p50 > 0
    assert with_index.index_recall is not None and with_index.index_recall >= 0.95
    assert with_index.narrow_recall >= 0.8
    assert without.index_p50 is without.index_recall is without.index_seconds is None
    assert with_index.to_json()["movies"] == 2_000
