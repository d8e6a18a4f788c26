"""What the visitor said of a movie, and the forms to say it with."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from movie.models import Movie
from movie.services import Entry, Move, Opinions

register = template.Library()


@register.simple_tag(takes_context=True)
def own_star(context: dict[str, Any], movie: Movie) -> int:
    """The visitor's star of the movie, half stars doubled; 0 where there is none."""
    opinions: Opinions = context["opinions"]
    return opinions.stars.get(movie.id, 0)


@register.simple_tag(takes_context=True)
def is_hidden(context: dict[str, Any], movie: Movie) -> bool:
    opinions: Opinions = context["opinions"]
    return movie.id in opinions.hidden


@register.simple_tag(takes_context=True)
def left_out_of(context: dict[str, Any], entries: Iterable[Entry]) -> bool:
    """Whether the list of this page is one without some of these entries."""
    without = context.get("without") or ()
    return any(entry.event.event_id in without for entry in entries)


@register.filter
def stars(star: int) -> str:
    """A star of ten in stars of five: 4, 3.5."""
    return f"{star / 2:g}"


@register.simple_tag
def star_radios(star: int) -> SafeString:
    """Ten radio buttons, half a star each, `star` of them checked."""
    return _radios(star, get_language() or "ko")


@lru_cache(maxsize=64)  # a page has a group a movie; ten templates each would cost it more than its movies
def _radios(star: int, language: str) -> SafeString:
    radios = (
        (value, SafeString(" checked") if value == star else "", _("%(stars)s stars") % {"stars": stars(value)})
        for value in range(1, 11)
    )
    return format_html_join(
        "",
        '<label><input type="radio" name="star" value="{}" required{}><span class="sr">{}</span></label>',
        radios,
    )


@register.simple_tag(takes_context=True)
def moved(context: dict[str, Any], movie: Movie) -> SafeString | str:
    """How far the movie moved in a list without some clicks; nothing in any other list, and where it stayed."""
    reranked = context.get("reranked")
    move: Move | None = reranked.moves.get(movie.id) if reranked else None
    if move is None or (move.was and not move.up):
        return ""
    if move.was is None:
        return format_html('<span class="move new">{}</span>', _("new"))
    sign, words = ("▲", _("up %(n)d")) if move.up > 0 else ("▼", _("down %(n)d"))
    return format_html(
        '<span class="move {}"><span aria-hidden="true">{}{}</span><span class="sr">{}</span></span>',
        "up" if move.up > 0 else "down",
        sign,
        move.places,
        words % {"n": move.places},
    )
