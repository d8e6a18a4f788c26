"""A catalogue as big as a site may have, with titles and names as long as real ones."""

from __future__ import annotations

import numpy as np

from movie.models import Credit, Genre, Movie, Person

N_MOVIES, N_PEOPLE, CREDITS_A_MOVIE = 30_000, 40_000, 5
_SYLLABLES = [
    "ma",
    "ri",
    "lo",
    "ten",
    "ka",
    "den",
    "sho",
    "ver",
    "an",
    "el",
    "ion",
    "dra",
    "mon",
    "tra",
    "s",
    "st",
    "ne",
    "ke",
    "par",
    "ol",
    "us",
    "ing",
    "ter",
    "la",
]
_KOREAN = "가나다라마바사아자차카타파하거너더러머버서어저도로모보소오조주구두루무부수우기니디리미비시이지"


def write_big(*, seed: int = 0) -> None:
    """Titles of one to five words, half with an article and a Korean one; words are as unevenly frequent as words are."""
    rng = np.random.default_rng(seed)
    english = np.array(["".join(rng.choice(_SYLLABLES, rng.integers(2, 5))) for _ in range(12_000)])
    korean = np.array(["".join(rng.choice(list(_KOREAN), rng.integers(1, 4))) for _ in range(8_000)])
    popularity, years = rng.random(N_MOVIES) * 4, rng.integers(1920, 2025, N_MOVIES)
    movies = [
        Movie(
            id=i + 1,
            title=("The " if i % 2 else "") + " ".join(_drawn(rng, english)).title(),
            title_ko=" ".join(_drawn(rng, korean)) if i % 2 else "",
            year=int(years[i]),
            popularity=float(popularity[i]),
            n_ratings=i % 200,
        )
        for i in range(N_MOVIES)
    ]
    Movie.objects.bulk_create(movies, batch_size=5_000)
    genres = [Genre.objects.create(name=name) for name in ("Action", "Comedy", "Drama")]
    through = Movie.genres.through
    through.objects.bulk_create([through(movie_id=i + 1, genre=genres[i % 3]) for i in range(N_MOVIES)])
    names = [f"{' '.join(rng.choice(english, 2)).title()} {i}" for i in range(N_PEOPLE)]
    Person.objects.bulk_create([Person(id=i + 1, name=name) for i, name in enumerate(names)])
    of = rng.integers(1, N_PEOPLE + 1, (N_MOVIES, CREDITS_A_MOVIE))
    rows = [
        Credit(movie_id=i + 1, person_id=person, role="cast" if j else "director")
        for i, people in enumerate(of.tolist())
        for j, person in enumerate(dict.fromkeys(people))
    ]
    Credit.objects.bulk_create(rows, batch_size=20_000)


def _drawn(rng: np.random.Generator, words: np.ndarray) -> list[str]:
    """One to five words, the first of them far more often (Zipf's law)."""
    return words[np.minimum(rng.zipf(1.3, rng.integers(1, 6)), len(words)) - 1].tolist()
