"""What of a study is told as text."""

from __future__ import annotations

from django.core.management.base import CommandError

from pytorch_models.evaluation.study import Case, Clicks

CASES: tuple[Case, ...] = ("clicks", "stars", "passed")
"""Those that can be asked for; "next" is what the protocol next-item asks."""


def clicks_of(text: str) -> list[Clicks]:
    """Of "all,1,3". Raises CommandError."""
    words = text.split(",")
    if not all(word == "all" or (word.isdigit() and 0 < int(word) < 1000) for word in words):
        raise CommandError(f"Expected '--clicks' to be all or numbers from 1, with commas between (got '{text}')")
    return ["all" if word == "all" else int(word) for word in dict.fromkeys(words)]


def cases_of(text: str) -> list[Case]:
    """Of "clicks,stars". Raises CommandError."""
    cases: list[Case] = [case for case in CASES if case in text.split(",")]
    if unknown := sorted({*text.split(",")} - {*CASES}):
        raise CommandError(f"Expected '--cases' among {', '.join(CASES)} (got {', '.join(unknown)})")
    return cases
