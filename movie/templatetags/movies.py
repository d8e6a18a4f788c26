"""How a movie is written on a page."""

from __future__ import annotations

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


@register.filter
def loss(value: float) -> str:
    """Four places after the point, of a small one as many as show three digits, so that a fall is seen."""
    return f"{value:.4f}" if value >= 0.1 or value == 0 else format(Decimal(f"{value:#.3g}"), "f")


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
