"""What staff watch, by clicks and lists made up and counted by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from pytest_django import Settings

from movie.figures import DAYS, clicks_by_day, figures, last_days
from movie.models import AnswerTime, Fallback
from movie.services.times import span_of
from tests.movie.management.test_online_report import put, shown

pytestmark = pytest.mark.django_db
SEOUL = ZoneInfo("Asia/Seoul")


def test_days_are_those_of_the_sites_time_zone() -> None:
    for hour, minute in ((0, 0), (12, 0), (23, 59)):
        put("u", 10, "", at=datetime(2026, 3, 5, hour, minute, tzinfo=SEOUL))
    put("u", 20, "", at=datetime(2026, 3, 4, 23, 59, 59, tzinfo=SEOUL))
    put("u", 20, "", at=datetime(2026, 3, 5, 12, tzinfo=SEOUL), kind="star")
    put("u", 30, "", at=datetime(2026, 3, 5, 12, tzinfo=SEOUL), kind="hide")
    put("u", 30, "", at=datetime(2026, 3, 5, 12, tzinfo=SEOUL), kind="unstar")  # no count of its own
    put("u", 20, "", at=datetime(2026, 3, 6, tzinfo=SEOUL))  # after the last day
    put("u", 20, "", at=datetime(2026, 2, 3, 23, tzinfo=SEOUL))  # before the first
    found = clicks_by_day(last_days(date(2026, 3, 5)))
    assert len(found) == DAYS and (found[0].day, found[-1].day) == (date(2026, 2, 4), date(2026, 3, 5))
    assert (found[-1].clicks, found[-1].stars, found[-1].hides) == (3, 1, 1)
    assert (found[-2].clicks, found[-2].stars, found[-2].hides) == (1, 0, 0)
    assert sum(day.clicks for day in found) == 4


def test_a_day_of_another_length_is_one_day(settings: Settings) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    put("u", 10, "", at=datetime(2026, 3, 28, 23, 30, tzinfo=UTC))  # 00:30, in the night that loses an hour
    put("u", 20, "", at=datetime(2026, 3, 29, 21, 30, tzinfo=UTC))  # 23:30 of the same day
    put("u", 30, "", at=datetime(2026, 3, 29, 22, 30, tzinfo=UTC))  # 00:30 of the next
    found = {day.day: day.clicks for day in clicks_by_day(last_days(date(2026, 3, 30)))}
    assert (found[date(2026, 3, 29)], found[date(2026, 3, 30)]) == (2, 1)


def test_rates_times_and_stand_ins_of_each_model() -> None:
    first = shown("u", 10, 30)
    shown("v", 20)
    shown("w", model="mf", instead="popular")
    shown("old", 10, days=DAYS + 1)
    put("u", 10, first)
    today = datetime.now(UTC).date()
    long_ago = today - timedelta(days=DAYS + 1)
    for span, count, day in ((20.0, 98, today), (900.0, 1, today), (1.0, 500, long_ago)):
        AnswerTime.objects.create(day=day, model="ngcf", span=span_of(span), count=count)
    for reason, count, day in (("slow", 1, today), ("missing", 7, today), ("error", 9, long_ago)):
        Fallback.objects.create(day=day, model="ngcf", reason=reason, count=count)
    found = {each.model: each for each in figures().models}
    ngcf, mf = found["ngcf"], found["mf"]
    assert (ngcf.lists, ngcf.visitors, ngcf.impressions, ngcf.clicks) == (2, 2, 10, 3)
    assert ngcf.ctr is not None and ngcf.ctr.mean == pytest.approx(0.3) and not ngcf.by_visitor
    assert (ngcf.answers, ngcf.late, ngcf.fallbacks) == (99, 1, {"slow": 1, "missing": 7})
    assert ngcf.p50 == pytest.approx(20, rel=0.05)
    assert ngcf.p99 == pytest.approx(900, rel=0.05)  # the 99th of 100, of which the last was late
    assert (mf.lists, mf.ctr, mf.p50) == (0, None, None)


def test_who_wins_the_mix() -> None:
    for i in range(8):
        shown(f"v{i}", 10, model="mix", teams="nsnsn")
    shown("w", 20, model="mix", teams="nsnsn")
    [duel] = figures().duels
    assert (duel.one, duel.other, duel.lists, duel.ties, duel.winner) == ("ngcf", "second", (8, 1), 0, "ngcf")


def test_an_empty_site_has_figures_too() -> None:
    found = figures()
    assert sum(day.clicks for day in found.days) == 0 and found.duels == []
    assert {each.model for each in found.models} >= {"ngcf", "popular"}
    assert all(each.p50 is None and each.ctr is None for each in found.models)
