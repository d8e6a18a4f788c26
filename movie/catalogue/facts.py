"""Directors, cast, countries, … from a CC0 snapshot of Wikidata, joined by IMDb id or by title and year."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import replace
from pathlib import Path

from movie.catalogue.base import DataError, Film
from movie.catalogue.titles import keys

_SUFFIX = re.compile(r"(Jr|Sr)\.?|I{2,3}|IV")
_SELECT = 'SELECT imdbID, Title, Year, Runtime, Genre, Director, Writer, "Cast", Country FROM omdb'
Row = tuple[str, str, int, float | None, str | None, str | None, str | None, str | None, str | None]


def names(text: str | None) -> tuple[str, ...]:
    """Names that stand between commas, each once; "Robert Downey, Jr." is one."""
    found: list[str] = []
    for part in (text or "").split(", "):
        part = part.strip()
        if _SUFFIX.fullmatch(part) and found:
            found[-1] += f", {part}"
        elif part:
            found.append(part)
    return tuple(dict.fromkeys(found))


class Facts:
    """The snapshot, indexed. A title and year that two films share is nobody's."""

    def __init__(self, database: Path) -> None:
        try:
            with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
                rows: list[Row] = connection.execute(_SELECT).fetchall()
        except sqlite3.Error as error:
            raise DataError(
                f"{database}: expected the film facts as SQLite ({error}); delete it and run again"
            ) from error
        self.by_imdb = {row[0]: row for row in rows}
        self.by_title: dict[tuple[str, int], Row | None] = {}
        for row in rows:
            for title in keys(row[1]):
                at = (title, row[2])
                self.by_title[at] = None if at in self.by_title else row

    def add_to(self, film: Film, *, full_title: str) -> Film:
        """`film` with what the snapshot knows of it; unchanged where it knows nothing. full_title: as published."""
        row = self.by_imdb.get(film.imdb_id) if film.imdb_id else None
        if row is None and film.year is not None:
            row = self._titled(keys(full_title), film.year)
        if row is None:
            return film
        imdb_id, _, _, runtime, genres, director, writer, cast, country = row
        return replace(
            film,
            imdb_id=imdb_id,
            runtime=round(runtime) if runtime else None,
            genres=film.genres or names(genres),
            directors=names(director),
            writers=names(writer),
            cast=names(cast),
            countries=names(country),
        )

    def _titled(self, titles: list[str], year: int) -> Row | None:
        """The film of one of `titles` in `year`, else the only one a year before or after: premieres differ."""
        for title in titles:
            if exact := self.by_title.get((title, year)):
                return exact
        near = [self.by_title.get((title, year + off)) for title in titles for off in (-1, 1)]
        found = [row for row in near if row]
        return found[0] if len(found) == 1 else None
