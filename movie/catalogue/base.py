"""What a source of movies gives, whatever it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

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
    page_url: str = ""
    """The film's page where the data came from."""
    synopsis: str = ""
    directors: tuple[str, ...] = ()
    writers: tuple[str, ...] = ()
    cast: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    times_rated: int = 0
    """How often it was rated at its source, where that counts ratings which it does not list."""


@dataclass(frozen=True)
class Catalogue:
    """Films and the ratings that users gave them. Every rated movie is among the films."""

    source: str
    films: list[Film]
    ratings: Interactions
    passed_over: Mapping[str, int] = field(default_factory=dict)
    """Rows of the source that could not be used: what is the matter with them, and how many there are."""
