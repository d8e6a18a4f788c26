"""The drawings, with the words of the page's language."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from movie.drawings import Way, Words, histogram, neighbourhood, sparkline
from movie.models import Movie
from movie.services import Spread, Why
from movie.way_drawings import Drawn, Stop, ways
from movie.ways import Way as KnownWay
from pytorch_models.base import Answer

register = template.Library()


@register.simple_tag
def graph(why: Why) -> SafeString:
    """The part of the graph between the visitor and the movie of `why`."""
    language = get_language()
    movie = why.movie.title_in(language)
    ways = [Way(click.movie.title_in(language), click.share, click.together) for click in why.clicks]
    words = Words(_("You"), _("Your clicks"), _("Have both"), _("The movie"))
    title = _("The part of the graph between you and ‹%(movie)s›") % {"movie": movie}
    told = [f"{way.title}: {round(100 * way.share)} %" for way in ways]
    drawn = neighbourhood(f"graph-{why.movie.id}", movie, ways, words, title=title, description=", ".join(told))
    return mark_safe(drawn)  # noqa: S308 (an XML library wrote it, every text escaped)


@register.simple_tag
def best_ways(why: Why) -> SafeString:
    """The strongest paths of `why`."""
    movie = why.movie.title_in(get_language())
    drawn = [_drawn(way) for way in why.paths]
    title = _("The strongest ways from you to ‹%(movie)s›") % {"movie": movie}
    told = "; ".join(" → ".join(map(str, way.steps)) for way in why.paths)
    name = f"ways-{why.movie.id}"
    return mark_safe(ways(name, movie, drawn, title=title, description=told))  # noqa: S308 (likewise)


def _drawn(way: KnownWay) -> Drawn:
    return Drawn([Stop(str(step), step.count) for step in way.steps[:-1]], way.share)


@register.simple_tag
def star_histogram(movie: Movie, spread: Spread) -> SafeString:
    """How many gave `movie` which star."""
    title = _("How many gave ‹%(movie)s› which star") % {"movie": movie.title_in(get_language())}
    told = ", ".join(f"{star / 2:g}: {n}" for star, n in enumerate(spread.counts, start=1))
    return mark_safe(histogram(f"stars-{movie.id}", spread.counts, title=title, description=told))  # noqa: S308 (likewise)


@register.simple_tag
def loss(answer: Answer) -> SafeString:
    """The loss of an answer's re-training, epoch by epoch."""
    title = _("The loss, before the first epoch and after each of the %(n)d") % {"n": answer.epochs}
    told = " → ".join(f"{value:.4f}" for value in answer.losses)
    return mark_safe(sparkline("loss", answer.losses, title=title, description=told))  # noqa: S308 (likewise)
