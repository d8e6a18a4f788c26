"""A user's lists: want to watch, and seen."""

from __future__ import annotations

from collections.abc import Collection
from typing import Self

from pydantic import BaseModel, Field

from movie.api.schemas.common import Asked, MovieCard
from movie.api.schemas.movies import MovieList, PageNumber
from movie.services import Marked


class Nothing(Asked):
    """An object without anything in it: the address says it all."""


class MarksQuery(BaseModel):
    page: PageNumber = 1


class OwnMarks(BaseModel):
    want: bool = Field(description="Whether the user wants to watch it.", examples=[True])
    seen: bool = Field(description="Whether they have seen it.", examples=[False])

    @classmethod
    def of(cls, kinds: Collection[str]) -> Self:
        return cls(want="want" in kinds, seen="seen" in kinds)


class MarkedMovies(MovieList):
    @classmethod
    def of_list(cls, found: Marked) -> Self:
        return cls(movies=[MovieCard.of(movie) for movie in found.movies], **cls.numbers(found.page))
