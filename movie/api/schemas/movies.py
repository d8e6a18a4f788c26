"""Movies: what can be asked for, lists of them, one with everything about it, and those like it."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from django.core.paginator import Page
from pydantic import AfterValidator, BaseModel, Field
from pydantic_core import PydanticCustomError

from movie.api.schemas.common import MOST_ON_A_PAGE, MovieCard, Paged, PersonName
from movie.models import Movie
from movie.search.asked import FIRST_YEAR, LAST_YEAR, Filters
from movie.search.asked import Asked as SearchedFor
from movie.search.normalise import LONGEST
from movie.selectors import PAGE_SIZE, people_by_role
from movie.services import Alike, Results, Suggestions
from movie.services import Spread as SpreadOfStars

PLAIN = r"^[^\x00]*$"
"""No text has the character 0 in it: not every store can hold that."""


def _decade(value: int) -> int:
    if value % 10:
        raise PydanticCustomError("multiple_of", "Input should be a multiple of 10")
    return value


Decade = Annotated[
    int,
    Field(
        ge=FIRST_YEAR,
        le=LAST_YEAR,
        json_schema_extra={"multipleOf": 10},
        description="The first year of ten.",
        examples=[1990],
    ),
    AfterValidator(_decade),
]
PageNumber = Annotated[int, Field(ge=1, le=999_999, description="From 1.", examples=[1])]
PageSize = Annotated[int, Field(ge=1, le=MOST_ON_A_PAGE, description="How many movies a page has.", examples=[24])]


class Narrowed(BaseModel):
    """Filters and paging, as queries have them."""

    genre: str = Field(
        "", max_length=50, pattern=PLAIN, description="A name that GET /api/v1/genres has.", examples=["Drama"]
    )
    decade: Decade | None = None
    least_ratings: int = Field(0, ge=0, le=999_999, description="Ratings that a movie has at least.", examples=[50])
    page: PageNumber = 1
    size: PageSize = PAGE_SIZE

    @property
    def filters(self) -> Filters:
        last = None if self.decade is None else self.decade + 9
        return Filters(self.genre or None, self.decade, last, self.least_ratings)


class MoviesQuery(Narrowed):
    sort: Literal["popularity", "rating", "year"] = Field("popularity", description="Best, or newest, first.")


class SearchQuery(Narrowed):
    q: str = Field(
        min_length=1,
        max_length=LONGEST,
        pattern=PLAIN,
        description="Titles in any language, people, a year, a genre; Korean by its initial consonants too.",
        examples=["matrix"],
    )
    sort: Literal["relevance", "popularity", "rating", "year"] = Field("relevance", description="What comes first.")

    @property
    def asked(self) -> SearchedFor:
        text = " ".join(self.q.split())
        return SearchedFor(text, self.genre, self.decade, self.least_ratings, self.sort, self.page)


class MovieList(Paged):
    movies: list[MovieCard]

    @classmethod
    def of(cls, page: Page[Movie]) -> Self:
        return cls(movies=[MovieCard.of(movie) for movie in page.object_list], **cls.numbers(page))


class SearchResults(MovieList):
    people: list[PersonName] = Field(description="Who may be meant.")
    near: list[MovieCard] = Field(description="Where no movie was found: those whose names are nearest.")

    @classmethod
    def of_results(cls, found: Results) -> Self:
        return cls(
            movies=[MovieCard.of(movie) for movie in found.page.object_list],
            people=[PersonName.of(person) for person in found.people],
            near=[MovieCard.of(movie) for movie in found.near],
            **cls.numbers(found.page),
        )


class Suggested(BaseModel):
    """What a search box shows while somebody types."""

    movies: list[MovieCard]
    people: list[PersonName]

    @classmethod
    def of(cls, found: Suggestions) -> Self:
        return cls(
            movies=[MovieCard.of(movie) for movie in found.movies],
            people=[PersonName.of(person) for person in found.people],
        )


class Spread(BaseModel):
    """How the ratings of the loaded data spread."""

    counts: list[int] = Field(
        min_length=10,
        max_length=10,
        description="How many gave half a star, one, … five.",
        examples=[[0, 2, 0, 4, 3, 20, 18, 91, 55, 118]],
    )
    deviation: float = Field(ge=0, description="The standard deviation, in stars of five.", examples=[0.71])

    @classmethod
    def of(cls, found: SpreadOfStars) -> Self:
        return cls(counts=list(found.counts), deviation=round(found.deviation, 4))


class MovieDetail(MovieCard):
    original_title: str = Field(examples=["The Shawshank Redemption"])
    runtime: int | None = Field(description="Minutes.", examples=[142])
    countries: list[str] = Field(examples=[["United States"]])
    spread: Spread | None = Field(description="null where nobody gave a star.")
    synopsis: str = Field(description="Empty where the data has none.", examples=[""])
    imdb_id: str = Field(description="Empty where the data has none.", examples=["tt0111161"])
    directors: list[PersonName]
    writers: list[PersonName]
    cast: list[PersonName]
    similar: str = Field(
        description="Where the movies like it are to be had.", examples=["/api/v1/movies/318/similar"]
    )

    @classmethod
    def of_facts(cls, movie: Movie, *, spread: SpreadOfStars | None, similar: str) -> Self:
        """movie: as `selectors.movie_facts` reads it."""
        people = {role: [PersonName.of(each) for each in found] for role, found in people_by_role(movie).items()}
        return cls(
            **cls.facts(movie),
            original_title=movie.original_title,
            runtime=movie.runtime,
            spread=Spread.of(spread) if spread else None,
            countries=[country.name for country in movie.countries.all()],
            synopsis=movie.synopsis,
            imdb_id=movie.imdb_id,
            directors=people["director"],
            writers=people["writer"],
            cast=people["cast"],
            similar=similar,
        )


class SimilarMovies(BaseModel):
    by: str | None = Field(description="The model that says so; null where none can.", examples=["ngcf"])
    choices: list[str] = Field(description="The models that can be asked.", examples=[["ngcf", "sasrec"]])
    state: Literal["ranked", "unknown", "failed", "missing"] = Field(
        description="‘unknown’: the model does not know the movie; ‘failed’: it could not answer; ‘missing’: no "
        "model has weights.",
        examples=["ranked"],
    )
    movies: list[MovieCard] = Field(description="The most alike first.")
    milliseconds: float = Field(ge=0, examples=[2.1])

    @classmethod
    def of(cls, alike: Alike | None) -> Self:
        if alike is None:
            return cls(by=None, choices=[], state="missing", movies=[], milliseconds=0)
        return cls(
            by=alike.by,
            choices=list(alike.choices),
            state=alike.state,
            movies=[MovieCard.of(movie) for movie in alike.movies],
            milliseconds=round(alike.milliseconds, 3),
        )


class Person(PersonName):
    """A person's movies, the newest first."""

    directed: list[MovieCard]
    wrote: list[MovieCard]
    played_in: list[MovieCard]
