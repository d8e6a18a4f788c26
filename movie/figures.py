"""What staff watch: clicks a day, and for each model what visitors make of its lists and how long they took.

Beside services, because it reads whole spans of tables. Nothing in what it returns belongs to one visitor.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Case, Count, IntegerField, Value, When
from django.utils.timezone import localdate, make_aware

from movie import selectors
from movie.models import AnswerTime, FeedEvent
from movie.online import Online, Tally, online
from movie.predictors.registry import PREDICTORS
from movie.services.mixing import MIX
from movie.services.times import percentiles
from pytorch_models.evaluation.intervals import Interval

DAYS = 30
COUNTED = ("click", "star", "hide")
SHARES = (0.5, 0.99)


@dataclass(frozen=True)
class Day:
    """A day of the site's time zone, and what the training feed has of it."""

    day: date
    clicks: int = 0
    stars: int = 0
    hides: int = 0


@dataclass(frozen=True)
class Duel:
    """Which of two models wins the lists that they share; see pytorch_models.evaluation.online.Duel."""

    one: str
    other: str
    lists: tuple[int, int]
    ties: int
    share: Interval | None
    winner: str


@dataclass(frozen=True)
class ModelFigures:
    """One page's lists. ctr: clicks an impression, with its interval; by_visitor: whether that may be believed.

    p50, p99: milliseconds; None where there was no answer, or it was a late one (`late` of them: over the budget).
    """

    model: str
    label: str
    lists: int = 0
    impressions: int = 0
    clicks: int = 0
    visitors: int = 0
    ctr: Interval | None = None
    by_visitor: bool = False
    answers: int = 0
    late: int = 0
    p50: float | None = None
    p99: float | None = None
    fallbacks: dict[str, int] = field(default_factory=dict)
    """By reason, how often popularity stood in."""


@dataclass(frozen=True)
class Figures:
    """Of the last `DAYS` days, today among them, as they were at `at`."""

    at: datetime
    days: list[Day]
    models: list[ModelFigures]
    duels: list[Duel]


def figures(*, now: datetime | None = None) -> Figures:
    """Six queries, each of rows that an index finds."""
    now = now or datetime.now(UTC)
    days = last_days(localdate(now))
    since = _beginning(days[0])
    found = online(since=since)
    times, fallbacks = _times(since.date()), _fallbacks(since.date())
    names = [*PREDICTORS, *sorted(found.tallies.keys() - PREDICTORS.keys())]
    models = [_model(name, found, times.get(name, {}), fallbacks.get(name, {})) for name in names]
    duels = [Duel(d.one, d.other, d.lists, d.ties, d.share, d.winner) for d in found.duels]
    return Figures(now, clicks_by_day(days), models, duels)


def last_days(today: date) -> list[date]:
    return [today - timedelta(days=back) for back in reversed(range(DAYS))]


def clicks_by_day(days: Sequence[date]) -> list[Day]:
    """What the feed has of each of `days`, which follow one another.

    One query over the index by time. Each day begins and ends where its calendar says, also where clocks are changed;
    no database needs to know the time zone.
    """
    ends = [_beginning(day + timedelta(days=1)) for day in days]
    of_day = Case(*(When(at__lt=end, then=Value(i)) for i, end in enumerate(ends)), output_field=IntegerField())
    rows = FeedEvent.objects.filter(at__gte=_beginning(days[0]), at__lt=ends[-1], kind__in=COUNTED)
    counts: dict[tuple[int, str], int] = {
        (number, kind): n
        for number, kind, n in rows.annotate(number=of_day)
        .values_list("number", "kind")
        .annotate(n=Count("id"))
        .order_by()
    }
    return [Day(day, *(counts.get((number, kind), 0) for kind in COUNTED)) for number, day in enumerate(days)]


def _beginning(day: date) -> datetime:
    return make_aware(datetime.combine(day, time.min))


def _times(since: date) -> dict[str, dict[int, int]]:
    """By model, how many answers fell into each span."""
    found: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    rows = AnswerTime.objects.filter(day__gte=since).values_list("model", "span", "count")
    for model, span, count in rows.iterator():
        found[model][span] += count
    return found


def _fallbacks(since: date) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in selectors.fallbacks(since=since):
        found[row.model][row.reason] += row.count
    return found


def _model(name: str, found: Online, times: dict[int, int], fallbacks: dict[str, int]) -> ModelFigures:
    tally = found.tallies.get(name, Tally())
    late = fallbacks.get("slow", 0)
    answers = sum(times.values())
    p50, p99 = percentiles(times, SHARES, late=late) if answers + late else (None, None)
    of_all = tally.rate()
    return ModelFigures(
        name,
        PREDICTORS[name].label if name in PREDICTORS else ("Mix" if name == MIX else name),
        lists=tally.lists,
        impressions=of_all.impressions if of_all else 0,
        clicks=of_all.clicks if of_all else 0,
        visitors=of_all.visitors if of_all else 0,
        ctr=of_all.interval if of_all else None,
        by_visitor=bool(of_all and of_all.by_visitor),
        answers=answers,
        late=late,
        p50=p50,
        p99=p99,
        fallbacks=dict(fallbacks),
    )
