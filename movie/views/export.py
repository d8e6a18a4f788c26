"""The visitor's own history as a file, streamed: however long it is, a part of it is in memory."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from movie import services
from movie.clicks.base import ClickLogError
from movie.visitors import VisitorRequest

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


@require_GET
def export(request: VisitorRequest, form: str) -> HttpResponseBase:
    """The whole history, newest first, as "json" or "csv"; 503 where the click log is away."""
    rows = services.history_rows(visitor=request.visitor)
    try:
        first = list(islice(rows, 1))  # tells whether the log is there
    except ClickLogError:
        reason = _("Your history cannot be reached just now. Nothing is lost; please try again.")
        response = render(request, "refused.html", {"reason": reason}, status=503)
        response["Retry-After"] = "2"
        return response
    written = {"json": as_json, "csv": as_csv}[form](chain(first, rows))
    kind = "application/json" if form == "json" else "text/csv; charset=utf-8"
    name = f'attachment; filename="movie-history.{form}"'
    return StreamingHttpResponse(written, content_type=kind, headers={"Content-Disposition": name})


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
