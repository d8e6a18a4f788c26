"""What is known of the movies of a data set beside their ratings, for models that read it."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from movie import selectors
from movie.catalogue import folder, movielens_small, packages, sources
from movie.catalogue.base import Film
from movie.catalogue.facts import Facts
from pytorch_models.datasets.knowledge import Knowledge

_100K_ITEMS = "recbole/dataset_example/ml-100k/ml-100k.item"


def knowledge_of(data: str, *, data_dir: Path) -> Knowledge:
    """Directors, writers, cast and genres of the movies of `data`, which is named as for `interactions_of`.

    Of a folder the genres, where it lists them. Raises DataError.
    """
    if data in (sources.CATALOGUE, sources.FEED):
        return Knowledge.of(selectors.catalogue_knowledge())
    if data == "movielens-small":
        return Knowledge.of(_of_films(movielens_small.read(data_dir).films))
    if data == "movielens-100k":
        return Knowledge.of(_of_films(_movielens_100k(data_dir)))
    return Knowledge.of((movie_id, "genre", genre) for movie_id, genre in folder.genres(Path(data)))


def _of_films(films: Iterable[Film]) -> Iterator[tuple[int, str, str]]:
    for film in films:
        of_film = {"director": film.directors, "writer": film.writers, "cast": film.cast, "genre": film.genres}
        for relation, names in of_film.items():
            for name in names:
                yield film.id, relation, name


def _movielens_100k(data_dir: Path) -> Iterator[Film]:
    """Its films with the film facts, joined by title and year."""
    wheel = packages.obtain(packages.RECBOLE, data_dir)
    target = data_dir / "movielens-100k"
    target.mkdir(parents=True, exist_ok=True)
    facts: Facts = sources.film_facts(data_dir)
    with packages.extract(wheel, _100K_ITEMS, target).open(encoding="utf-8", newline="") as file:
        for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            if not row[0].isdigit():
                continue  # the heading
            movie_id, title, year, genres = row
            film = Film(int(movie_id), title, int(year) if year.isdigit() else None, genres=tuple(genres.split()))
            # Its genres have a name of two words, "Children's", and one that says nothing.
            film = replace(film, genres=tuple(g.removesuffix("'s") for g in film.genres if g != "unknown"))
            yield facts.add_to(film, full_title=f"{title} ({year})")
