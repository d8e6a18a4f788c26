"""A catalogue from a folder of the user's own: any layout of ratings, with titles where the folder has them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from movie.catalogue.base import Catalogue, DataError, Film
from movie.catalogue.facts import Facts
from movie.catalogue.titles import NO_GENRE, take_apart
from pytorch_models.datasets.readers import RatingFileError, read_folder

_100K_GENRES = [
    "Action",
    "Adventure",
    "Animation",
    "Children",
    "Comedy",
    "Crime",
    "Documentary",
    "Drama",
    "Fantasy",
    "Film-Noir",
    "Horror",
    "Musical",
    "Mystery",
    "Romance",
    "Sci-Fi",
    "Thriller",
    "War",
    "Western",
]


@dataclass(frozen=True)
class _Listed:
    """A line of a list of movies: the title as published, with its year."""

    id: int
    full_title: str
    genres: tuple[str, ...]


def read(folder: Path, *, facts: Facts | None = None) -> Catalogue:
    """Ratings, titles (movies.csv, movies.dat or u.item; "Movie 12" without) and IMDb ids (links.csv).

    facts: joined by IMDb id, or by title and year. Raises DataError.
    """
    try:
        ratings = read_folder(folder)
        listed = {movie.id: movie for movie in _listed(folder)}
        imdb = dict(_imdb_ids(folder))
    except (RatingFileError, FileNotFoundError) as error:
        raise DataError(str(error)) from error
    films = []
    for movie_id in sorted({*ratings.movies.ids.tolist(), *listed}):
        movie = listed.get(movie_id)
        film = _film(movie_id, movie, imdb.get(movie_id, ""))
        films.append(facts.add_to(film, full_title=movie.full_title) if facts and movie else film)
    return Catalogue(f"folder {folder.name}", films, ratings)


def genres(folder: Path) -> Iterator[tuple[int, str]]:
    """Each listed movie with each of its genres; none where the folder has no such list. Raises DataError."""
    try:
        for movie in _listed(folder):
            yield from ((movie.id, genre) for genre in movie.genres if genre and genre != NO_GENRE)
    except RatingFileError as error:
        raise DataError(str(error)) from error


def _film(movie_id: int, movie: _Listed | None, imdb_id: str) -> Film:
    if movie is None:
        return Film(movie_id, f"Movie {movie_id}", imdb_id=imdb_id)
    title = take_apart(movie.full_title)
    return replace(
        Film(movie_id, title.title or f"Movie {movie_id}", title.year),
        original_title=title.original,
        genres=tuple(genre for genre in movie.genres if genre and genre != NO_GENRE),
        imdb_id=imdb_id,
    )


def _listed(folder: Path) -> Iterator[_Listed]:
    if (path := folder / "movies.csv").exists():
        for number, row in _csv(path, ("movieId", "title", "genres")):
            yield _Listed(_id(path, number, "movieId", row["movieId"]), row["title"], tuple(row["genres"].split("|")))
    elif (path := folder / "movies.dat").exists():
        for number, fields in _lines(path, "::", 3):
            yield _Listed(_id(path, number, "1", fields[0]), fields[1], tuple(fields[2].split("|")))
    elif (path := folder / "u.item").exists():
        for number, fields in _lines(path, "|", 24):
            flags = zip(_100K_GENRES, fields[6:24], strict=True)  # field 5 is "unknown"
            genres = tuple(genre for genre, flag in flags if flag == "1")
            yield _Listed(_id(path, number, "1", fields[0]), fields[1], genres)


def _imdb_ids(folder: Path) -> Iterator[tuple[int, str]]:
    if (path := folder / "links.csv").exists():
        for number, row in _csv(path, ("movieId", "imdbId")):
            if row["imdbId"]:
                yield _id(path, number, "movieId", row["movieId"]), f"tt{row['imdbId'].zfill(7)}"


def _csv(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, restval="")
        missing = [name for name in columns if name not in (rows.fieldnames or ())]
        if missing:
            raise RatingFileError(path, 1, missing[0], f"expected the columns {', '.join(columns)}")
        for row in rows:
            yield rows.line_num, row


def _lines(path: Path, separator: str, n_fields: int) -> Iterator[tuple[int, list[str]]]:
    data = path.read_bytes()
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("latin-1")  # as MovieLens 100K and 1M are
    for number, line in enumerate(text.splitlines(), start=1):
        if not line:
            continue
        fields = line.split(separator)
        if len(fields) != n_fields:
            raise RatingFileError(path, number, str(len(fields)), f"expected {n_fields} fields (got {len(fields)})")
        yield number, fields


def _id(path: Path, line: int, column: str, text: str) -> int:
    if not text.isdigit():
        raise RatingFileError(path, line, column, f"expected a whole number (got '{text[:40]}')")
    return int(text)
