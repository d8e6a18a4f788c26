from __future__ import annotations

import numpy as np
import pytest

from pytorch_models.evaluation.intervals import interval, paired
from pytorch_models.evaluation.protocol import Judged
from pytorch_models.evaluation.study import Case, Clicks, Row
from pytorch_models.evaluation.summary import differences, lines


def row(model: str, seed: int, ndcg: list[float], *, clicks: Clicks = "all", case: Case = "clicks") -> Row:
    """A row whose visitors have these NDCG@10, and a tenth more at 20."""
    first, n = np.array(ndcg), len(ndcg)
    both = np.stack([first, first + 0.1], axis=1)
    judged = Judged(model, both, both, np.full(n, 2.0 + seed), np.zeros(n), np.full(n, 1.0 + seed), 0.5)
    return Row(model, seed, clicks, judged, {}, case)


def test_a_line_pools_the_visitors_of_all_splits_and_means_the_rest_over_splits() -> None:
    (line,) = lines([row("a", 0, [0.1, 0.2, 0.3]), row("a", 1, [0.6])])
    assert line.ndcg == interval(np.array([0.1, 0.2, 0.3, 0.6]))
    assert line.ndcg.mean == pytest.approx(0.3) and line.visitors == 4  # each visitor counts once, not each split
    assert line.figures["recall@20"] == pytest.approx((0.3 + 0.7) / 2)
    assert line.figures["milliseconds"] == 1.5 and line.figures["novelty@10"] == 2.5


def test_lines_stand_in_the_order_of_the_rows_one_for_each_model_case_and_number_of_clicks() -> None:
    rows = [row("b", 0, [0.1]), row("b", 0, [0.1], clicks=5), row("b", 0, [0.1], case="stars"), row("a", 0, [0.2])]
    found = [(line.model, line.case, line.clicks) for line in lines([*rows, *rows])]
    assert found == [("b", "clicks", "all"), ("b", "clicks", 5), ("b", "stars", "all"), ("a", "clicks", "all")]


def test_a_difference_pairs_visitor_by_visitor_with_splits_in_any_order() -> None:
    a0, a1, b0, b1 = [0.5, 0.1, 0.9], [0.3, 0.8], [0.4, 0.0, 0.8], [0.2, 0.7]
    (found,) = differences([row("a", 0, a0), row("a", 1, a1), row("b", 1, b1), row("b", 0, b0)], "a")
    assert (found.reference, found.model) == ("a", "b")
    assert found.interval.mean == pytest.approx(0.1)
    assert found.interval.low == pytest.approx(0.1) == found.interval.high  # .1 for each visitor
    assert found.interval == paired(np.array(a1 + a0), np.array(b1 + b0))


def test_a_split_that_only_one_of_them_has_is_left_out() -> None:
    rows = [row("a", 0, [0.5, 0.5]), row("b", 0, [0.4, 0.4]), row("a", 1, [0.9, 0.9]), row("c", 2, [0.1, 0.1])]
    (found,) = differences(rows, "a")
    assert found.model == "b" and found.interval.mean == pytest.approx(0.1)


def test_the_reference_is_not_compared_with_itself_nor_across_clicks_or_cases() -> None:
    rows = [row("a", 0, [0.5]), row("b", 0, [0.4], clicks=5), row("b", 0, [0.4], case="stars")]
    assert differences(rows, "a") == [] == differences(rows, "nobody")


def test_a_user_whose_next_movie_is_sought_several_times_counts_once_by_the_mean() -> None:
    a, b = [[1.0, 0.0, 0.5], [0.0, 0.0, 1.0]], [[0.5, 0.0, 0.0], [0.0, 0.5, 0.5]]
    rows = [row(name, seed, own, case="next") for name, each in (("a", a), ("b", b)) for seed, own in enumerate(each)]
    line, _ = lines(rows)
    assert line.ndcg == interval(np.array([0.5, 0.0, 0.75])) and line.visitors == 3
    (found,) = differences(rows[:2] + rows[:1:-1], "a")  # whatever the order of the splits
    assert found.interval == interval(np.array([0.25, -0.25, 0.5]))
