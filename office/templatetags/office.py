"""The dashboard's charts and words, in the page's language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django import template
from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from movie.figures import Day, ModelFigures
from movie.predictors.registry import PREDICTORS
from office.charts import Bar, bars, whiskers

register = template.Library()
REASONS = {
    "missing": gettext_lazy("no weights"),
    "error": gettext_lazy("failed"),
    "slow": gettext_lazy("too slow"),
}
VERDICTS = {
    "better": gettext_lazy("better"),
    "level": gettext_lazy("level"),
    "unclear": gettext_lazy("unclear"),
    "worse": gettext_lazy("worse"),
}
DATA = {
    "catalogue": gettext_lazy("the catalogue's ratings"),
    "feed": gettext_lazy("ratings and what visitors did"),
}


@register.simple_tag
def clicks_chart(days: Sequence[Day]) -> SafeString:
    told = [Bar(each.clicks, date_format(each.day, "n/j"), _clicks(each)) for each in days]
    most = max(days, key=lambda each: each.clicks)
    total = sum(each.clicks for each in days)
    description = _("%(total)s clicks in all; the most on %(day)s. The table has every day.") % {
        "total": f"{total:,}",
        "day": date_format(most.day, "n/j"),
    }
    drawn = bars("clicks-a-day", told, title=_("Clicks a day"), description=description)
    return mark_safe(drawn)  # noqa: S308 (an XML library wrote it, every text escaped)


def _clicks(day: Day) -> str:
    clicks = ngettext("%(n)s click", "%(n)s clicks", day.clicks) % {"n": f"{day.clicks:,}"}
    return f"{date_format(day.day, 'SHORT_DATE_FORMAT')}: {clicks}"


@register.simple_tag
def ctr_whiskers(figures: ModelFigures, most: float) -> SafeString:
    assert figures.ctr is not None
    mean, low, high = figures.ctr
    title = f"{figures.label}: {mean:.2%} ({low:.2%} – {high:.2%})"
    drawn = whiskers(f"ctr-{figures.model}", mean, low, high, most or 1.0, title=title)
    return mark_safe(drawn)  # noqa: S308 (likewise)


@register.filter
def percent(share: float) -> str:
    return f"{share:.2%}"


@register.filter
def signed(value: float) -> str:
    return f"{value:+.4f}"


@register.filter
def reason(name: str) -> str:
    return str(REASONS.get(name, name))


@register.filter
def verdict(name: str) -> str:
    return str(VERDICTS.get(name, name))


@register.filter
def data_label(name: str) -> str:
    return str(DATA.get(name, name))


@register.filter
def moment(iso: str) -> datetime | None:
    """A checkpoint's time, as its facts have it."""
    try:
        return datetime.fromisoformat(iso)
    except ValueError:
        return None


@register.filter
def label(model: str) -> str:
    """A model's short name."""
    return PREDICTORS[model].label if model in PREDICTORS else model


@register.filter
def thousands(n: int) -> str:
    return f"{n:,}"


@register.filter
def metric(metrics: dict[str, float], name: str) -> str:
    """One of a checkpoint's figures; they are not the same in all versions."""
    return f"{metrics[name]:.4f}" if name in metrics else "–"
