"""Writing a catalogue into the tables: all of it in one transaction, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import TypeVar

import numpy as np
from django.db import connection, models, transaction

from movie.catalogue.base import Catalogue, Film
from movie.catalogue.popularity import popularity
from movie.models import CatalogueLoad, Country, Credit, Genre, Movie, Person, Rating
from movie.search import index

BATCH = 5_000
MOVIE_BATCH = 500
"""Movies carry their synopsis, and MySQL takes no statement over 16 MB (MariaDB's max_allowed_packet)."""
Named = TypeVar("Named", Genre, Country, Person)


def load(catalogue: Catalogue, *, on_step: Callable[[str], None] = lambda step: None) -> CatalogueLoad:
    """Replace the tables' catalogue by `catalogue`; visitors' clicks stay. on_step: told what is being written."""
    with transaction.atomic():
        index.clear()  # first: deleting a movie would look for its entries
        for table in (Rating, Credit, Movie.genres.through, Movie.countries.through):
            table._default_manager.all().delete()
        _delete(Movie, set(Movie.objects.values_list("id", flat=True)) - {film.id for film in catalogue.films})
        on_step(f"{len(catalogue.films):,} movies")
        _write_movies(catalogue)
        on_step("genres, countries, people")
        _write_links(catalogue.films)
        on_step(f"{len(catalogue.ratings):,} ratings")
        _write_ratings(catalogue)
        on_step("the search index")
        index.rebuild()
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
    rows = ratings.movies.idx_of(ids)

    def of_film(per_movie: np.ndarray) -> np.ndarray:
        return np.append(per_movie, 0)[rows]  # the row of a film that nobody rated is -1: the 0 at the end

    starred = ratings.star > 0
    n_stars = of_film(np.bincount(ratings.movie_idx[starred], minlength=ratings.n_movies))
    star_sum = of_film(np.bincount(ratings.movie_idx, weights=ratings.star.astype(float), minlength=ratings.n_movies))
    n_users = of_film(ratings.movie_degree)
    popular = popularity(star_sum, n_stars, np.maximum(n_users, [film.times_rated for film in catalogue.films]))
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
            page_url=film.page_url,
            synopsis=film.synopsis,
            n_ratings=int(n_users[i]),
            mean_star=float(star_sum[i] / n_stars[i]) if n_stars[i] else None,
            popularity=float(popular[i]),
        )
        for i, film in enumerate(catalogue.films)
    ]
    updated = [field.name for field in Movie._meta.concrete_fields if field.name != "id"]
    # MySQL updates a row that conflicts in whatever is unique, and refuses to be told in what.
    unique = ["id"] if connection.features.supports_update_conflicts_with_target else None
    Movie.objects.bulk_create(
        movies, batch_size=MOVIE_BATCH, update_conflicts=True, unique_fields=unique, update_fields=updated
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
    _write(Credit, credits)


def _named(table: type[Named], names: Iterable[str]) -> dict[str, int]:
    """The ids of `names` in a table of names, made where they are missing; names that no film has any more go."""
    wanted = set(names)
    _delete(table, (row_id for row_id, name in table.objects.values_list("id", "name") if name not in wanted))
    _write(table, (table(name=name) for name in sorted(wanted)), ignore_conflicts=True)
    return dict(table.objects.values_list("name", "id"))


def _link(through: type[models.Model], field: str, pairs: Iterable[tuple[int, int]]) -> None:
    _write(through, (through(movie_id=movie_id, **{field: other}) for movie_id, other in pairs))


def _write_ratings(catalogue: Catalogue) -> None:
    """A batch at a time: millions of ratings stay in their arrays until it is their turn."""
    ratings = catalogue.ratings
    for start in range(0, len(ratings), BATCH):
        part = slice(start, start + BATCH)
        columns = zip(
            ratings.users.id_at(ratings.user_idx[part]).tolist(),
            ratings.movies.id_at(ratings.movie_idx[part]).tolist(),
            ratings.star[part].tolist(),
            ratings.at[part].tolist(),
            strict=True,
        )
        _write(
            Rating, (Rating(user=str(user), movie_id=movie, star=star, at=at) for user, movie, star, at in columns)
        )


def _write(table: type[models.Model], rows: Iterable[models.Model], *, ignore_conflicts: bool = False) -> None:
    """bulk_create alone would first make a list of all rows."""
    rows = iter(rows)
    while batch := list(islice(rows, BATCH)):
        table._default_manager.bulk_create(batch, batch_size=BATCH, ignore_conflicts=ignore_conflicts)
