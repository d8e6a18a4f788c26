"""How a movie is written on a page."""

from __future__ import annotations

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
def drawn_poster(movie: Movie) -> str:
    """The address of the poster that the site draws, different wherever the drawing is."""
    language = get_language() or "ko"
    drawn = poster_hash(movie.title_in(language), movie.year, movie.genre_names)
    return f"{reverse('movie:poster', args=[movie.id])}?lang={language}&v={drawn}"


@register.filter
def genre_labels(movie: Movie) -> str:
    """The genres in the page's language."""
    return ", ".join(_(name) for name in movie.genre_names)
