"""The reviews as files, kprn.ko.md and so on: TOML between two lines of +++, then Markdown."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path

from paper_review.models import Review
from paper_review.papers import PAPERS

FOLDER = Path(__file__).parent
FENCE = "+++\n"


class TextError(ValueError):
    """A file that is no review; the message names it and says what was expected."""


@dataclass(frozen=True)
class Text:
    """A file's content."""

    number: int
    language: str
    title: str
    summary: str
    published: datetime
    body: str

    def digest(self) -> str:
        return Review(title=self.title, summary=self.summary, body=self.body).digest()


def every(folder: Path = FOLDER) -> Iterator[Text]:
    """Every review of `folder`, by number and language. Raises TextError."""
    for number, paper in sorted(PAPERS.items()):
        for path in sorted(folder.glob(f"{paper.model}.??.md")):
            yield read(path, number)


def read(path: Path, number: int) -> Text:
    """One file. Raises TextError."""
    _before, front, body, *_ = [*path.read_text(encoding="utf-8").split(FENCE, 2), "", ""]
    try:
        facts = tomllib.loads(front)
        published = datetime.combine(facts["published"], time(), UTC)
        title, summary = str(facts["title"]), str(facts["summary"])
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise TextError(
            f"{path.name}: expected title, summary and published between two lines of +++ ({error})"
        ) from error
    return Text(number, path.suffixes[0].lstrip("."), title, summary, published, body.strip() + "\n")
