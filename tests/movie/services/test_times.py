"""How long models took: what falls into which span, and what percentiles say of it."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from django.db import OperationalError
from django.test import Client

from movie.models import AnswerTime
from movie.services import times
from movie.services.times import MOST_SPAN, middle_of, percentiles, span_of, times_count
from tests.movie.services.test_lists import list_id, ten
from tests.movie.views.test_history import click
from tests.worlds import FIRST_ID


@pytest.mark.parametrize("ms", [0.06, 0.5, 1, 3.3, 21, 450, 1999, 60_000])
def test_a_span_stands_for_its_durations_within_five_percent(ms: float) -> None:
    assert middle_of(span_of(ms)) == pytest.approx(ms, rel=0.05)


def test_spans_have_a_first_and_a_last() -> None:
    assert span_of(0) == span_of(0.01) == 0 and span_of(1e12) == MOST_SPAN


def test_percentiles_are_those_of_the_durations() -> None:
    took = np.random.default_rng(0).lognormal(3, 1, 5_000)
    counts: dict[int, int] = {}
    for ms in took:
        counts[span_of(ms)] = counts.get(span_of(ms), 0) + 1
    found = percentiles(counts, (0.5, 0.99))
    assert found == pytest.approx(np.percentile(took, [50, 99]), rel=0.06)


def test_late_answers_are_longer_than_all_others() -> None:
    assert percentiles({span_of(10): 98}, (0.5, 0.98, 0.99), late=2) == [
        pytest.approx(10, rel=0.05), pytest.approx(10, rel=0.05), None,
    ]  # fmt: skip


@pytest.mark.django_db
def test_each_answer_is_one_more_of_its_day_and_span() -> None:
    for ms in (10.0, 10.1, 500.0):
        times_count({"ngcf": ms})
    times_count({"ngcf": 10.0, "mf": 1.0})
    rows = {(row.model, row.span): row.count for row in AnswerTime.objects.all()}
    assert rows == {("ngcf", span_of(10)): 3, ("ngcf", span_of(500)): 1, ("mf", span_of(1)): 1}
    assert {row.day for row in AnswerTime.objects.all()} == {datetime.now(UTC).date()}


@pytest.mark.django_db
def test_a_list_that_is_shown_counts_and_one_that_is_not_does_not(
    client: Client, movies: None, weights: None
) -> None:
    client.get("/")
    client.get("/movie/ngcf/")
    assert not AnswerTime.objects.exists()  # there is no history yet, so no list
    click(client, FIRST_ID)
    assert list_id(ten(client))
    [row] = AnswerTime.objects.all()
    assert (row.model, row.count) == ("ngcf", 1) and 0.05 < middle_of(row.span) < 5_000
    client.get("/movie/ngcf/", headers={"Sec-Purpose": "prefetch"})
    assert AnswerTime.objects.get().count == 1


@pytest.mark.django_db
def test_a_table_that_cannot_be_written_costs_no_page(
    client: Client, movies: None, weights: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(row: object) -> None:
        raise OperationalError("locked")

    monkeypatch.setattr(times, "_add", away)
    client.get("/")
    click(client, FIRST_ID)
    assert ten(client).count("data-rank=") == 10
