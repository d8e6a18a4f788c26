from __future__ import annotations

from pathlib import Path

import pytest

from tests.worlds import planted


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The planted world as a folder of ratings."""
    world, path = planted(), tmp_path / "mine"
    path.mkdir()
    rows = zip(world.user_idx, world.movies.id_at(world.movie_idx), world.star / 2, world.at // 1000, strict=True)
    text = "".join(f"{user},{movie},{star},{at}\n" for user, movie, star, at in rows)
    (path / "ratings.csv").write_text("userId,movieId,rating,timestamp\n" + text)
    return path
