"""An evaluation as a page that a person would rather look at: plots and tables, in one file that needs no network."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from pytorch_models.base import CurvePoint
from pytorch_models.evaluation.intervals import LEVEL, Verdict
from pytorch_models.evaluation.protocol import LIKED_STAR
from pytorch_models.evaluation.study import SHOWN, Case, Clicks, Tried
from pytorch_models.evaluation.summary import Difference, Line
from pytorch_models.libraries import library

INK = "#010203"
"""The colour of text and axes while they are drawn; in the page it is the reader's, light or dark."""
COLOURS = (
    *("#d1495b", "#2e86ab", "#5b8e3e", "#b07d2b", "#7b5ea7"),
    *("#3aa6a0", "#c26fa4", "#8a8d91", "#4b6bd6", "#a1593c"),
)
MARKERS = "osD^vPX"
VERDICT_COLOURS: dict[Verdict, str] = {
    "better": "#5b8e3e",
    "level": "#2e86ab",
    "unclear": "#8a8d91",
    "worse": "#d1495b",
}
RC = {
    "svg.fonttype": "none",
    "svg.hashsalt": "report",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9.5,
    **{f"{part}.color": INK for part in ("text", "xtick", "ytick")},
    **{f"axes.{part}": INK for part in ("edgecolor", "labelcolor")},
    "axes.spines.top": False,
    "axes.spines.right": False,
}
NO_METADATA = dict.fromkeys(("Date", "Creator", "Type", "Format"))


@dataclass(frozen=True)
class Report:
    """All that the page tells. tried: by model and seed; about: a few words on each model."""

    data: str
    command: str
    fingerprint: str
    lines: list[Line]
    differences: list[Difference]
    tried: dict[tuple[str, int], Tried]
    versions: dict[str, str]
    about: dict[str, str]


class Told(Protocol):
    """What was told of a visitor before the model was asked."""

    @property
    def case(self) -> Case: ...
    @property
    def clicks(self) -> Clicks: ...


T = TypeVar("T", bound=Told)
COLUMNS = ("NDCG@10", "interval", "Recall@10", "NDCG@20", "Recall@20", "coverage", "novelty", "ms")


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


TOLD: dict[Case, str] = {
    "clicks": "",
    "stars": ", stars told",
    "passed": ", movies passed over told",
    "next": ", next movie sought",
}


def grouped(those: Iterable[T]) -> dict[str, list[T]]:
    """What is compared with each other, under a heading: the same case, the same number of clicks."""
    groups: dict[str, list[T]] = {}
    for each in those:
        heading = "all clicks" if each.clicks == "all" else f"{each.clicks} click{'s' if each.clicks > 1 else ''}"
        groups.setdefault(heading + TOLD[each.case], []).append(each)
    return groups


def markdown(report: Report) -> str:
    """The tables alone, for documentation: NDCG@10 by what was told, and the differences to the first model."""
    reference = report.differences[0].reference if report.differences else ""
    text = [f"`{report.command}`", ""]
    differences = {(d.model, d.case, d.clicks): d.interval for d in report.differences}
    for heading, lines in grouped(report.lines).items():
        text += [f"**{heading}**, {lines[0].visitors:,} visitors", ""]
        hit_rate = lines[0].case == "next"
        text += [f"| model | | NDCG@10 | interval |{' HR@10 |' * hit_rate} less than {reference} by |"]
        text += ["|---|---|---|---|---|" + "---|" * hit_rate]
        for line in lines:
            d = differences.get((line.model, line.case, line.clicks))
            by = f"{d.mean:+.4f} ({d.low:+.4f} … {d.high:+.4f})" if d else ""
            mean, interval, recall = cells(line)[:3]
            told = [line.model, report.about[line.model], mean, interval, *[recall] * hit_rate, by]
            text.append(f"| {' | '.join(told)} |")
        text.append("")
    return "\n".join(text)


def html(report: Report) -> str:
    """The page. Raises MissingLibraryError without matplotlib."""
    models = list(dict.fromkeys(line.model for line in report.lines))
    context: dict[str, Any] = {
        "report": report,
        "plots": [plot for plot in _plots(report, models) if plot["svg"]],
        "models": {model: report.about[model] for model in models},
        "cases": {line.case for line in report.lines},
        "liked": LIKED_STAR,
        "shown": SHOWN,
        "columns": COLUMNS,
        "groups": [
            (heading, lines[0].visitors, [(line.model, cells(line)) for line in lines])
            for heading, lines in grouped(report.lines).items()
        ],
        "differences": grouped(report.differences),
        "grids": [
            {"model": model, "seed": seed, "tried": sorted(tried, key=lambda each: -each[1])}
            for (model, seed), tried in report.tried.items()
            if len(tried) > 1
        ],
        "made": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
    }
    return render_to_string("reports/evaluation.html", context)


def _plots(report: Report, models: Sequence[str]) -> list[dict[str, Any]]:
    plain = [line for line in report.lines if line.case == "clicks"] or report.lines
    most = max((line.clicks for line in plain), key=_place)
    best = [line for line in plain if line.clicks == most]
    against = [each for each in report.differences if each.case == plain[0].case]
    return [
        {
            "title": "How good, by number of clicks",
            "note": "NDCG@10 on a logarithmic scale; the bars are 95 % intervals.",
            "svg": _by_clicks(plain, models),
        },
        {
            "title": "How good, for how long a wait",
            "note": f"With {_told(most)}. Further up is better, further left is faster.",
            "svg": _quality_against_latency(best, models),
        },
        {
            "title": "How much of the catalogue, and how well known",
            "note": f"With {_told(most)}. Further up, more of the movies reach somebody; further right, the ten "
            "movies are those that everybody has.",
            "svg": _coverage_against_popularity(best, models),
        },
        {
            "title": f"Is {report.differences[0].reference} better?" if report.differences else "",
            "note": "Its NDCG@10 less the other's, for the same visitors, with 95 % intervals.",
            "key": VERDICT_COLOURS,
            "svg": _forest(against),
        },
    ]


def curve(curves: Mapping[str, Sequence[CurvePoint]]) -> str:
    """An SVG file: validation by epoch of each model, and the minutes of training above. Raises MissingLibraryError.

    curves: by model, one point at least.
    """
    models = list(curves)

    def draw(axes: Any) -> None:
        for model, points in curves.items():
            epochs = [point["epoch"] for point in points]
            for name, line in (("recall@20", "-"), ("ndcg@20", "--")):
                y, colour = [point[name] for point in points], _style(models, model)["color"]
                axes.plot(epochs, y, ls=line, marker="o", ms=3, color=colour, label=f"{model} {name}")
        axes.set(xlabel="epoch", ylabel="on hidden training movies", ylim=(0, None))
        axes.locator_params(axis="x", integer=True)
        if len(curves) == 1 and len(epochs) > 1:
            slope = points[-1]["seconds"] / 60 / epochs[-1]  # epochs take the same time each
            above = axes.secondary_xaxis("top", functions=(lambda epoch: epoch * slope, lambda at: at / slope))
            above.set_xlabel("minutes")

    return '<?xml version="1.0" encoding="utf-8"?>\n' + _svg(draw)


def _by_clicks(lines: Sequence[Line], models: Sequence[str]) -> SafeString | None:
    counts = sorted({line.clicks for line in lines}, key=_place)
    if len(counts) < 2:
        return None

    def draw(axes: Any) -> None:
        for number, model in enumerate(models):
            own = {counts.index(line.clicks): line.ndcg for line in lines if line.model == model}
            aside = (number - (len(models) - 1) / 2) * 0.7 / len(models)
            x, y = [place + aside for place in own], [ndcg.mean for ndcg in own.values()]
            error = [[n.mean - n.low for n in own.values()], [n.high - n.mean for n in own.values()]]
            axes.errorbar(x, y, yerr=error, label=model, ls="", **_style(models, model))
        axes.set_xticks(range(len(counts)), [str(n) for n in counts])
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(library("matplotlib.ticker").LogLocator(subs=(1, 2, 3, 5)))
        axes.set(xlabel="clicks told", ylabel="NDCG@10")
        _plain_numbers(axes.yaxis)

    return _svg(draw)


def _quality_against_latency(lines: Sequence[Line], models: Sequence[str]) -> SafeString:
    def draw(axes: Any) -> None:
        for line in lines:
            error = [[line.ndcg.mean - line.ndcg.low], [line.ndcg.high - line.ndcg.mean]]
            style = _style(models, line.model)
            axes.errorbar(
                [line.figures["milliseconds"]], [line.ndcg.mean], yerr=error, label=line.model, ls="", **style
            )
        axes.set_xscale("log")
        axes.set(xlabel="milliseconds a request, median", ylabel="NDCG@10")
        _plain_numbers(axes.xaxis)

    return _svg(draw)


def _coverage_against_popularity(lines: Sequence[Line], models: Sequence[str]) -> SafeString:
    def draw(axes: Any) -> None:
        for line in lines:
            x, y = line.figures["popularity@10"], line.figures["coverage@10"]
            axes.errorbar([x], [y], label=line.model, ls="", **_style(models, line.model))
        axes.set(xlabel="share of users who have a recommended movie", ylabel="share of movies recommended")
        axes.set_ylim(bottom=0)

    return _svg(draw)


def _forest(differences: Sequence[Difference]) -> SafeString | None:
    """A row a difference, under the number of clicks; the shade reaches as far down as "level" allows."""
    if not differences:
        return None
    rows = [row for heading, group in grouped(differences).items() for row in (heading, *group)]

    def draw(axes: Any) -> None:
        for place, row in enumerate(rows):
            if isinstance(row, Difference):
                mean, low, high = row.interval
                colour = VERDICT_COLOURS[row.interval.verdict]
                axes.errorbar([mean], [place], xerr=[[mean - low], [high - mean]], color=colour, marker="o", ms=5)
        names = [row.model if isinstance(row, Difference) else row for row in rows]
        axes.set_yticks(range(len(rows)), names)
        for row, label in zip(rows, axes.get_yticklabels(), strict=True):
            label.set_fontweight("normal" if isinstance(row, Difference) else "bold")
        axes.axvspan(-LEVEL, 0, color=VERDICT_COLOURS["level"], alpha=0.25, lw=0)
        axes.axvline(0, color=INK, lw=0.8)
        axes.tick_params(axis="y", length=0)
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set(xlabel="difference in NDCG@10")

    return _svg(draw, height=0.8 + 0.19 * len(rows), legend=False)


def _told(clicks: Clicks) -> str:
    return "all clicks told" if clicks == "all" else f"{clicks} told"


def _place(clicks: Clicks) -> float:
    return float("inf") if clicks == "all" else clicks


def _style(models: Sequence[str], model: str) -> dict[str, Any]:
    """How a model looks in every plot: colours and markers repeat, pairs of them do not; the site's own is larger."""
    number, own = models.index(model), model == "ngcf"
    colour, marker = COLOURS[number % len(COLOURS)], MARKERS[number % len(MARKERS)]
    return {"color": colour, "marker": marker, "ms": 6.5 if own else 4.5, "elinewidth": 2.2 if own else 1.2}


def _plain_numbers(axis: Any) -> None:
    """0.1, 1, 10 on a logarithmic axis, not powers of ten."""
    ticker = library("matplotlib.ticker")
    axis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(ticker.NullFormatter())


def _svg(draw: Callable[[Any], None], *, height: float = 3.8, legend: bool = True) -> SafeString:
    """What `draw` draws, as an element of the page, its ink the page's own. height: inches, of a width of 5."""
    file = io.StringIO()
    with library("matplotlib").rc_context(RC):
        figure = library("matplotlib.figure").Figure(figsize=(5, height), layout="constrained")
        axes = figure.add_subplot()
        draw(axes)
        if legend:
            figure.legend(loc="outside upper left", ncols=4, frameon=False, columnspacing=1, handletextpad=0.2)
        figure.savefig(file, format="svg", transparent=True, metadata=NO_METADATA)
    drawn = file.getvalue()
    drawn = drawn[drawn.index("<svg") :].replace(INK, "currentColor").replace("'DejaVu Sans', ", "")
    return mark_safe(drawn)  # noqa: S308 (what matplotlib drew; it escapes the names)
