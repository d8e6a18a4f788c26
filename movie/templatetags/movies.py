"""How a movie is written on a page."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache

from django import template
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from movie.models import Movie
from movie.posters import poster_hash

register = template.Library()


@register.filter
def title(movie: Movie) -> str:
    """The title in the page's language."""
    return movie.title_in(get_language())


MOST_DIGITS = 6


@register.filter
def fall(losses: Sequence[float]) -> tuple[str, str]:
    """The first and the last: four places after the point, of small ones three digits, and where only more tell them
    apart, as many as do, up to MOST_DIGITS."""
    for digits in range(3, MOST_DIGITS + 1):
        before, after = (_with_digits(value, digits) for value in (losses[0], losses[-1]))
        if before != after:
            break
    return before, after


def _with_digits(value: float, digits: int) -> str:
    if value >= 0.1 or value == 0:
        return f"{value:.{max(digits, 4)}f}"
    return format(Decimal(f"{value:#.{digits}g}"), "f")


@register.filter
def drawn_poster(movie: Movie) -> str:
    """The address of the poster that the site draws, different wherever the drawing is."""
    language = get_language() or "ko"
    return _poster_address(movie.id, movie.title_in(language), movie.year, tuple(movie.genre_names), language)


@lru_cache(maxsize=4096)  # a page shows a movie in a card, in the history, and among the reasons of others
def _poster_address(movie_id: int, title: str, year: int | None, genres: tuple[str, ...], language: str) -> str:
    path = reverse("movie:poster", args=[movie_id])
    return f"{path}?lang={language}&v={poster_hash(title, year, genres)}"


@register.filter
def genre_labels(movie: Movie) -> str:
    """The genres in the page's language."""
    return ", ".join(_(name) for name in movie.genre_names)
