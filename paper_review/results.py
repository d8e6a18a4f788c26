"""Figures of committed evaluations: the tables in docs/results, as `manage.py evaluate --markdown` wrote them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

FOLDER = settings.BASE_DIR / "docs" / "results"
_NAME = re.compile(r"[a-z0-9-]+")
_COMMAND = re.compile(r"`(python manage\.py [^`]+)`")
_GROUP = re.compile(r"\*\*([^*]+)\*\*, ([\d,]+) visitors")


class ResultsError(LookupError):
    """No such file, table, model or column; the message says what there is."""


@dataclass
class Table:
    """One table: what each model scored, told so many clicks. rows: the cells by their column, by model."""

    section: str
    """The file's heading above it, where it has tables of several data sets."""
    group: str
    """How many clicks were told, as the file says it: "all clicks"."""
    visitors: int
    command: str
    """What wrote it."""
    columns: tuple[str, ...] = ()
    rows: dict[str, dict[str, str]] = field(default_factory=dict)


def table(name: str, *, group: str, section: str = "") -> Table:
    """One table of docs/results/`name`.md. Raises ResultsError."""
    found = [each for each in _file(name) if each.group == group and section in ("", each.section)]
    if len(found) != 1:
        there = ", ".join(
            f"'{each.group}'" + (f" of '{each.section}'" if each.section else "") for each in _file(name)
        )
        raise ResultsError(f"Expected one table '{group}' in {name}.md (got {len(found)}; there are {there})")
    return found[0]


def value(name: str, *, group: str, model: str, column: str = "NDCG@10", section: str = "") -> str:
    """One cell, as it stands in the file. Raises ResultsError."""
    row = row_of(table(name, group=group, section=section), model)
    if column not in row:
        raise ResultsError(f"Expected a column of {name}.md (got '{column}'; there are {', '.join(row)})")
    return row[column]


def row_of(found: Table, model: str) -> dict[str, str]:
    if model not in found.rows:
        raise ResultsError(
            f"Expected a model of the table '{found.group}' (got '{model}'; there are {', '.join(found.rows)})"
        )
    return found.rows[model]


def _file(name: str) -> Sequence[Table]:
    path: Path = FOLDER / f"{name}.md"
    if not _NAME.fullmatch(name) or not path.is_file():
        raise ResultsError(f"Expected the name of a file in docs/results (got '{name}')")
    return _parsed(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=32)
def _parsed(path: Path, changed: int) -> tuple[Table, ...]:
    """The tables of a file, as it was when it was last `changed`."""
    tables: list[Table] = []
    section = command = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            section = line.removeprefix("## ").strip()
        elif told := _COMMAND.search(line):
            command = told.group(1)
        elif began := _GROUP.match(line):
            tables.append(Table(section, began.group(1), int(began.group(2).replace(",", "")), command))
        elif tables and line.startswith("|"):
            _add_row(tables[-1], [cell.strip() for cell in line.strip().strip("|").split("|")])
    return tuple(tables)


def _add_row(found: Table, cells: list[str]) -> None:
    if not found.columns:
        found.columns = tuple(cells)
    elif not set(cells[0]) <= set("-"):
        found.rows[cells[0]] = dict(zip(found.columns, cells, strict=True))


LABELS = {
    "ngcf": "NGCF",
    "ngcf_tower": gettext_noop("NGCF without the ten epochs"),
    "ngcf_alone": gettext_noop("NGCF without item–item terms"),
    "ngcf_64x3": gettext_noop("NGCF of three layers"),
    "kprn": "KPRN",
    "sasrec": "SASRec",
    "popularity": gettext_noop("Popularity"),
    "item_knn": "item-kNN",
    "item_knn_newest": gettext_noop("item-kNN of the ten newest clicks"),
    "markov": gettext_noop("Markov chain"),
    "ease": "EASE",
    "als": "ALS",
    "als_relation": gettext_noop("ALS + NGCF's relation"),
    "bpr": "BPR-MF",
    "lightgcn": "LightGCN",
    "tower": gettext_noop("no ten epochs in the request"),
    "alone": gettext_noop("no item–item relation"),
    "many": gettext_noop("training shows many clicks only"),
    "64x3": gettext_noop("three layers"),
    "messages": gettext_noop("no message dropout"),
}
"""How a model, or a part of one, is called on a page."""


def label(model: str) -> str:
    """In the page's language."""
    return _(LABELS[model]) if model in LABELS else model


def group_label(group: str) -> str:
    """ "all clicks", "5 clicks" in the page's language."""
    clicks, _mark, more = group.partition(", ")
    number = clicks.partition(" ")[0]
    told = _("all clicks told")
    if number.isdigit():
        told = ngettext("%(n)s click told", "%(n)s clicks told", int(number)) % {"n": number}
    return ", ".join([told, _("the next movie sought")] if more.startswith("next") else [told])


def column_label(column: str) -> str:
    """A column's heading in the page's language."""
    if column.startswith("less than "):
        return _("less than %(model)s by") % {"model": label(column.split()[2])}
    return {"model": _("Model"), "interval": _("interval (95 %)")}.get(column, column)
