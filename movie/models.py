"""The site's tables."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

DELETED_AT_ONCE = 1_000


def delete_in_batches(rows: models.QuerySet[Any]) -> int:
    """Delete `rows` in one walk by primary key; returns how many. Who writes meanwhile waits for a batch at most."""
    removed, last = 0, 0
    while batch := list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:DELETED_AT_ONCE]):
        removed += rows.model._default_manager.filter(pk__in=batch).delete()[0]
        last = batch[-1]
    return removed


class Genre(models.Model):
    name = models.CharField(max_length=50, unique=True)

    def __str__(self) -> str:
        return self.name


class Country(models.Model):
    name = models.CharField(max_length=100, unique=True)

    def __str__(self) -> str:
        return self.name


class Person(models.Model):
    name = models.CharField(max_length=200, unique=True)

    def __str__(self) -> str:
        return self.name


class Movie(models.Model):
    """A film. `id` is the id of the data that it came from, and the id that models know it by."""

    id = models.BigIntegerField(primary_key=True)
    title = models.CharField(max_length=300)
    title_ko = models.CharField(max_length=300, blank=True)
    original_title = models.CharField(max_length=300, blank=True)
    year = models.SmallIntegerField(null=True)
    runtime = models.PositiveSmallIntegerField(null=True, help_text="minutes")
    imdb_id = models.CharField(max_length=12, blank=True)
    poster_url = models.URLField(max_length=500, blank=True)
    page_url = models.URLField(max_length=500, blank=True, help_text="where the data came from")
    synopsis = models.TextField(blank=True)
    genres = models.ManyToManyField(Genre, related_name="movies")
    countries = models.ManyToManyField(Country, related_name="movies")
    people = models.ManyToManyField(Person, through="Credit", related_name="movies")
    n_ratings = models.PositiveIntegerField(default=0)
    mean_star = models.FloatField(null=True, help_text="mean rating, half stars doubled (1–10)")
    popularity = models.FloatField(default=0, help_text="see movie.catalogue.popularity")

    class Meta:
        indexes = [
            models.Index(fields=["-popularity", "id"], name="movie_by_popularity"),
            models.Index(fields=["-year", "-popularity", "id"], name="movie_by_year"),
            models.Index(fields=["-mean_star", "-popularity", "id"], name="movie_by_rating"),
            models.Index(fields=["n_ratings"], name="movie_by_ratings"),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.year})" if self.year else self.title

    def title_in(self, language: str | None) -> str:
        """The Korean title on Korean pages, where there is one."""
        return self.title_ko if language == "ko" and self.title_ko else self.title

    @cached_property
    def genre_names(self) -> list[str]:
        return sorted(genre.name for genre in self.genres.all())

    @property
    def star_mean(self) -> float | None:
        """The mean in stars of five."""
        return None if self.mean_star is None else self.mean_star / 2


class Credit(models.Model):
    class Role(models.TextChoices):
        DIRECTOR = "director", _("Director")
        WRITER = "writer", _("Writer")
        CAST = "cast", _("Cast")

    movie = models.ForeignKey(Movie, models.CASCADE, related_name="credits")
    person = models.ForeignKey(Person, models.CASCADE, related_name="credits")
    role = models.CharField(max_length=10, choices=Role.choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["movie", "role", "person"], name="credit_once")]

    def __str__(self) -> str:
        return f"{self.person}, {self.role} of {self.movie}"


class SearchEntry(models.Model):
    """One way to write the name of a movie or a person, as movie.search compares it; written by movie.search.index.

    Ids ascend with falling popularity at a rebuild, so that among equals the first ids are the popular ones.
    """

    class Kind(models.TextChoices):
        TITLE = "title"
        TITLE_INITIALS = "title_initials"
        PERSON = "person"
        PERSON_INITIALS = "person_initials"

    kind = models.CharField(max_length=16, choices=Kind.choices)
    movie = models.ForeignKey(Movie, models.CASCADE, null=True, related_name="search_entries")
    person = models.ForeignKey(Person, models.CASCADE, null=True, related_name="search_entries")
    form = models.CharField(max_length=120, help_text="letters (jamo for Korean) and digits alone")
    words = models.CharField(max_length=240, help_text="the same with spaces between words")

    class Meta:
        indexes = [models.Index(fields=["form", "kind"], name="search_by_form")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.words}"


class SearchTrigram(models.Model):
    """The entries of one kind that three letters stand in: one row three letters, not one an entry.

    A search reads some dozens of rows by their key and counts in memory, whatever database it is; see
    movie.search.trigrams for the form of `entries`.
    """

    kind = models.CharField(max_length=16, choices=SearchEntry.Kind.choices)
    gram = models.CharField(max_length=3)
    entries = models.BinaryField(default=b"", help_text="ids, ascending, four bytes each")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "gram"], name="search_trigram_once")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.gram}"


class Rating(models.Model):
    """What a user of the loaded data said of a movie; visitors of the site are in Click."""

    user = models.CharField(max_length=64)
    movie = models.ForeignKey(Movie, models.CASCADE, related_name="ratings")
    star = models.PositiveSmallIntegerField(default=0, help_text="half stars doubled (1–10); 0: none given")
    at = models.BigIntegerField(default=0, help_text="milliseconds UTC; 0: unknown")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "movie"], name="rating_once")]

    def __str__(self) -> str:
        return f"{self.user}: {self.star} for {self.movie_id}"


class CatalogueLoad(models.Model):
    """One row a load, written in the transaction that loaded: the newest tells what the catalogue is."""

    source = models.CharField(max_length=200)
    at = models.DateTimeField(auto_now_add=True)
    n_movies = models.PositiveIntegerField()
    n_ratings = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.source} at {self.at}"


class Event(models.Model):
    """What a visitor did, as the embedded click log and the training feed both keep it; see movie.clicks.base.

    `movie_id` is no foreign key: an event outlives its movie, and a log in another store has none either.
    """

    owner = models.CharField(max_length=160, help_text="user#… or visitor#…")
    visitor_id = models.CharField(max_length=40)
    event_id = models.UUIDField()
    movie_id = models.BigIntegerField()
    kind = models.CharField(max_length=10)
    star = models.PositiveSmallIntegerField(null=True)
    at = models.DateTimeField()
    page_url = models.CharField(max_length=500, blank=True)
    list_id = models.CharField(max_length=40, blank=True)
    model = models.CharField(max_length=40, blank=True)
    rank = models.PositiveSmallIntegerField(null=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.kind} of {self.movie_id} by {self.owner}"


class Click(Event):
    """The embedded click log: one row an event, read by movie.clicks.database alone."""

    owner = models.CharField(max_length=80, help_text="user#… or visitor#…")
    user_id = models.CharField(max_length=150, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "event_id"], name="click_once"),
            models.CheckConstraint(condition=Q(star__isnull=True) | Q(star__range=(1, 10)), name="click_star_1_10"),
        ]
        indexes = [models.Index(fields=["owner", "movie_id"], name="click_by_owner_movie")]


class Outbox(models.Model):
    """What was accepted and has to travel, in the order of `id`: one row an event, read by movie.events.outbox alone.

    Who made an event is part of its key: a click that is sent again is the same one, also after signing in, and
    nobody can take the id of another's. Rows stay for days after they were published, to know what is sent again.
    """

    owner = models.CharField(
        max_length=160, help_text="user#… or visitor#…; orders events and keys them in the stream"
    )
    visitor_id = models.CharField(max_length=40)
    event_id = models.UUIDField()
    kind = models.CharField(max_length=10)
    body = models.TextField(blank=True, help_text="the message's JSON; empty once its event was deleted")
    created_at = models.DateTimeField(auto_now_add=True)
    published_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0, help_text="failed ones")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event_id", "visitor_id"], name="outbox_once")]
        indexes = [
            models.Index(fields=["published_at", "id"], name="outbox_by_published"),
            models.Index(fields=["owner"], name="outbox_by_owner"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} by {self.owner}"


class FeedEvent(Event):
    """The training feed: what visitors did, each event once, written by movie.events.feed alone."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event_id", "visitor_id"], name="feed_once"),
            models.CheckConstraint(condition=Q(star__isnull=True) | Q(star__range=(1, 10)), name="feed_star_1_10"),
        ]
        indexes = [
            models.Index(fields=["owner", "movie_id"], name="feed_by_owner_movie"),
            models.Index(fields=["-at", "-id"], name="feed_by_time"),
        ]


class Forgotten(models.Model):
    """An event that was deleted, by its key alone, so that a late duplicate does not come back into the feed."""

    visitor_id = models.CharField(max_length=40)
    event_id = models.UUIDField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event_id", "visitor_id"], name="forgotten_once")]
        indexes = [models.Index(fields=["at"], name="forgotten_by_at")]

    def __str__(self) -> str:
        return str(self.event_id)


class Fallback(models.Model):
    """How often a day popularity stood in for a model, and why; written by movie.services.fallback alone."""

    class Reason(models.TextChoices):
        MISSING = "missing"
        ERROR = "error"
        SLOW = "slow"

    day = models.DateField(help_text="UTC")
    model = models.CharField(max_length=40)
    reason = models.CharField(max_length=10, choices=Reason.choices)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "model", "reason"], name="fallback_once")]

    def __str__(self) -> str:
        return f"{self.model}, {self.reason}, {self.day}: {self.count}"


class AnswerTime(models.Model):
    """How long models took for lists that were shown: a row a day, model and span of milliseconds; no visitor.

    Written by movie.services.times alone, which says what a span is.
    """

    day = models.DateField(help_text="UTC")
    model = models.CharField(max_length=40)
    span = models.PositiveSmallIntegerField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "model", "span"], name="answer_time_once")]

    def __str__(self) -> str:
        return f"{self.model}, span {self.span}, {self.day}: {self.count}"


class ListShown(models.Model):
    """A list of recommendations that a page showed, written by movie.services.lists alone: one row a list.

    `movie_ids` and `scores` are in the order of the ranks; `teams`, where two models made the list, says whose each
    is; `receipt`, what else it takes to make the same list again (movie.receipts).
    """

    list_id = models.UUIDField(unique=True)
    owner = models.CharField(max_length=160, help_text="user#… or visitor#…")
    visitor_id = models.CharField(max_length=40)
    model = models.CharField(max_length=40, help_text="whose page showed it")
    instead = models.CharField(max_length=40, blank=True, help_text="the model that stood in, where one did")
    at = models.DateTimeField()
    movie_ids = models.JSONField()
    scores = models.JSONField(help_text="as float.hex() writes them: exact")
    teams = models.JSONField(default=list)
    receipt = models.JSONField()

    class Meta:
        indexes = [
            models.Index(fields=["owner", "at"], name="list_by_owner_at"),
            models.Index(fields=["at"], name="list_by_at"),
        ]

    def __str__(self) -> str:
        return f"{self.list_id}: {self.model} for {self.owner}"


class Mark(models.Model):
    """A movie on a signed-in user's list; see movie.services.marking. It may outlive its movie, as a click does."""

    owner = models.CharField(max_length=80, help_text="user#…")
    movie_id = models.BigIntegerField()
    kind = models.CharField(max_length=10, help_text="want or seen")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "movie_id", "kind"], name="mark_once")]
        indexes = [models.Index(fields=["owner", "kind", "-at"], name="mark_by_owner")]

    def __str__(self) -> str:
        return f"{self.owner}: {self.kind} {self.movie_id}"


class Lease(models.Model):
    """Who alone may do a thing, and until when; see movie.events.lease."""

    name = models.CharField(max_length=40, unique=True)
    holder = models.CharField(max_length=120, blank=True)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name}: {self.holder or 'nobody'}"
