"""What a source of movies gives, whatever it is."""

from __future__ import annotations

from dataclasses import dataclass

from pytorch_models.datasets.interactions import Interactions


class DataError(Exception):
    """Data that cannot be obtained or read; the message says what to do."""


@dataclass(frozen=True)
class Film:
    """One movie's facts. runtime: minutes."""

    id: int
    title: str
    year: int | None = None
    original_title: str = ""
    title_ko: str = ""
    genres: tuple[str, ...] = ()
    runtime: int | None = None
    imdb_id: str = ""
    poster_url: str = ""
    directors: tuple[str, ...] = ()
    writers: tuple[str, ...] = ()
    cast: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()


@dataclass(frozen=True)
class Catalogue:
    """Films and the ratings that users gave them. Every rated movie is among the films."""

    source: str
    films: list[Film]
    ratings: Interactions
