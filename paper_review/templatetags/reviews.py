"""Comments and demos, with the words of the page's language."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from paper_review import drawings
from paper_review.demo import Demo
from paper_review.rendering import comment_html

register = template.Library()
register.filter("comment", comment_html)


@register.simple_tag
def demo_graph(demo: Demo) -> SafeString:
    """The reader, their clicks and the movies that these carried."""
    language = get_language()
    clicks = [movie.title_in(language) for movie in demo.clicks]
    movies = [each.movie.title_in(language) for each in demo.best]
    told = "; ".join(
        f"{movie}: "
        + ", ".join(
            f"{click} {share:.0%}" for click, share in zip(clicks, row, strict=True) if share >= drawings.FAINT
        )
        for movie, row in zip(movies, demo.shares, strict=True)
    )
    heads = [_("You"), _("Your clicks"), _("The best three")]
    title = _("The graph of your clicks")
    drawn = drawings.click_graph(clicks, movies, demo.shares, heads=heads, title=title, description=told)
    return mark_safe(drawn)  # noqa: S308 (an XML library wrote it, every text escaped)


@register.simple_tag
def demo_loss(demo: Demo) -> SafeString:
    """The loss of the request's epochs."""
    answer = demo.recommended.answer
    assert answer is not None
    title = _("The loss, before the first epoch and after each of the %(n)d") % {"n": answer.epochs}
    told = " → ".join(f"{value:.4f}" for value in answer.losses)
    drawn = drawings.loss_curve(answer.losses, across=_("epoch"), up=_("BPR loss"), title=title, description=told)
    return mark_safe(drawn)  # noqa: S308 (likewise)


@register.simple_tag
def attention_rows(demo: Demo) -> list[tuple[object, list[tuple[int, int]]]]:
    """A row a movie of the best: it, and of each click the share in percent and its shade, 0–9."""
    strongest = max((share for row in demo.shares for share in row), default=0.0) or 1.0
    return [
        (each, [(round(100 * share), min(9, round(9 * share / strongest))) for share in row])
        for each, row in zip(demo.best, demo.shares, strict=True)
    ]
