"""Finding names by the index, then the movies behind them. Every step is bounded, however big the catalogue is."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db.models import Q, QuerySet

from movie.models import Credit, Genre, Movie, Person, SearchEntry, SearchTrigram
from movie.search import normalise
from movie.search.asked import Asked, Filters, without_filters
from movie.search.trigrams import likeness, most_shared, trigrams

MOST_TITLES, MOST_PEOPLE = 240, 60
"""Names of each kind that are looked at more closely."""
MOST_MOVIES = 600
"""Movies that a search leads to; those behind are told to narrow it."""
MOST_BY_PEOPLE = 300
NEAR, RATHER_NEAR, FAR = 0.5, 0.65, 0.3
"""From where on a name is found; the same where another one is exact or begins so; what may be meant instead."""
BEHIND_TITLES = 0.5
"""What a person's likeness loses to a title's: "heat" is first the movie, "mann" first its director's movies."""
CLEAR = 1.5
_ORDERS = {"rating": ("-mean_star",), "year": ("-year",)}
Kind = SearchEntry.Kind
_COLUMNS = ("id", "popularity", "mean_star", "n_ratings", "year")


class Found(NamedTuple):
    """One movie and what it is ordered by."""

    id: int
    likeness: float
    popularity: float
    mean_star: float | None
    n_ratings: int
    year: int | None


@dataclass(frozen=True)
class Result:
    movies: list[Found] = field(default_factory=list)
    """As they are asked to be sorted."""
    people: list[int] = field(default_factory=list)
    """Ids of the people found, the nearest first."""
    near: list[int] = field(default_factory=list)
    """Where there is no movie: ids of those whose names are nearest."""


class _Names(NamedTuple):
    movies: dict[int, float]
    people: dict[int, float]


def genre_names() -> list[str]:
    return sorted(Genre.objects.values_list("name", flat=True))


def search(asked: Asked, *, genres: Collection[str]) -> Result:
    """The movies asked for. A year or genre in the text may be a filter or in a title ("2012"): both are tried."""
    if asked.empty:
        return Result()
    rest, said = without_filters(asked.text, genres=genres)
    names = _names(asked.text)
    found = _behind(names, asked.filters)
    if said:
        narrowed = _and(asked.filters, said)
        more = _behind(_names(rest), narrowed) if rest else _browse(narrowed)
        # Who names a genre or a year with a title means both, before titles that are merely near the whole text.
        found = _best([*found, *(movie._replace(likeness=movie.likeness + 1) for movie in more)])
    elif not asked.text:
        found = _browse(asked.filters, asked.sort)
    found = _clear_ones(found)
    people = _meant(names)
    near = [] if found else [movie for movie, _ in _ranked(names.movies)]
    return Result(_sorted(found, asked.sort)[:MOST_MOVIES], people, near)


def _names(text: str) -> _Names:
    """Movies by their titles and people by their names, as far as they may be meant, with their likeness."""
    query = normalise.form(text)
    if not query:
        return _Names({}, {})
    initials = normalise.are_initials(query)
    titles = Kind.TITLE_INITIALS if initials else Kind.TITLE
    people = Kind.PERSON_INITIALS if initials else Kind.PERSON
    lists = SearchTrigram.objects.filter(kind__in=(titles, people), gram__in=trigrams(query))
    rows = list(lists.values_list("kind", "entries"))
    ids = [
        *most_shared((entries for kind, entries in rows if kind == titles), most=MOST_TITLES),
        *most_shared((entries for kind, entries in rows if kind == people), most=MOST_PEOPLE),
    ]
    columns = ("movie_id", "person_id", "form", "words")
    same = SearchEntry.objects.filter(form=query, kind__in=(titles, people)).values_list(*columns)[:MOST_TITLES]
    entries = [*SearchEntry.objects.filter(id__in=ids).values_list(*columns), *same]
    found = _Names({}, {})
    for movie_id, person_id, form, words in entries:
        near = likeness(query, form, words.split())
        of, key = (found.movies, movie_id) if movie_id is not None else (found.people, person_id)
        if near >= FAR:
            of[key] = max(near, of.get(key, 0))
    return found


def _behind(names: _Names, filters: Filters) -> list[Found]:
    """The movies of the names that are near enough, and those of the people."""
    near = {movie: value for movie, value in names.movies.items() if value >= NEAR}
    for movie, value in _movies_of_people(names.people).items():
        near[movie] = max(value, near.get(movie, 0))
    movies = _filtered(Movie.objects.filter(id__in=near), filters)
    return [Found(row[0], near[row[0]], *row[1:]) for row in movies.values_list(*_COLUMNS)]


def _movies_of_people(people: dict[int, float]) -> dict[int, float]:
    near = {person: value - BEHIND_TITLES for person, value in people.items() if value >= RATHER_NEAR}
    if not near:
        return {}
    best = [person for person, _ in _ranked(near)][:MOST_PEOPLE]
    credits = Credit.objects.filter(person_id__in=best)
    found: dict[int, float] = {}
    order = ("-movie__popularity", "movie_id")
    for person, movie in credits.order_by(*order).values_list("person_id", "movie_id")[:MOST_BY_PEOPLE]:
        found[movie] = max(near[person], found.get(movie, -1))
    return found


def browse(filters: Filters, sort: str = "popularity") -> QuerySet[Movie]:
    """Every movie that passes, in the order of `sort`; where there is no text, nothing is more relevant."""
    return _filtered(Movie.objects.all(), filters).order_by(*_ORDERS.get(sort, ()), "-popularity", "id")


def _browse(filters: Filters, sort: str = "popularity") -> list[Found]:
    """The first of these, all as near as each other."""
    rows = browse(filters, sort).values_list(*_COLUMNS)[:MOST_MOVIES]
    return [Found(row[0], 0.0, *row[1:]) for row in rows]


def _filtered(movies: QuerySet[Movie], filters: Filters) -> QuerySet[Movie]:
    wanted = Q()
    if filters.genre:
        wanted &= Q(genres__name=filters.genre)
    if filters.first_year is not None:
        wanted &= Q(year__gte=filters.first_year)
    if filters.last_year is not None:
        wanted &= Q(year__lte=filters.last_year)
    if filters.least_ratings:
        wanted &= Q(n_ratings__gte=filters.least_ratings)
    return movies.filter(wanted)


def _and(one: Filters, other: Filters) -> Filters:
    """What passes both; the genre of the page's own filter counts where both name one."""
    firsts = [year for year in (one.first_year, other.first_year) if year is not None]
    lasts = [year for year in (one.last_year, other.last_year) if year is not None]
    return Filters(
        one.genre or other.genre,
        max(firsts, default=None),
        min(lasts, default=None),
        max(one.least_ratings, other.least_ratings),
    )


def _meant(names: _Names) -> list[int]:
    """The people who may be meant, the nearest first; nobody where another name is clearly the one."""
    clear = any(near >= CLEAR for near in (*names.movies.values(), *names.people.values()))
    return [person for person, near in _ranked(names.people) if near >= (CLEAR if clear else RATHER_NEAR)]


def _best(found: Iterable[Found]) -> list[Found]:
    """Each movie once, as its nearest."""
    best: dict[int, Found] = {}
    for movie in found:
        if movie.id not in best or best[movie.id].likeness < movie.likeness:
            best[movie.id] = movie
    return list(best.values())


def _clear_ones(found: list[Found]) -> list[Found]:
    """Where something is clearly meant, what is only somewhat like it is not."""
    clear = any(movie.likeness >= CLEAR for movie in found)
    return [movie for movie in found if not clear or movie.likeness >= RATHER_NEAR]


def _ranked(near: dict[int, float]) -> list[tuple[int, float]]:
    return sorted(near.items(), key=lambda item: -item[1])


def _sorted(found: list[Found], sort: str) -> list[Found]:
    popular = sorted(found, key=lambda movie: (-movie.popularity, movie.id))
    if sort == "rating":
        return sorted(popular, key=lambda movie: -(movie.mean_star or 0))
    if sort == "year":
        return sorted(popular, key=lambda movie: -(movie.year or 0))
    return popular if sort == "popularity" else sorted(popular, key=lambda movie: -movie.likeness)


def people_in_order(ids: Iterable[int]) -> list[Person]:
    """The people of `ids`, in that order."""
    wanted = list(ids)
    found = Person.objects.in_bulk(wanted)
    return [found[person] for person in wanted if person in found]
