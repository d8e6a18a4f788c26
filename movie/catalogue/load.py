"""Writing a catalogue into the tables: all of it in one transaction, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import numpy as np
from django.db import models, transaction

from movie.catalogue.base import Catalogue, Film
from movie.catalogue.popularity import popularity
from movie.models import CatalogueLoad, Country, Credit, Genre, Movie, Person, Rating

BATCH = 5_000
Named = TypeVar("Named", Genre, Country, Person)


def load(catalogue: Catalogue, *, on_step: Callable[[str], None] = lambda step: None) -> CatalogueLoad:
    """Replace the tables' catalogue by `catalogue`; visitors' clicks stay. on_step: told what is being written."""
    with transaction.atomic():
        for table in (Rating, Credit, Movie.genres.through, Movie.countries.through):
            table._default_manager.all().delete()
        _delete(Movie, set(Movie.objects.values_list("id", flat=True)) - {film.id for film in catalogue.films})
        on_step(f"{len(catalogue.films):,} movies")
        _write_movies(catalogue)
        on_step("genres, countries, people")
        _write_links(catalogue.films)
        on_step(f"{len(catalogue.ratings):,} ratings")
        _write_ratings(catalogue)
        return CatalogueLoad.objects.create(
            source=catalogue.source, n_movies=len(catalogue.films), n_ratings=len(catalogue.ratings)
        )


def _delete(table: type[models.Model], ids: Iterable[int]) -> None:
    gone = sorted(ids)
    for start in range(0, len(gone), BATCH):
        table._default_manager.filter(pk__in=gone[start : start + BATCH]).delete()


def _write_movies(catalogue: Catalogue) -> None:
    ratings = catalogue.ratings
    ids = np.array([film.id for film in catalogue.films])
    rows = np.full(len(ids), -1) if not len(ratings) else ratings.movies.idx_of(ids)

    def of_film(per_movie: np.ndarray) -> np.ndarray:
        return np.where(rows >= 0, per_movie[rows], 0)

    starred = ratings.star > 0
    n_stars = of_film(np.bincount(ratings.movie_idx[starred], minlength=ratings.n_movies))
    star_sum = of_film(np.bincount(ratings.movie_idx, weights=ratings.star.astype(float), minlength=ratings.n_movies))
    n_users = of_film(ratings.movie_degree)
    popular = popularity(star_sum, n_stars, n_users)
    movies = [
        Movie(
            id=film.id,
            title=film.title,
            title_ko=film.title_ko,
            original_title=film.original_title,
            year=film.year,
            runtime=film.runtime,
            imdb_id=film.imdb_id,
            poster_url=film.poster_url,
            n_ratings=int(n_users[i]),
            mean_star=float(star_sum[i] / n_stars[i]) if n_stars[i] else None,
            popularity=float(popular[i]),
        )
        for i, film in enumerate(catalogue.films)
    ]
    updated = [field.name for field in Movie._meta.concrete_fields if field.name != "id"]
    Movie.objects.bulk_create(
        movies, batch_size=BATCH, update_conflicts=True, unique_fields=["id"], update_fields=updated
    )


def _write_links(films: Sequence[Film]) -> None:
    genres = _named(Genre, (genre for film in films for genre in film.genres))
    countries = _named(Country, (country for film in films for country in film.countries))
    people = _named(Person, (name for film in films for name in (*film.directors, *film.writers, *film.cast)))
    _link(Movie.genres.through, "genre_id", ((f.id, genres[g]) for f in films for g in dict.fromkeys(f.genres)))
    _link(Movie.countries.through, "country_id", ((f.id, countries[c]) for f in films for c in f.countries))
    credits = (
        Credit(movie_id=film.id, person_id=people[name], role=role)
        for film in films
        for role, names in (
            (Credit.Role.DIRECTOR, film.directors),
            (Credit.Role.WRITER, film.writers),
            (Credit.Role.CAST, film.cast),
        )
        for name in names
    )
    Credit.objects.bulk_create(credits, batch_size=BATCH)


def _named(table: type[Named], names: Iterable[str]) -> dict[str, int]:
    """The ids of `names` in a table of names, made where they are missing; names that no film has any more go."""
    wanted = set(names)
    _delete(table, (row_id for row_id, name in table.objects.values_list("id", "name") if name not in wanted))
    table.objects.bulk_create((table(name=name) for name in sorted(wanted)), batch_size=BATCH, ignore_conflicts=True)
    return dict(table.objects.values_list("name", "id"))


def _link(through: type[models.Model], field: str, pairs: Iterable[tuple[int, int]]) -> None:
    rows: list[Any] = [through(movie_id=movie_id, **{field: other}) for movie_id, other in pairs]
    through._default_manager.bulk_create(rows, batch_size=BATCH)


def _write_ratings(catalogue: Catalogue) -> None:
    ratings = catalogue.ratings
    columns = zip(
        ratings.users.id_at(ratings.user_idx).tolist(),
        ratings.movies.id_at(ratings.movie_idx).tolist(),
        ratings.star.tolist(),
        ratings.at.tolist(),
        strict=True,
    )
    rows = (Rating(user=str(user), movie_id=movie, star=star, at=at) for user, movie, star, at in columns)
    Rating.objects.bulk_create(rows, batch_size=BATCH)
