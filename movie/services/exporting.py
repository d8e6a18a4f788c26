"""A history as a file, written part by part: however long it is, a part of it is in memory."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any, Literal

from movie.services.history import history_rows
from movie.visitors import Visitor

Form = Literal["json", "csv"]
CONTENT_TYPES: dict[Form, str] = {"json": "application/json", "csv": "text/csv; charset=utf-8"}
COLUMNS = (
    "at",
    "kind",
    "star",
    "movie_id",
    "title",
    "title_ko",
    "year",
    "page_url",
    "list_id",
    "model",
    "rank",
    "event_id",
)
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for a formula where a cell begins with it; such a text gets an apostrophe in front."""
Row = dict[str, object]


def history_written(*, visitor: Visitor, form: Form) -> Iterator[str]:
    """The visitor's whole history, newest first. Raises ClickLogError at once where the log cannot be read."""
    rows = history_rows(visitor=visitor)
    first = list(islice(rows, 1))  # tells whether the log is there
    return {"json": as_json, "csv": as_csv}[form](chain(first, rows))


def as_json(rows: Iterator[Row]) -> Iterator[str]:
    """An array, an object a line."""
    separator = "[\n"
    for row in rows:
        yield separator + json.dumps(row, ensure_ascii=False)
        separator = ",\n"
    yield "[]\n" if separator == "[\n" else "\n]\n"


def as_csv(rows: Iterator[Row]) -> Iterator[str]:
    """COLUMNS, with a byte order mark, without which Excel misreads Korean."""
    writer = csv.writer(_Lines())
    yield "\ufeff" + writer.writerow(COLUMNS)
    for row in rows:
        yield writer.writerow([_cell(row.get(name)) for name in COLUMNS])


class _Lines:
    """A file for csv.writer that hands each line back."""

    def write(self, line: str) -> Any:
        return line


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
