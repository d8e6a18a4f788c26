"""What visitors do: clicks, stars, what does not interest, and the history of these."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from movie.api.schemas.common import LARGEST_ID, NO_TEXT, Asked, MovieCard
from movie.api.schemas.movies import PLAIN
from movie.clicks.base import KINDS
from movie.services import Entry, HistoryPage, Opinions, Search, Source
from movie.services.clicks import LONGEST_PAGE_URL, LOWEST_RANK, MODEL_NAME
from movie.services.history import LONGEST_TEXT

EVENT_ID = "019c2f6e-5d1a-7c3b-9a44-2f6b1c0d9e88"
LIST_ID = "019c2f6e-4b07-7d20-8f31-6a5b4c3d2e1f"


V7 = "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
OwnEventId = Annotated[UUID, Field(json_schema_extra={"pattern": V7})]


class Where(BaseModel):
    """The event's number, and where on the site it happened."""

    event_id: OwnEventId | None = Field(
        None,
        description="A UUIDv7 made by who sends it: sent again, it is the same event. Else the server makes it.",
        examples=[None],
    )
    page_url: str = Field("", max_length=LONGEST_PAGE_URL, pattern=PLAIN, examples=["/movie/ngcf/"])
    list_id: UUID | None = Field(None, description="The list in which a recommendation was clicked.", examples=[None])
    model: str = Field("", pattern=f"^({MODEL_NAME})?$", max_length=40, description="Whose list.", examples=["ngcf"])

    def source(self, rank: int | None) -> Source:
        return Source(self.page_url, str(self.list_id or ""), self.model, rank)


class WhereQuery(Where):
    rank: Annotated[int, Field(ge=1, le=LOWEST_RANK)] | None = Field(None, description="In that list.", examples=[1])


class WhereBody(Asked, Where):
    rank: Annotated[int, Field(ge=1, le=LOWEST_RANK), NO_TEXT] | None = Field(
        None, description="In that list.", examples=[1]
    )


class Click(WhereBody):
    movie_id: Annotated[int, Field(ge=0, le=LARGEST_ID, examples=[318]), NO_TEXT]


class StarGiven(WhereBody):
    star: Annotated[int, Field(ge=1, le=10, description="Half stars doubled: 7 is 3½.", examples=[9]), NO_TEXT]


class Logged(BaseModel):
    event_id: UUID = Field(examples=[EVENT_ID])
    movie_id: int = Field(examples=[318])


class StarLogged(Logged):
    star: int = Field(ge=1, le=10, examples=[9])


class Star(BaseModel):
    movie_id: int = Field(examples=[318])
    star: int = Field(ge=1, le=10, description="Half stars doubled.", examples=[9])


class OwnOpinions(BaseModel):
    stars: list[Star]
    hidden: list[int] = Field(description="Movies that do not interest.", examples=[[296]])

    @classmethod
    def of(cls, opinions: Opinions) -> Self:
        stars = [Star(movie_id=movie, star=star) for movie, star in sorted(opinions.stars.items())]
        return cls(stars=stars, hidden=sorted(opinions.hidden))


DAY = "^(197[1-9]|19[89][0-9]|2[0-9]{3})-[0-9]{2}-[0-9]{2}$"


def _day(value: object) -> object:
    """pydantic would take seconds since 1970 for a day too, and days that have no time in every time zone."""
    if not isinstance(value, str) or not re.fullmatch(DAY, value):
        raise PydanticCustomError("date_parsing", "Input should be a valid date")
    return value


Day = Annotated[date, Field(json_schema_extra={"pattern": DAY}, examples=["2026-01-31"]), BeforeValidator(_day)]


class HistoryQuery(BaseModel):
    before: UUID | None = Field(None, description="Only events older than this one: the `older` of a page before.")
    size: int = Field(48, ge=1, le=200, description="How many events at most.", examples=[48])
    kind: Literal["click", "star", "hide"] | None = Field(None, description="Only events of this kind.")
    q: str = Field("", max_length=LONGEST_TEXT, pattern=PLAIN, description="Part of the movie's title.")
    since: Day | None = Field(None, description="From this day on, in the site's time zone.")
    until: Day | None = Field(None, description="Until the end of this day.")

    @property
    def search(self) -> Search:
        return Search(self.kind or "", self.q.strip(), self.since, self.until)


class HistoryEntry(Logged):
    kind: str = Field(json_schema_extra={"enum": list(KINDS)}, examples=["click"])
    star: int | None = Field(ge=1, le=10, description="Of ‘star’; half stars doubled.", examples=[None])
    at: datetime = Field(examples=["2026-01-31T12:00:00.000Z"])
    page_url: str = Field(examples=["/movie/ngcf/"])
    list_id: UUID | None = Field(examples=[LIST_ID])
    model: str = Field(examples=["ngcf"])
    rank: int | None = Field(examples=[1])
    movie: MovieCard | None = Field(description="null where the catalogue has it no more.")

    @classmethod
    def of(cls, entry: Entry) -> Self:
        event = entry.event
        return cls(
            event_id=event.event_id,
            movie_id=event.movie_id,
            kind=event.kind,
            star=event.star,
            at=event.at,
            page_url=event.page_url,
            list_id=UUID(event.list_id) if event.list_id else None,
            model=event.model,
            rank=event.rank,
            movie=MovieCard.of(entry.movie) if entry.movie else None,
        )


class History(BaseModel):
    """Newest first."""

    entries: list[HistoryEntry]
    older: UUID | None = Field(
        description="For `before`, to read on; null at the end. A page of a search may have fewer entries than asked "
        "for, or none, and yet go on.",
        examples=[EVENT_ID],
    )
    total: int | None = Field(
        description="Of the whole history; null for a search, and where it has more than 4,000.", examples=[12]
    )

    @classmethod
    def of(cls, page: HistoryPage) -> Self:
        return cls(entries=[HistoryEntry.of(entry) for entry in page.entries], older=page.older, total=page.total)


class Exported(Logged):
    """An event as the file has it."""

    at: datetime = Field(examples=["2026-01-31T12:00:00+00:00"])
    kind: str = Field(examples=["click"])
    star: int | None = Field(examples=[None])
    visitor_id: str = Field(examples=["Wm3fZk0eQ2a8s1LJx5pYtA"])
    user_id: str | None = Field(description="The account's number.", examples=[None])
    page_url: str = Field(examples=["/movie/ngcf/"])
    list_id: str = Field(examples=[LIST_ID])
    model: str = Field(examples=["ngcf"])
    rank: int | None = Field(examples=[1])
    title: str = Field("", description="Not there where the catalogue has the movie no more.", examples=["Heat"])
    title_ko: str = Field("", examples=["히트"])
    year: int | None = Field(None, examples=[1995])


class Removed(Logged):
    undo: str = Field(description="For POST /api/v1/history/restore, for two minutes.", examples=["eyJ…:1w2…:kq…"])


class Undo(Asked):
    undo: str = Field(min_length=1, max_length=4000, pattern=PLAIN, examples=["eyJ…:1w2…:kq…"])


class Cleared(BaseModel):
    removed: int = Field(ge=0, description="How many events there were.", examples=[12])
