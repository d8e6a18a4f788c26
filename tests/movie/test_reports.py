from __future__ import annotations

from movie import reports
from pytorch_models.base import CurvePoint


def test_a_name_in_a_plot_cannot_become_markup() -> None:
    point: CurvePoint = {"epoch": 1, "seconds": 1.0, "recall@20": 0.1, "ndcg@20": 0.1}
    drawn = reports.curve({"<script>alert(1)</script>": [point]})
    assert "<script" not in drawn
    assert "&lt;script&gt;" in drawn
