"""Writing the index of names: all of it at a load, and the names of one movie or person when it is saved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain

from django.db import transaction
from django.db.models import Max

from movie.models import Movie, Person, SearchEntry, SearchTrigram
from movie.search import normalise
from movie.search.trigrams import pack, trigrams_of_name, unpack

ENTRIES_AT_ONCE = 5_000
TRIGRAMS_AT_ONCE = 200
"""A frequent trigram's row has some 100 KB, and MySQL takes no statement over 16 MB."""
Kind = SearchEntry.Kind
Postings = dict[tuple[str, str], list[int]]
"""Kind and trigram: the ids of the entries that it stands in."""


@transaction.atomic
def rebuild() -> int:
    """Make the index anew from the movies and people there are; returns the number of entries."""
    clear()
    postings: Postings = defaultdict(list)
    batch: list[SearchEntry] = []
    n = 0
    for n, entry in enumerate(_all_entries(), start=1):
        entry.id = n
        for gram in trigrams_of_name(entry.words.split()):
            postings[entry.kind, gram].append(n)
        batch.append(entry)
        if len(batch) == ENTRIES_AT_ONCE:
            SearchEntry.objects.bulk_create(batch)
            batch = []
    SearchEntry.objects.bulk_create(batch)
    rows = (SearchTrigram(kind=kind, gram=gram, entries=pack(ids)) for (kind, gram), ids in postings.items())
    SearchTrigram.objects.bulk_create(rows, batch_size=TRIGRAMS_AT_ONCE)
    return n


def is_missing() -> bool:
    """Whether there are movies and no index, as after an upgrade from a version that had none."""
    return Movie.objects.exists() and not SearchEntry.objects.exists()


def clear() -> None:
    """No entries, no trigrams."""
    SearchTrigram.objects.all().delete()
    SearchEntry.objects.all().delete()


def keep_movie(movie: Movie) -> None:
    """The index has the movie's names as they are now."""
    _keep(SearchEntry.objects.filter(movie=movie), movie_entries(movie))


def keep_person(person: Person) -> None:
    """The index has the person's name as it is now."""
    _keep(SearchEntry.objects.filter(person=person), person_entries(person))


def movie_entries(movie: Movie) -> list[SearchEntry]:
    names = dict.fromkeys(name for name in (movie.title, movie.title_ko, movie.original_title) if name)
    return list(
        chain(
            _entries(Kind.TITLE, (way for name in names for way in normalise.ways_to_write(name)), movie=movie),
            _entries(Kind.TITLE_INITIALS, map(normalise.initials, names), movie=movie),
        )
    )


def person_entries(person: Person) -> list[SearchEntry]:
    return list(
        chain(
            _entries(Kind.PERSON, [normalise.words(person.name)], person=person),
            _entries(Kind.PERSON_INITIALS, [normalise.initials(person.name)], person=person),
        )
    )


def _entries(kind: SearchEntry.Kind, ways: Iterable[list[str]], **of: Movie | Person) -> Iterator[SearchEntry]:
    by_form = {"".join(words): words for words in ways if words}
    for form, words in by_form.items():
        yield SearchEntry(kind=kind, form=form, words=" ".join(words), **of)


def _all_entries() -> Iterator[SearchEntry]:
    """The most popular first: of movies by popularity, of people by their most popular movie."""
    movies = Movie.objects.order_by("-popularity", "id").only("id", "title", "title_ko", "original_title")
    for movie in movies.iterator():
        yield from movie_entries(movie)
    best = Person.objects.annotate(best=Max("movies__popularity")).order_by("-best", "id")
    for person in best.iterator():
        yield from person_entries(person)


@transaction.atomic
def _keep(there: Iterable[SearchEntry], wanted: list[SearchEntry]) -> None:
    """Entries `there` become those `wanted`. One that stays keeps its id; a save that changes no name writes none."""
    old = {(entry.kind, entry.words): entry for entry in there}
    new = {(entry.kind, entry.words): entry for entry in wanted}
    gone = [entry for key, entry in old.items() if key not in new]
    added = [entry for key, entry in new.items() if key not in old]
    for entry in added:
        entry.save()
    if gone or added:
        _write(_postings(gone), _postings(added))
        SearchEntry.objects.filter(id__in=[entry.id for entry in gone]).delete()


def _postings(entries: Iterable[SearchEntry]) -> Postings:
    postings: Postings = defaultdict(list)
    for entry in entries:
        for gram in trigrams_of_name(entry.words.split()):
            postings[entry.kind, gram].append(entry.id)
    return postings


def _write(gone: Postings, added: Postings) -> None:
    """Rows are locked in one order, so that two who save at once wait for each other and do not deadlock."""
    keys = sorted({*gone, *added})
    SearchTrigram.objects.bulk_create(
        [SearchTrigram(kind=kind, gram=gram) for kind, gram in keys], ignore_conflicts=True
    )
    for kind in sorted({kind for kind, _ in keys}):
        grams = [gram for of, gram in keys if of == kind]
        rows = list(SearchTrigram.objects.select_for_update().filter(kind=kind, gram__in=grams).order_by("gram"))
        for row in rows:
            key = (kind, row.gram)
            row.entries = pack({*unpack(row.entries).tolist(), *added.get(key, ())} - {*gone.get(key, ())})
        SearchTrigram.objects.bulk_update(rows, ["entries"], batch_size=TRIGRAMS_AT_ONCE)
