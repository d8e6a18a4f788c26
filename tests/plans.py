"""What a database would do for a query, by its own EXPLAIN: whether it finds rows by an index or reads a whole table."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection

BIG = {
    "movie_movie",
    "movie_movie_genres",
    "movie_movie_countries",
    "movie_person",
    "movie_credit",
    "movie_rating",
    "movie_searchentry",
    "movie_searchtrigram",
    "movie_outbox",
    "movie_feedevent",
    "movie_forgotten",
    "movie_click",
    "movie_listshown",
    "movie_mark",
    "movie_answertime",
}
"""Tables that grow with the catalogue or with visitors. Genres, countries and loads are a handful of rows."""
_PLANNED = re.compile(r"\s*(SELECT|UPDATE|DELETE)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Query:
    sql: str
    params: Any

    @property
    def limited(self) -> bool:
        """Rows are read in the order of an index, and only so many."""
        return bool(re.search(r"\bLIMIT \d+", self.sql))


@contextmanager
def captured() -> Iterator[list[Query]]:
    """Every statement with a plan that the block sends."""
    queries: list[Query] = []

    def keep(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if _PLANNED.match(sql):
            queries.append(Query(sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(keep):
        yield queries


def full_scans(query: Query) -> list[str]:
    """Lines of the query's plan that read a whole big table, or a whole index of one without a limit."""
    with connection.cursor() as cursor:
        cursor.execute(
            ("EXPLAIN " if connection.vendor == "mysql" else "EXPLAIN QUERY PLAN ") + query.sql, query.params
        )
        columns = [column[0] for column in cursor.description]
        plan = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    read = _read_by_mysql if connection.vendor == "mysql" else _read_by_sqlite
    names = _names(query.sql)
    return [
        text
        for line in plan
        for table, how, text in [read(line)]
        if names.get(table, table) in BIG and _bad(how, query)
    ]


def _bad(how: str, query: Query) -> bool:
    return how == "table" or (how == "index" and not query.limited)


def _read_by_mysql(line: dict[str, Any]) -> tuple[str, str, str]:
    how = {"ALL": "table", "index": "index"}.get(line["type"] or "", "rows")
    return line["table"] or "", how, str(line)


def _read_by_sqlite(line: dict[str, Any]) -> tuple[str, str, str]:
    found = re.match(r"SCAN (\w+)( USING (COVERING )?INDEX)?", line["detail"])
    if not found:
        return "", "rows", line["detail"]
    return found[1], "index" if found[2] else "table", line["detail"]


def _names(sql: str) -> dict[str, str]:
    """Tables behind the names that a query gives them: movie_movie T3, "movie_click" U0."""
    return {alias: table for table, alias in re.findall(r'[`"](movie_\w+)[`"] (?:AS )?[`"]?([TUV]\d+)', sql)}
