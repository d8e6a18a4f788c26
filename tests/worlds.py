"""Small worlds with a known truth: users who like one block of movies, and a catalogue of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy import sparse

from movie.catalogue.base import Catalogue, Film
from pytorch_models.datasets.interactions import Interactions
from pytorch_models.datasets.knowledge import Knowledge
from pytorch_models.kprn.config import KPRNConfig
from pytorch_models.ngcf.config import NGCFConfig
from pytorch_models.sasrec.config import SASRecConfig

BLOCKS, MOVIES_A_BLOCK, USERS_A_BLOCK = 4, 20, 30
FIRST_ID = 100
GENRES = ("Action", "Comedy", "Drama", "Sci-Fi")
SMALL_NGCF = replace(
    NGCFConfig(), embedding_size=16, layers=(16, 16), epochs=25, weight_average=0.8, learning_rate=0.02
)
SMALL_SASREC = replace(
    SASRecConfig(), embedding_size=32, length=12, batch_size=16, epochs=25, weight_average=0.8, learning_rate=0.02
)

SMALL_KPRN = replace(KPRNConfig(), embedding_size=16, hidden_size=16, epochs=3)


def block_of(movie_id: int) -> int:
    return (movie_id - FIRST_ID) // MOVIES_A_BLOCK


def planted(*, seed: int = 0) -> Interactions:
    """Each user clicks 8–14 movies of their block and one of another; ids of movies start at FIRST_ID."""
    rng = np.random.default_rng(seed)
    users, movies = [], []
    for user in range(BLOCKS * USERS_A_BLOCK):
        block = user % BLOCKS
        own = rng.permutation(MOVIES_A_BLOCK)[: rng.integers(8, 15)] + block * MOVIES_A_BLOCK
        other = rng.integers(BLOCKS * MOVIES_A_BLOCK)
        liked = np.unique([*own, other]) + FIRST_ID
        users += [user + 1] * len(liked)
        movies += liked.tolist()
    star = rng.integers(1, 11, len(users)).astype(np.int8)
    at = rng.integers(1_000_000, 2_000_000, len(users)) * 1000
    return Interactions.of(np.array(users), np.array(movies), star=star, at=at)


def planted_knowledge() -> Knowledge:
    """Of each block one director, and a writer for every five movies; all are dramas."""
    movies = range(FIRST_ID, FIRST_ID + BLOCKS * MOVIES_A_BLOCK)
    return Knowledge.of(
        triple
        for movie in movies
        for triple in (
            (movie, "director", f"Director {block_of(movie)}"),
            (movie, "writer", f"Writer {movie // 5}"),
            (movie, "genre", "Drama"),
        )
    )


def in_a_circle(*, n_users: int = 120, n_movies: int = 40, clicks: int = 12, seed: int = 0) -> Interactions:
    """Each user begins somewhere on a circle of movies and clicks on along it, a moment later each time.

    What follows a movie is certain. Without the order of the clicks, what comes after the last of them is as good as
    what comes before the first. Ids stand in no order on the circle.
    """
    rng = np.random.default_rng(seed)
    circle = FIRST_ID + rng.permutation(n_movies)
    start = rng.integers(n_movies, size=n_users)
    movies = circle[(start[:, None] + np.arange(clicks)) % n_movies]  # (n_users, clicks)
    at = np.tile(np.arange(1, clicks + 1), n_users) * 1000
    return Interactions.of(np.repeat(np.arange(n_users), clicks), movies.ravel(), at=at)


def catalogue() -> Catalogue:
    """The planted movies as films; the first has everything, and one film has no rating."""
    ratings = planted()
    films = [
        Film(int(movie_id), f"Film {movie_id}", 1950 + int(movie_id) % 60, genres=(GENRES[block_of(int(movie_id))],))
        for movie_id in ratings.movies.ids
    ]
    films[0] = replace(
        films[0],
        title="Heat <&>",
        title_ko="히트",
        original_title="Heat",
        runtime=170,
        directors=("Michael Mann",),
        writers=("Michael Mann",),
        cast=("Al Pacino", "Robert De Niro"),
        countries=("United States",),
    )
    return Catalogue("planted", [*films, Film(9_000, "Nobody saw it", 1999)], ratings)


def write_paper(folder: Path, *, seed: int = 0) -> None:
    """The planted world as papers publish a split: a fifth of each user's movies in test.txt, the rest in train.txt."""
    world, rng = planted(), np.random.default_rng(seed)
    lines: dict[str, list[str]] = {"train.txt": [], "test.txt": []}
    for user in range(world.n_users):
        movies = rng.permutation(world.movies.id_at(world.movie_idx[world.rows_of(user)])).tolist()
        cut = len(movies) // 5
        for name, part in (("test.txt", movies[:cut]), ("train.txt", movies[cut:])):
            lines[name].append(" ".join(map(str, [world.users.ids[user], *part])))
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in lines.items():
        (folder / name).write_text("\n".join(text) + "\n")


def random_weights(n: int, density: float) -> sparse.csr_matrix:
    rng = np.random.default_rng(1)
    return sparse.csr_matrix(np.where(rng.random((n, n)) < density, rng.normal(size=(n, n)), 0).astype(np.float32))
