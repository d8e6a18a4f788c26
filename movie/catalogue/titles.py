"""MovieLens titles taken apart: "Postman, The (Postino, Il) (1994)" is "The Postman", "Il Postino", 1994."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

_YEAR = re.compile(r"\s*\((\d{4})\)\s*$")
_IN_BRACKETS = re.compile(r"\s*\(([^()]*)\)")
_ARTICLE = re.compile(
    r"^(?P<rest>.+), "
    r"(?P<article>the|a|an|le|la|les|l'|un|une|il|lo|gli|i|el|los|las|der|die|das|ein|eine|den|det|os?)$",
    re.IGNORECASE,
)
NO_GENRE = "(no genres listed)"


class Title(NamedTuple):
    title: str
    original: str
    year: int | None


def take_apart(text: str) -> Title:
    """The title to show, the last other one in brackets ("" where there is none), and the year."""
    found = _YEAR.search(text)
    year = int(found[1]) if found else None
    rest = _YEAR.sub("", text)
    others = [_article_first(re.sub(r"^a\.k\.a\. ", "", other)) for other in _IN_BRACKETS.findall(rest)]
    title = _article_first(_IN_BRACKETS.sub("", rest).strip()) or rest.strip()
    return Title(title, others[-1] if others else "", year)


def keys(text: str) -> list[str]:
    """What to look a title up by: letters and digits alone, of the title and of each one in brackets."""
    rest = _YEAR.sub("", text)
    names = [_IN_BRACKETS.sub("", rest), *_IN_BRACKETS.findall(rest)]
    found = (key(re.sub(r"^a\.k\.a\. ", "", name)) for name in names)
    return [k for k in found if k]


def key(title: str) -> str:
    """Case, accents, punctuation and the article's place do not count."""
    text = unicodedata.normalize("NFKD", _article_first(title.strip()).casefold().replace("&", "and"))
    return "".join(c for c in text if c.isalnum())


def _article_first(title: str) -> str:
    found = _ARTICLE.match(title.strip())
    if not found:
        return title.strip()
    glue = "" if found["article"].endswith("'") else " "
    return f"{found['article']}{glue}{found['rest']}"
