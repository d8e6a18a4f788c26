"""Every read of the tables, but for the click log's and the outbox's own."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

import numpy as np
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.db.models import Count, Prefetch, Q, QuerySet
from django.db.models.functions import Lower
from django.utils.functional import cached_property

from movie.models import CatalogueLoad, Credit, Fallback, FeedEvent, ListShown, Mark, Movie, Person, Rating
from movie.receipts import ListReceipt
from pytorch_models.datasets.interactions import Interactions

PAGE_SIZE = 24


@dataclass(frozen=True)
class FeedInteraction:
    """One click or star of the training feed that still holds."""

    owner: str
    movie_id: int
    kind: str
    """click or star."""
    star: int | None
    """1–10, half stars doubled."""
    at: datetime
    page_url: str
    model: str
    """Whose recommendation was clicked; empty where it was none."""


_FEED_COLUMNS = tuple(field.name for field in fields(FeedInteraction))


def _cards() -> QuerySet[Movie]:
    return Movie.objects.prefetch_related("genres")


class _Catalogue(Paginator):  # type: ignore[type-arg]  # Django's takes none
    """Pages of all movies. How many there are is what the load wrote down: counting would read the whole table."""

    def __init__(self, ids: QuerySet[Movie, int], size: int, *, hidden: int) -> None:
        super().__init__(ids, size)
        self.hidden = hidden

    @cached_property
    def count(self) -> int:
        load = catalogue_load()
        return max(load.n_movies - self.hidden, 0) if load else 0


def movies_popular(*, page: int, hidden: Collection[int] = (), size: int = PAGE_SIZE) -> Page[Movie]:
    """Page `page` (from 1) of all movies but `hidden`, best first by damped mean; the last page where there are
    fewer."""
    return movies_page(Movie.objects.order_by("-popularity", "id"), page=page, hidden=hidden, size=size)


def movies_page(
    movies: QuerySet[Movie], *, page: int, hidden: Collection[int] = (), size: int = PAGE_SIZE
) -> Page[Movie]:
    """The same of `movies`: all that there are, in any order that an index has."""
    # Ids first: they stand in the index, which a page far down then reads without a single row beside it.
    ids = movies.exclude(id__in=hidden).values_list("id", flat=True)
    found = _Catalogue(ids, size, hidden=len(hidden)).get_page(page)
    found.object_list = movies_in_order(ids=list(found.object_list))
    return found


def traits_of_popular(*, most: int) -> dict[int, list[str]]:
    """The `most` best movies by damped mean, best first: by id, the genres and the decade of each, as words.

    No whole movies: a page that chooses a dozen of hundreds would take most of its time to make them.
    """
    best = Movie.objects.order_by("-popularity", "id").values_list("id", "year")[:most]
    traits = {movie_id: [f"{year // 10}0s"] if year else [] for movie_id, year in best}
    of_genre = Movie.genres.through._default_manager.filter(movie_id__in=traits)
    for movie_id, genre in of_genre.values_list("movie_id", "genre__name").order_by("genre__name"):
        traits[movie_id].append(genre)
    return traits


def movies_in_order(*, ids: Sequence[int]) -> list[Movie]:
    """The movies of `ids`, in that order; an id without a movie is left out."""
    found = _cards().in_bulk(list(ids))
    return [found[movie_id] for movie_id in ids if movie_id in found]


def movie_ids() -> np.ndarray:
    """(n,) int64: the ids of all movies."""
    return np.fromiter(Movie.objects.values_list("id", flat=True), np.int64)


def popularity_of_movies(*, ids: Sequence[int] | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Ids, (n,) int64, ascending, and the popularity, (n,) float64, of the movies of `ids`, or of all movies."""
    movies = Movie.objects.all() if ids is None else Movie.objects.filter(id__in=ids)
    rows = list(movies.order_by("id").values_list("id", "popularity"))
    return np.array([row[0] for row in rows], np.int64), np.array([row[1] for row in rows], np.float64)


def movie_exists(*, movie_id: int) -> bool:
    return Movie.objects.filter(id=movie_id).exists()


def movie_card(*, movie_id: int) -> Movie | None:
    return _cards().filter(id=movie_id).first()


def movie_facts(*, movie_id: int) -> Movie | None:
    """One movie with its genres, countries and credits."""
    credits = Prefetch("credits", Credit.objects.select_related("person").order_by("id"))
    return Movie.objects.prefetch_related("genres", "countries", credits).filter(id=movie_id).first()


def people_by_role(movie: Movie) -> dict[str, list[Person]]:
    """The people behind `movie_facts`, by role."""
    people: dict[str, list[Person]] = {role: [] for role in Credit.Role.values}
    for credit in movie.credits.all():
        people[credit.role].append(credit.person)
    return people


def star_counts(*, movie_id: int) -> list[int]:
    """How many ratings of the loaded data gave the movie half a star, one, … five: ten numbers."""
    rows = dict(
        Rating.objects.filter(movie_id=movie_id, star__gt=0).values_list("star").annotate(Count("id")).order_by()
    )
    return [rows.get(star, 0) for star in range(1, 11)]


def newest_list_with(*, owner: str, movie_id: int, most: int) -> ListReceipt | None:
    """The newest list that the owner was shown with this movie in it, among their newest `most`."""
    newest = ListShown.objects.filter(owner=owner).order_by("-at", "-list_id")
    found = next((pk for pk, ids in newest.values_list("pk", "movie_ids")[:most] if movie_id in ids), None)
    return _receipt(ListShown.objects.get(pk=found)) if found else None


def person(*, person_id: int) -> Person | None:
    return Person.objects.filter(id=person_id).first()


def movies_by_role(*, person_id: int) -> dict[str, list[Movie]]:
    """What a person directed, wrote and played in, the newest first; a role that they never had is left out."""
    credits = Credit.objects.filter(person_id=person_id).values_list("role", "movie_id")
    ids: dict[str, set[int]] = {role: set() for role in Credit.Role.values}
    for role, movie_id in credits:
        ids[role].add(movie_id)
    cards = _cards().in_bulk(set().union(*ids.values()))
    newest = sorted(cards.values(), key=lambda movie: (-(movie.year or 0), -movie.popularity))
    return {role: [movie for movie in newest if movie.id in of_role] for role, of_role in ids.items() if of_role}


def catalogue_load() -> CatalogueLoad | None:
    """What the catalogue is; None before the first load."""
    return CatalogueLoad.objects.order_by("-id").first()


def catalogue_interactions() -> Interactions:
    """All ratings of the catalogue, as models are trained on them."""
    rows = list(Rating.objects.values_list("user", "movie_id", "star", "at"))
    users = np.array([row[0] for row in rows], dtype=str)
    movies, star, at = np.array([row[1:] for row in rows], dtype=np.int64).reshape(-1, 3).T
    if all(user.isdigit() for user in np.unique(users)):
        users = users.astype(np.int64)
    return Interactions.of(users, movies, star=star, at=at)


def catalogue_knowledge() -> Iterator[tuple[int, str, str]]:
    """(movie id, role or "genre", name): who made the movies of the catalogue, and of which genres they are."""
    yield from Credit.objects.values_list("movie_id", "role", "person__name").iterator()
    for movie_id, name in Movie.genres.through._default_manager.values_list("movie_id", "genre__name").iterator():
        yield movie_id, "genre", name


def feed_interactions() -> Iterator[FeedInteraction]:
    """What visitors did and did not take back, grouped by owner and movie, oldest first in each.

    A star stands for the newest one alone, until an "unstar"; a "hide" ends everything before it.
    """
    rows = FeedEvent.objects.order_by("owner", "movie_id", "at", "event_id").values_list(*_FEED_COLUMNS)
    events = (FeedInteraction(*row) for row in rows.iterator())
    for _, of_movie in groupby(events, key=lambda event: (event.owner, event.movie_id)):
        yield from _standing(of_movie)


def feed_since(since: datetime, *, most: int) -> list[FeedInteraction]:
    """What visitors did from `since` on, of everything in the training feed, newest first, at most so many events."""
    newest = FeedEvent.objects.filter(at__gte=since).order_by("-at", "-id")
    return [FeedInteraction(*row) for row in newest.values_list(*_FEED_COLUMNS)[:most]]


def feed_of(*, owner: str) -> list[dict[str, object]]:
    """What the training feed has of one owner, oldest first."""
    columns = [field.name for field in FeedEvent._meta.concrete_fields if field.name != "id"]
    rows = FeedEvent.objects.filter(owner=owner).order_by("at").values(*columns)
    return [{**row, "event_id": str(row["event_id"]), "at": row["at"].isoformat()} for row in rows]


def feed_opinions(*, owner: str, before: datetime) -> list[tuple[int, str, int | None]]:
    """Movie, kind and star of every star, unstar and hide of the owner before then, newest first."""
    rows = FeedEvent.objects.filter(owner=owner, kind__in=("star", "unstar", "hide"), at__lt=before)
    return list(rows.order_by("-at", "-event_id").values_list("movie_id", "kind", "star"))


def movies_titled(*, ids: Collection[int], text: str) -> set[int]:
    """Of `ids` those whose title, in any language, has `text` in it, in large letters or small."""
    # Both sides in small letters: MySQL compares names by their bytes, also where it is asked not to mind the case.
    names = {f"small_{name}": Lower(name) for name in ("title", "title_ko", "original_title")}
    titled = Q(*((f"{name}__contains", text.lower()) for name in names), _connector=Q.OR)
    return set(Movie.objects.filter(id__in=ids).annotate(**names).filter(titled).values_list("id", flat=True))


def fallbacks(*, since: date) -> list[Fallback]:
    """How often popularity stood in for which model, and why, a row a day from `since` on, oldest first."""
    return list(Fallback.objects.filter(day__gte=since).order_by("day", "model", "reason"))


def movies_of_lists(*, owner: str, list_ids: Sequence[str]) -> dict[str, list[int]]:
    """The movies of these lists, by rank, where they were shown to the owner and are kept."""
    rows = ListShown.objects.filter(list_id__in=list_ids, owner=owner)
    return {str(list_id): movie_ids for list_id, movie_ids in rows.values_list("list_id", "movie_ids")}


def list_receipt(*, list_id: UUID) -> ListReceipt | None:
    """The receipt of one list; None where it is not kept, or no more."""
    row = ListShown.objects.filter(list_id=list_id).first()
    return _receipt(row) if row else None


def list_receipts(*, owner: str) -> list[ListReceipt]:
    """The receipts of every list that the owner was shown, newest first."""
    return [_receipt(row) for row in ListShown.objects.filter(owner=owner).order_by("-at", "-list_id")]


def marks_of(*, owner: str, movie_id: int) -> set[str]:
    """On which of the user's lists a movie is."""
    return set(Mark.objects.filter(owner=owner, movie_id=movie_id).values_list("kind", flat=True))


def marks_page(*, owner: str, kind: str, page: int) -> Page[int]:
    """Page `page` (from 1) of the movie ids on one of the user's lists, newest first."""
    found = Mark.objects.filter(owner=owner, kind=kind).order_by("-at", "-id").values_list("movie_id", flat=True)
    return Paginator(found, PAGE_SIZE).get_page(page)


def movies_marked_seen(*, owner: str, by: datetime | None = None) -> frozenset[int]:
    """What the user has seen by their own list, or had at that moment, as far as it still says so."""
    found = Mark.objects.filter(owner=owner, kind="seen")
    return frozenset((found.filter(at__lte=by) if by else found).values_list("movie_id", flat=True))


def marks_exported(*, owner: str) -> list[dict[str, object]]:
    """Every mark of the user, newest first."""
    rows = Mark.objects.filter(owner=owner).order_by("-at").values("movie_id", "kind", "at")
    return [{**row, "at": row["at"].isoformat()} for row in rows]


def account_exported(*, user: str) -> list[dict[str, object]]:
    """What the site knows of an account but its password, which nobody can read; none where it has none of this
    number."""
    try:
        found = get_user_model().objects.filter(pk=user).values("username", "email", "date_joined", "last_login")
    except ValidationError:  # no number at all
        return []
    return [{name: str(value) if value else None for name, value in row.items()} for row in found]


class Shown(NamedTuple):
    """A list as a report needs it."""

    list_id: str
    visitor_id: str
    model: str
    instead: str
    movie_ids: list[int]
    teams: list[str]


def lists_since(since: datetime) -> Iterator[Shown]:
    """Every list shown since then, oldest first."""
    rows = ListShown.objects.filter(at__gte=since).order_by("at", "list_id").values_list(*Shown._fields)
    yield from (Shown(str(row[0]), *row[1:]) for row in rows.iterator())


def clicks_on_lists(since: datetime) -> Iterator[tuple[str, str, int]]:
    """List id, visitor id and movie of every click on a list since then, as the training feed has them."""
    rows = FeedEvent.objects.filter(at__gte=since, kind="click").exclude(list_id="")
    yield from rows.values_list("list_id", "visitor_id", "movie_id").iterator()


def _receipt(row: ListShown) -> ListReceipt:
    columns = {name: getattr(row, name) for name in ("owner", "model", "instead", "movie_ids", "scores", "teams")}
    ids = {"list_id": str(row.list_id), "at": row.at.isoformat()}
    return ListReceipt.of_json(row.receipt | columns | ids)


def _standing(events: Iterator[FeedInteraction]) -> list[FeedInteraction]:
    standing: list[FeedInteraction] = []
    for event in events:
        if event.kind == "hide":
            standing = []
        elif event.kind != "click":
            standing = [other for other in standing if other.kind != "star"]
        if event.kind in ("click", "star"):
            standing.append(event)
    return standing
