"""What somebody asks for: the words typed, perhaps a year, a decade or a genre among them, and the page's filters."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.utils.translation import gettext, override

from movie.search import normalise

SORTS = ("relevance", "popularity", "rating", "year")
FIRST_YEAR, LAST_YEAR = 1870, 2099
_YEAR = re.compile(r"(?<!\w)(18[7-9]\d|19\d\d|20\d\d)(년)?(?!\w)")
_DECADE = re.compile(r"(?<!\w)((?:18[7-9]|19\d|20\d)0)(?:s|년대)(?!\w)", re.IGNORECASE)
_WHOLE = re.compile(r"\d{1,6}", re.ASCII)


@dataclass(frozen=True)
class Filters:
    """What a movie must be; what is None or 0 does not count."""

    genre: str | None = None
    first_year: int | None = None
    last_year: int | None = None
    least_ratings: int = 0

    def __bool__(self) -> bool:
        return self != Filters()


@dataclass(frozen=True)
class Asked:
    """One address of the results page."""

    text: str = ""
    genre: str = ""
    decade: int | None = None
    least: int = 0
    """Ratings that a movie has at least."""
    sort: str = "relevance"
    page: int = 1

    @classmethod
    def of(cls, values: Mapping[str, str], *, genres: Collection[str]) -> Asked:
        """From a query string; a value that means nothing is as if it was not there."""
        decade = _whole(values.get("decade", ""))
        sort = values.get("sort", "")
        return cls(
            text=" ".join(values.get("q", "").replace("\0", " ").split())[: normalise.LONGEST],
            genre=values.get("genre", "") if values.get("genre") in genres else "",
            decade=decade if FIRST_YEAR <= decade <= LAST_YEAR and decade % 10 == 0 else None,
            least=_whole(values.get("least", "")),
            sort=sort if sort in SORTS else "relevance",
            page=max(1, _whole(values.get("page", ""))),
        )

    def address(self, **changes: object) -> str:
        """The query string of this with `changes`; what is as usual is left out."""
        new = replace(self, **changes)  # type: ignore[arg-type]
        said = {"q": new.text, "genre": new.genre, "decade": new.decade, "least": new.least, "sort": new.sort}
        usual = {"sort": "relevance"}
        query = {name: value for name, value in said.items() if value and value != usual.get(name)}
        return urlencode(query | ({"page": new.page} if new.page > 1 else {}))

    @property
    def filters(self) -> Filters:
        last = None if self.decade is None else self.decade + 9
        return Filters(self.genre or None, self.decade, last, self.least)

    @property
    def empty(self) -> bool:
        return not self.text and not self.filters


def without_filters(text: str, *, genres: Collection[str]) -> tuple[str, Filters]:
    """The text without the year, decade and genre that it names, and these: "봉준호 2003" is 봉준호, and 2003."""
    found = Filters()
    if decade := _DECADE.search(text):
        first = int(decade[1])
        text, found = _cut(text, decade), replace(found, first_year=first, last_year=first + 9)
    elif year := _YEAR.search(text):
        text, found = _cut(text, year), replace(found, first_year=int(year[1]), last_year=int(year[1]))
    names = _genre_names(genres)
    for word in text.split():
        if (genre := names.get(normalise.form(word))) and found.genre is None:
            text, found = text.replace(word, " ", 1), replace(found, genre=genre)
    return " ".join(text.split()), found


def _genre_names(genres: Collection[str]) -> dict[str, str]:
    """The genres by their form, in Korean and as they are."""
    with override("ko"):
        korean = {normalise.form(gettext(name)): name for name in genres}
    return korean | {normalise.form(name): name for name in genres}


def _cut(text: str, found: re.Match[str]) -> str:
    return f"{text[: found.start()]} {text[found.end() :]}"


def _whole(text: str) -> int:
    return int(text) if _WHOLE.fullmatch(text) else 0
