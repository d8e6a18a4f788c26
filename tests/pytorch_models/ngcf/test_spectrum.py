from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from pytorch_models.ngcf.run import Run
from pytorch_models.ngcf.spectrum import spectral_embedding
from tests.worlds import SMALL_NGCF, block_of, planted


def test_it_spans_what_a_full_decomposition_has_as_its_largest() -> None:
    world = planted()
    scale = world.movie_degree**-0.5
    scaled = world.user_degree[:, None] ** -0.5 * world.matrix().toarray() * scale
    right = np.linalg.svd(scaled)[2][:5]
    found = spectral_embedding(world, 5, rng=np.random.default_rng(0)) / scale[:, None]
    overlap = np.linalg.svd(right @ np.linalg.qr(found)[0], compute_uv=False)
    assert overlap.min() > 0.99  # cosines of the angles between the two spaces


def test_movies_of_one_block_lie_close_before_any_training() -> None:
    world = planted()
    rows = spectral_embedding(world, 6, rng=np.random.default_rng(0))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    block = np.array([block_of(int(movie)) for movie in world.movies.ids])
    same = block[:, None] == block[None, :]
    cosine = rows @ rows.T
    assert cosine[same].mean() > cosine[~same].mean() + 0.5


def test_more_columns_than_the_clicks_have_rank_are_zero() -> None:
    few = planted().of_users(np.arange(10))
    rows = spectral_embedding(few, 32, rng=np.random.default_rng(0))
    assert rows.shape == (few.n_movies, 32)
    assert np.isfinite(rows).all() and not rows[:, 10:].any()


def test_a_run_begins_there_where_it_is_told_to_also_after_a_damaged_state(tmp_path: Path) -> None:
    world, config = planted(), replace(SMALL_NGCF, spectral_start=True)
    start = spectral_embedding(world, config.embedding_size, rng=np.random.default_rng(0))
    for damaged in (False, True):
        run = Run(world, config, rng=np.random.default_rng(0), scratch=tmp_path)
        for network in (run.network, run.averaged, run.best):
            assert np.array_equal(network.movie_embedding.detach().numpy(), start), damaged
        (run.path or tmp_path).write_bytes(b"no tensors")


def test_a_run_that_is_taken_up_does_not_begin_again(tmp_path: Path) -> None:
    world, config = planted(), replace(SMALL_NGCF, spectral_start=True)
    run = Run(world, config, rng=np.random.default_rng(0), scratch=tmp_path)
    run.network.movie_embedding.data.fill_(2.0)
    run.save()
    again = Run(world, config, rng=np.random.default_rng(0), scratch=tmp_path)
    assert bool((again.network.movie_embedding == 2.0).all())
