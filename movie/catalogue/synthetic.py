"""A made-up catalogue of any size, its titles, names and ratings as unevenly frequent as real ones, to measure by."""

from __future__ import annotations

import numpy as np

from movie.catalogue.base import Catalogue, Film
from movie.genres import NAMES
from pytorch_models.datasets.interactions import Interactions
from pytorch_models.datasets.synthetic import power_law

SIZE = 30_000
_SYLLABLES = "ma ri lo ten ka den sho ver an el ion dra mon tra s st ne ke par ol us ing ter la".split()  # noqa: SIM905
_KOREAN = "가나다라마바사아자차카타파하거너더러머버서어저도로모보소오조주구두루무부수우기니디리미비시이지"
_WORDS, _KOREAN_WORDS = 12_000, 8_000


def made_up(n_movies: int = SIZE, *, n_users: int = 2_000, n_ratings: int = 100_000, seed: int = 0) -> Catalogue:
    """The same for the same `seed`. Half of the films have an article and a Korean title; each has a director, mostly
    writes it too, and four actors of some 4/3 as many people as there are films."""
    rng = np.random.default_rng(seed)
    english = np.array(["".join(rng.choice(_SYLLABLES, rng.integers(2, 5))) for _ in range(_WORDS)])
    korean = np.array(["".join(rng.choice(list(_KOREAN), rng.integers(1, 4))) for _ in range(_KOREAN_WORDS)])
    people = [f"{' '.join(rng.choice(english, 2)).title()} {i}" for i in range(n_movies * 4 // 3)]
    films = [_film(i, english, korean, people, rng) for i in range(n_movies)]
    return Catalogue("made-up", films, _ratings(n_users, n_movies, n_ratings, rng))


def _film(i: int, english: np.ndarray, korean: np.ndarray, people: list[str], rng: np.random.Generator) -> Film:
    director, *cast = (people[at] for at in rng.integers(len(people), size=5))
    return Film(
        i + 1,
        ("The " if i % 2 else "") + " ".join(_drawn(rng, english)).title(),
        int(rng.integers(1920, 2025)),
        title_ko=" ".join(_drawn(rng, korean)) if i % 2 else "",
        genres=tuple(dict.fromkeys(rng.choice(NAMES, rng.integers(1, 4)).tolist())),
        runtime=int(rng.integers(70, 200)),
        directors=(director,),
        writers=(director,) if i % 3 else (cast[0],),
        cast=tuple(dict.fromkeys(cast)),
        countries=("United States",) if i % 4 else ("South Korea",),
    )


def _drawn(rng: np.random.Generator, words: np.ndarray) -> list[str]:
    """One to five words, the first of them far more often (Zipf's law)."""
    return words[np.minimum(rng.zipf(1.3, rng.integers(1, 6)), len(words)) - 1].tolist()


def _ratings(n_users: int, n_movies: int, n_ratings: int, rng: np.random.Generator) -> Interactions:
    pairs = power_law(n_users, n_movies, n_ratings, rng=rng)
    star = np.clip(np.rint(rng.normal(7, 2, len(pairs))), 1, 10).astype(np.int8)
    at = rng.integers(10**12, 17 * 10**11, len(pairs))
    return Interactions.of(pairs.user_idx + 1, pairs.movie_idx + 1, star=star, at=at)
