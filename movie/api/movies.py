"""Movies, people and genres; searching them."""

from __future__ import annotations

from typing import Annotated

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from ninja import Query, Router
from pydantic import Field

from movie import selectors, services
from movie.api.answers import fails
from movie.api.schemas.about import Genres
from movie.api.schemas.common import LARGEST_ID, MovieCard, MovieId
from movie.api.schemas.movies import (
    PLAIN,
    MovieDetail,
    MovieList,
    MoviesQuery,
    Person,
    SearchQuery,
    SearchResults,
    SimilarMovies,
    Suggested,
)
from movie.search import query as search
from movie.search.normalise import LONGEST
from movie.visitors import VisitorRequest

router = Router(tags=["movies"])


@router.get("/movies", response=MovieList, url_name="movies", summary="All movies, or those of a genre or decade")
def movies(request: VisitorRequest, asked: Query[MoviesQuery]) -> MovieList:
    """Page by page, without those that do not interest the visitor."""
    hidden = services.opinions_of(request.visitor).hidden
    page = services.listed(asked.filters, sort=asked.sort, page=asked.page, size=asked.size, hidden=hidden)
    return MovieList.of(page)


@router.get(
    "/movies/{movie_id}",
    response=MovieDetail,
    url_name="movie",
    summary="One movie",
    openapi_extra=fails(404),
)
def movie(request: VisitorRequest, movie_id: MovieId) -> MovieDetail:
    """Its facts, the people behind it, and what the users of the loaded data thought of it."""
    found = selectors.movie_facts(movie_id=movie_id)
    if found is None:
        raise Http404(_("No movie has this number."))
    spread, similar = services.spread_of(movie_id=movie_id), reverse("api:similar", args=[movie_id])
    return MovieDetail.of_facts(found, spread=spread, similar=similar)


@router.get(
    "/movies/{movie_id}/similar",
    response=SimilarMovies,
    url_name="similar",
    summary="Movies like one",
    openapi_extra=fails(404),
)
def similar(
    request: VisitorRequest,
    movie_id: MovieId,
    by: Annotated[
        str, Field(max_length=40, pattern=PLAIN, description="A model; by default the first.", examples=["ngcf"])
    ] = "",
) -> SimilarMovies:
    """By the model of choice, without those that do not interest the visitor."""
    if not selectors.movie_exists(movie_id=movie_id):
        raise Http404(_("No movie has this number."))
    alike = services.similar(movie_id=movie_id, by=by, hidden=services.opinions_of(request.visitor).hidden)
    if by and (alike is None or alike.by != by):
        raise Http404(_("No model of this name can compare movies."))
    return SimilarMovies.of(alike)


@router.get("/search", response=SearchResults, url_name="search", summary="Movies and people by name")
def results(request: VisitorRequest, asked: Query[SearchQuery]) -> SearchResults:
    """As the page of results has them: tolerant of typing errors, in Korean and in English."""
    found = services.results(asked.asked, genres=search.genre_names(), size=asked.size)
    return SearchResults.of_results(found)


@router.get("/search/suggestions", response=Suggested, url_name="suggestions", summary="While somebody types")
def suggestions(
    request: VisitorRequest,
    q: Annotated[
        str, Field(max_length=LONGEST, pattern=PLAIN, description="What is typed so far.", examples=["matr"])
    ],
) -> Suggested:
    """A few movies and people, within some milliseconds."""
    return Suggested.of(services.suggestions(" ".join(q.split()), genres=search.genre_names()))


@router.get(
    "/people/{person_id}",
    response=Person,
    url_name="person",
    summary="One person and their movies",
    openapi_extra=fails(404),
)
def person(request: VisitorRequest, person_id: Annotated[int, Field(ge=0, le=LARGEST_ID, examples=[1])]) -> Person:
    """By what they did; a movie that they wrote and directed stands under both."""
    found = selectors.person(person_id=person_id)
    if found is None:
        raise Http404(_("No person has this number."))
    by_role = selectors.movies_by_role(person_id=person_id)
    cards = {role: [MovieCard.of(each) for each in theirs] for role, theirs in by_role.items()}
    return Person(
        id=found.id,
        name=found.name,
        directed=cards.get("director", []),
        wrote=cards.get("writer", []),
        played_in=cards.get("cast", []),
    )


@router.get("/genres", response=Genres, url_name="genres", summary="The names of the genres")
def genres(request: VisitorRequest) -> Genres:
    """In the order of the alphabet; as `genre` of /movies and /search takes them."""
    return Genres(genres=search.genre_names())
