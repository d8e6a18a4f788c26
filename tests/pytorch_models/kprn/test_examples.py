from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from pytorch_models.base import OnStep, ignore_step
from pytorch_models.datasets.interactions import Interactions
from pytorch_models.datasets.knowledge import NOTHING
from pytorch_models.kprn.examples import build
from pytorch_models.kprn.graph import KnowledgeGraph
from pytorch_models.kprn.paths import Paths
from pytorch_models.kprn.shards import Example
from tests.worlds import SMALL_KPRN, planted, planted_knowledge

WORLD, KNOWN = planted(), planted_knowledge()


def built(scratch: Path | None = None, on_step: OnStep = ignore_step, seed: int = 0) -> list[Example]:
    return build(WORLD, KNOWN, SMALL_KPRN, seed=seed, scratch=scratch, on_step=on_step)


def same(one: list[Example], other: list[Example]) -> bool:
    def equal(a: Example, b: Example) -> bool:
        arrays = all(np.array_equal(getattr(a.paths, f.name), getattr(b.paths, f.name)) for f in fields(Paths))
        return arrays and np.array_equal(a.liked, b.liked) and a.clicks == b.clicks

    return len(one) == len(other) and all(map(equal, one, other))


def test_every_user_is_a_visitor_once_and_the_seed_decides_what_they_show() -> None:
    found = built()
    assert 0.9 * WORLD.n_users <= len(found) <= WORLD.n_users
    assert same(found, built()) and not same(found, built(seed=1))
    for example in found:
        assert 1 <= example.liked.sum() <= SMALL_KPRN.positives
        assert (example.liked == 0).sum() <= SMALL_KPRN.negatives * example.liked.sum()
        assert len(np.unique(example.paths.movie)) == len(example.liked)
        assert len(np.unique(example.paths.click)) <= example.clicks
        assert not np.isin(example.paths.movie, example.paths.click).any()


def test_the_users_of_a_fold_are_out_of_the_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Interactions] = []
    of = KnowledgeGraph.of

    def watched(interactions: Interactions, *args: object, **kwargs: object) -> KnowledgeGraph:
        asked.append(interactions)
        return of(interactions, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(KnowledgeGraph, "of", watched)
    built()
    left = [np.setdiff1d(np.arange(WORLD.n_users), graph.user_idx) for graph in asked]
    assert len(left) == SMALL_KPRN.folds
    assert sorted(np.concatenate(left).tolist()) == list(range(WORLD.n_users))


def test_a_building_that_was_killed_goes_on_and_ends_as_without_the_kill(tmp_path: Path) -> None:
    whole = built(tmp_path / "whole")

    class KilledError(Exception):
        pass

    def killed(done: int, of: int) -> None:
        if done > of / 2:
            raise KilledError

    with pytest.raises(KilledError):
        built(tmp_path / "killed", killed)
    kept = sorted((tmp_path / "killed").glob("*.safetensors"))
    assert len(kept) == 2
    written = [path.stat().st_mtime_ns for path in kept]
    steps: list[tuple[int, int]] = []
    again = built(tmp_path / "killed", lambda done, of: steps.append((done, of)))
    assert same(again, whole)
    assert [path.stat().st_mtime_ns for path in kept] == written
    assert steps[0] == (24, 120) and steps[-1] == (120, 120)


def test_a_damaged_shard_is_built_anew(tmp_path: Path) -> None:
    whole = built(tmp_path)
    sorted(tmp_path.glob("*.safetensors"))[0].write_bytes(b"half a fi")
    assert same(built(tmp_path), whole)


def test_other_data_settings_or_seeds_have_shards_of_their_own(tmp_path: Path) -> None:
    built(tmp_path)
    built(tmp_path, seed=1)
    build(WORLD, NOTHING, SMALL_KPRN, seed=0, scratch=tmp_path, on_step=ignore_step)
    build(WORLD, KNOWN, replace(SMALL_KPRN, longest=4), seed=0, scratch=tmp_path, on_step=ignore_step)
    assert len(list(tmp_path.glob("*.safetensors"))) == 4 * SMALL_KPRN.folds


def test_visitors_are_bounded() -> None:
    few = replace(SMALL_KPRN, most_visitors=20)
    assert len(build(WORLD, KNOWN, few, seed=0, on_step=ignore_step)) <= 20


def test_users_of_one_movie_each_teach_nothing() -> None:
    lonely = Interactions.of(np.arange(5), np.arange(5))
    with pytest.raises(ValueError, match="to train on"):
        build(lonely, NOTHING, SMALL_KPRN, seed=0, on_step=ignore_step)
