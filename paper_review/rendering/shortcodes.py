"""What a review's text asks the site to put in: {{ figure "name" }}, {{ results "file" … }}, {{ value "file" … }}."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from paper_review import results
from paper_review.figures import FIGURES

CODE = re.compile(r"\{\{\s*(\w+)((?:\s+(?:\w+=)?\"[^\"\n]*\")*)\s*\}\}")
_ARGUMENT = re.compile(r"(?:(\w+)=)?\"([^\"\n]*)\"")


class ShortcodeError(ValueError):
    """The site cannot put in what is asked for; the message says why."""


@dataclass(frozen=True)
class Shortcode:
    name: str
    first: str
    """The argument without a name."""
    named: dict[str, str]

    @classmethod
    def of(cls, found: re.Match[str]) -> Shortcode:
        arguments = _ARGUMENT.findall(found.group(2))
        return cls(
            found.group(1),
            next((text for name, text in arguments if not name), ""),
            {name: text for name, text in arguments if name},
        )

    def block(self) -> str:
        """HTML for a line of its own, made by the site and safe as it is. Raises ShortcodeError."""
        return self._filled(_BLOCKS)

    def inline(self) -> str:
        """Plain text for a place within a sentence. Raises ShortcodeError."""
        return self._filled(_INLINE)

    def _filled(self, known: dict[str, Callable[..., str]]) -> str:
        if self.name not in known:
            raise ShortcodeError(f"Expected one of {', '.join(known)} (got '{self.name}')")
        try:
            return known[self.name](self.first, **self.named)
        except (results.ResultsError, TypeError) as error:
            raise ShortcodeError(f"{self.name}: {error}") from error


def _figure(name: str) -> str:
    if name not in FIGURES:
        raise ShortcodeError(f"Expected a figure of {', '.join(FIGURES)} (got '{name}')")
    figure = FIGURES[name]()
    return render_to_string("paper_review/_figure.html", {"name": name, "figure": figure})


def _results(name: str, *, group: str, models: str, section: str = "", title: str = "") -> str:
    """A table of some models, in the order asked for, with the command that measured it."""
    found = results.table(name, group=group, section=section)
    rows = [results.row_of(found, model) for model in models.split(",")]
    columns = [column for column in found.columns if column not in ("", "model")]
    context = {
        "name": name,
        "found": found,
        "title": title or section,
        "group": results.group_label(group),
        "head": [results.column_label(column) for column in ("model", *columns)],
        "rows": [(results.label(row["model"]), [row[column] for column in columns]) for row in rows],
    }
    return render_to_string("paper_review/_results.html", context)


def _value(name: str, *, group: str, model: str, column: str = "NDCG@10", section: str = "") -> str:
    return results.value(name, group=group, model=model, column=column, section=section)


_BLOCKS: dict[str, Callable[..., str]] = {"figure": _figure, "results": _results}
_INLINE: dict[str, Callable[..., str]] = {"value": _value}


def missing(problem: object) -> str:
    """What stands in place of something that cannot be put in."""
    return render_to_string(
        "paper_review/_missing.html", {"problem": _("This part cannot be shown just now."), "told": problem}
    )
