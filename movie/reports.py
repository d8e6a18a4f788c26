"""An evaluation as a page that a person would rather look at: plots and tables, in one file that needs no network."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from pytorch_models.base import CurvePoint
from pytorch_models.evaluation.study import Clicks, Tuned
from pytorch_models.evaluation.summary import Difference, Line
from pytorch_models.libraries import library

INK = "#010203"
"""The colour of text and axes while they are drawn; in the page it is the reader's, light or dark."""
COLOURS = (
    "#d1495b",
    "#2e86ab",
    "#5b8e3e",
    "#b07d2b",
    "#7b5ea7",
    "#3aa6a0",
    "#c26fa4",
    "#8a8d91",
    "#4b6bd6",
    "#a1593c",
)


@dataclass(frozen=True)
class Report:
    """All that the page tells. tuned: by model and seed."""

    data: str
    command: str
    fingerprint: str
    lines: list[Line]
    differences: list[Difference]
    tuned: dict[tuple[str, int], Tuned]
    versions: dict[str, str]

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [
            {"model": line.model, "case": line.case, "clicks": line.clicks, "cells": cells(line)}
            for line in self.lines
        ]


COLUMNS = ("NDCG@10", "interval", "Recall@10", "NDCG@20", "Recall@20", "coverage@10", "novelty@10", "ms")


def cells(line: Line) -> list[str]:
    """A line's figures, in the order of COLUMNS, as a table has them."""
    f = line.figures
    return [
        f"{line.ndcg.mean:.4f}",
        f"{line.ndcg.low:.3f}–{line.ndcg.high:.3f}",
        *(f"{f[name]:.4f}" for name in ("recall@10", "ndcg@20", "recall@20")),
        f"{f['coverage@10']:.3f}",
        f"{f['novelty@10']:.2f}",
        f"{f['milliseconds']:.2f}",
    ]


def html(report: Report) -> str:
    """The page. Raises MissingLibraryError without matplotlib."""
    plain = [line for line in report.lines if line.case == "clicks"]
    plots = [
        ("Quality by number of clicks", _by_clicks(plain)),
        ("Quality against latency", _latency(plain)),
        ("Coverage against popularity", _bias(plain)),
        ("The first model against the others", _forest([d for d in report.differences if d.case == "clicks"])),
    ]
    context: dict[str, Any] = {
        "report": report,
        "plots": [(title, plot) for title, plot in plots if plot],
        "grids": [
            {"model": model, "seed": seed, "tried": sorted(tuned.tried, key=lambda each: -each[1])}
            for (model, seed), tuned in report.tuned.items()
            if len(tuned.tried) > 1
        ],
        "made": datetime.now(UTC),
    }
    return render_to_string("reports/evaluation.html", context)


def curve(curves: Mapping[str, Sequence[CurvePoint]]) -> str:
    """An SVG file: validation by epoch of each model, and the minutes of training above. Raises MissingLibraryError.

    curves: by model, one point at least.
    """
    figure, axes = _figure()
    for number, (model, points) in enumerate(curves.items()):
        epochs = [point["epoch"] for point in points]
        for name, line in (("recall@20", "-"), ("ndcg@20", "--")):
            style = _style(number, model) | {"linestyle": line}
            axes.plot(epochs, [point[name] for point in points], label=f"{model} {name}", **style)
    axes.set(xlabel="epoch", ylabel="on hidden training movies", ylim=(0, None))
    axes.legend(frameon=False, fontsize=8, loc="lower right")
    if len(curves) == 1 and len(epochs) > 1:
        minutes = [point["seconds"] / 60 for point in points]
        slope = minutes[-1] / epochs[-1]  # epochs take the same time each
        above = axes.secondary_xaxis("top", functions=(lambda epoch: epoch * slope, lambda minute: minute / slope))
        above.set_xlabel("minutes")
    return '<?xml version="1.0" encoding="utf-8"?>\n' + _svg(figure)


def _by_clicks(lines: Sequence[Line]) -> SafeString | None:
    counts = sorted({line.clicks for line in lines}, key=_place)
    if len(counts) < 2:
        return None
    figure, axes = _figure()
    for number, model in enumerate(_models(lines)):
        own = {line.clicks: line.ndcg for line in lines if line.model == model}
        x = [place + (number - 4) * 0.02 for place, n in enumerate(counts) if n in own]
        y = [own[n].mean for n in counts if n in own]
        low = [own[n].mean - own[n].low for n in counts if n in own]
        high = [own[n].high - own[n].mean for n in counts if n in own]
        style = _style(number, model)
        axes.errorbar(x, y, yerr=[low, high], label=model, capsize=2, elinewidth=0.8, marker="o", ms=4, **style)
    axes.set_xticks(range(len(counts)), [str(n) for n in counts])
    axes.set(xlabel="clicks told", ylabel="NDCG@10")
    axes.legend(frameon=False, ncols=2, fontsize=8)
    return _svg(figure)


def _latency(lines: Sequence[Line]) -> SafeString | None:
    return _scatter(lines, "milliseconds", "milliseconds a request, median", log=True)


def _bias(lines: Sequence[Line]) -> SafeString | None:
    best = _most_clicks(lines)
    figure, axes = _figure()
    for number, line in enumerate(best):
        x, y = line.figures["popularity@10"], line.figures["coverage@10"]
        axes.plot([x], [y], "o", ms=7, **_style(number, line.model))
        axes.annotate(line.model, (x, y), xytext=(6, 4), textcoords="offset points", fontsize=8)
    axes.set(xlabel="mean share of users who have what is recommended", ylabel="share of movies in somebody's ten")
    axes.margins(x=0.15, y=0.15)
    return _svg(figure)


def _scatter(lines: Sequence[Line], name: str, label: str, *, log: bool) -> SafeString | None:
    figure, axes = _figure()
    for number, line in enumerate(_most_clicks(lines)):
        x = line.figures[name]
        error = [[line.ndcg.mean - line.ndcg.low], [line.ndcg.high - line.ndcg.mean]]
        axes.errorbar([x], [line.ndcg.mean], yerr=error, fmt="o", ms=7, capsize=2, **_style(number, line.model))
        axes.annotate(line.model, (x, line.ndcg.mean), xytext=(6, 4), textcoords="offset points", fontsize=8)
    if log:
        axes.set_xscale("log")
    axes.set(xlabel=label, ylabel="NDCG@10")
    axes.margins(x=0.15)
    return _svg(figure)


def _forest(differences: Sequence[Difference]) -> SafeString | None:
    if not differences:
        return None
    figure, axes = _figure(height=0.9 + 0.22 * len(differences))
    for row, each in enumerate(differences):
        low, high = each.interval.mean - each.interval.low, each.interval.high - each.interval.mean
        colour = {"better": COLOURS[2], "level": COLOURS[1]}.get(each.interval.verdict, COLOURS[0])
        axes.errorbar([each.interval.mean], [-row], xerr=[[low], [high]], fmt="o", ms=4, capsize=2, color=colour)
    names = [f"{each.model}, {_told(each.clicks)}" for each in differences]
    axes.set_yticks([-row for row in range(len(differences))], names, fontsize=8)
    axes.axvline(0, color=INK, lw=0.8)
    axes.set(xlabel=f"NDCG@10 of {differences[0].reference} less the other's, 95 % interval")
    return _svg(figure)


def _told(clicks: Clicks) -> str:
    return "all clicks" if clicks == "all" else f"{clicks} click{'s' if clicks > 1 else ''}"


def _place(clicks: Clicks) -> float:
    return float("inf") if clicks == "all" else clicks


def _models(lines: Sequence[Line]) -> list[str]:
    return list(dict.fromkeys(line.model for line in lines))


def _most_clicks(lines: Sequence[Line]) -> list[Line]:
    most = max((line.clicks for line in lines), key=_place)
    return [line for line in lines if line.clicks == most]


def _style(number: int, model: str) -> dict[str, Any]:
    return {"color": COLOURS[number % len(COLOURS)], "lw": 2.2 if model == "ngcf" else 1.2}


def _figure(height: float = 4.0) -> tuple[Any, Any]:
    rc = {
        "svg.fonttype": "none",
        "font.family": "sans-serif",
        "font.sans-serif": ["system-ui", "DejaVu Sans"],
        "figure.facecolor": "none",
        "axes.facecolor": "none",
        **{f"{part}.color": INK for part in ("text", "xtick", "ytick")},
        **{f"axes.{part}": INK for part in ("edgecolor", "labelcolor")},
        "axes.spines.top": False,
        "axes.spines.right": False,
    }
    with library("matplotlib").rc_context(rc):
        figure = library("matplotlib.figure").Figure(figsize=(7, height), layout="constrained")
        axes = figure.add_subplot()
    return figure, axes


def _svg(figure: Any) -> SafeString:
    """The figure as an element of the page, its ink the page's own."""
    file = io.StringIO()
    with library("matplotlib").rc_context(
        {"svg.fonttype": "none", "svg.hashsalt": "report", "legend.facecolor": "none"}
    ):
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    drawn = file.getvalue()
    drawn = drawn[drawn.index("<svg") :].replace(INK, "currentColor").replace("DejaVu Sans", "sans-serif")
    return mark_safe(drawn)  # noqa: S308 (what matplotlib drew; it escapes the names)
