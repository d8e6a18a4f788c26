"""What several answers have in them."""

from __future__ import annotations

from typing import Annotated, Any, Self

from django.core.paginator import Page
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from movie.models import Movie, Person
from movie.templatetags.movies import drawn_poster

MOST_ON_A_PAGE = 100
LARGEST_ID = 2**63 - 1


def _no_text(value: object) -> object:
    """In JSON "3" is no number, nor is true, though a query string can say a number no other way."""
    if isinstance(value, str | bool):
        raise PydanticCustomError("int_type", "Input should be a valid integer")
    return value


NO_TEXT = BeforeValidator(_no_text)
MovieId = Annotated[int, Field(ge=0, le=LARGEST_ID, description="The number of a movie.", examples=[318])]


class Asked(BaseModel):
    """What is sent: a field that nobody knows is refused, not passed over."""

    model_config = ConfigDict(extra="forbid")


class Failure(BaseModel):
    where: str = Field(description="The part of the request.", examples=["body.star"])
    message: str = Field(description="What was expected there.", examples=["Expected at most 10."])


class Problem(BaseModel):
    """What went wrong (RFC 9457). GET /api/v1/problems has every `type`."""

    type: str = Field(description="Which kind it is.", examples=["/api/v1/problems#invalid"])
    title: str = Field(description="The kind in words.", examples=["Something in the request is not as expected"])
    status: int = Field(ge=400, le=599, examples=[422])
    detail: str = Field(description="What to do about it.", examples=["See ‘errors’: where, and why."])
    errors: list[Failure] | None = Field(None, description="Of ‘invalid’: each part that was not as expected.")
    now: int | None = Field(
        None, description="Of ‘wrong-clock’: the server's time, in milliseconds since 1970.", examples=[1790000000000]
    )


class Paged(BaseModel):
    page: int = Field(ge=1, description="From 1; the last page where fewer were there.", examples=[1])
    pages: int = Field(ge=1, examples=[378])
    total: int = Field(ge=0, description="How many there are on all pages.", examples=[9066])

    @staticmethod
    def numbers(page: Page[Any]) -> dict[str, int]:
        return {"page": page.number, "pages": page.paginator.num_pages, "total": page.paginator.count}


class Rating(BaseModel):
    """What the users of the loaded data said of a movie."""

    mean: float | None = Field(description="In stars of five; null where nobody rated it.", examples=[4.42])
    count: int = Field(ge=0, examples=[311])


class MovieCard(BaseModel):
    """A movie as lists have it."""

    id: int = Field(examples=[318])
    title: str = Field(examples=["The Shawshank Redemption"])
    title_ko: str = Field(description="Empty where the data has none.", examples=["쇼생크 탈출"])
    year: int | None = Field(examples=[1994])
    genres: list[str] = Field(examples=[["Crime", "Drama"]])
    rating: Rating
    poster: str = Field(
        description="The address of its poster.", examples=["/movie/318/poster.svg?lang=ko&v=0c95f3a1"]
    )

    @classmethod
    def of(cls, movie: Movie) -> Self:
        return cls(**cls.facts(movie))

    @staticmethod
    def facts(movie: Movie) -> dict[str, Any]:
        return {
            "id": movie.id,
            "title": movie.title,
            "title_ko": movie.title_ko,
            "year": movie.year,
            "genres": movie.genre_names,
            "rating": Rating(mean=movie.star_mean, count=movie.n_ratings),
            "poster": movie.poster_url or drawn_poster(movie),
        }


class PersonName(BaseModel):
    id: int = Field(examples=[1])
    name: str = Field(examples=["Frank Darabont"])

    @classmethod
    def of(cls, person: Person) -> Self:
        return cls(id=person.id, name=person.name)
