from __future__ import annotations

from django.utils.translation import gettext as _

from paper_review.figures.base import Figure, Plan

STEPS = 6


def mask() -> Figure:
    """Who may look at whom."""
    caption = _("Each place looks at itself and at what came before, and has to tell what came next.")
    description = _(
        "A grid of six clicks by six clicks. Row by row, the places up to a row's own are filled, those "
        "behind it are empty. To the right of each row stands the click that it has to tell: the next one."
    )
    side, gap, left, top = 30, 4, 92, 42
    plan = Plan("sasrec-mask", 470, 262, caption=caption, description=description)
    for n in range(STEPS):
        middle = n * (side + gap) + side / 2
        plan.text((left + middle, 22), f"s_{n + 1}", "head")
        plan.text((left - 22, top + middle), f"s_{n + 1}", "head")
        for other in range(STEPS):
            kind = "on" if other <= n else "off"
            plan.cell((left + other * (side + gap), top + n * (side + gap)), side, kind)
        end = left + STEPS * (side + gap)
        plan.arrow((end + 8, top + middle), (end + 44, top + middle))
        plan.disc((end + 66, top + middle), f"s_{n + 2}", "film", radius=14)
    plan.text((left + STEPS * (side + gap) + 66, 22), _("to be told"), "note", size=12)
    return plan.figure()


def block() -> Figure:
    """The network, from clicks to scores."""
    caption = _("From clicks to scores: two blocks, each of attention and two dense layers with a way around.")
    description = _(
        "Film embedding and place embedding are added. A block normalises, attends, and adds what entered; it"
        " normalises again, goes through two dense layers, and adds what entered those. After two blocks the "
        "last place's output, times each film's embedding, plus the film's bias, is its score."
    )
    plan = Plan("sasrec-block", 690, 190, caption=caption, description=description)
    y = 96
    plan.box((60, y - 28), _("film"), "film", wide=84)
    plan.box((60, y + 28), _("place"), "ready", wide=84)
    plan.arrow((102, y - 28), (131, y - 7))
    plan.arrow((102, y + 28), (131, y + 7))
    plan.disc((146, y), "+", radius=15)
    x = 161
    for name in (_("attention"), _("dense × 2")):
        plan.arrow((x, y), (x + 24, y))
        plan.box((x + 84, y), f"LayerNorm\n{name}", wide=118, high=48)
        plan.arrow((x + 143, y), (x + 168, y))
        plan.disc((x + 183, y), "+", radius=15)
        plan.line((x + 10, y), (x + 10, y - 46))
        plan.line((x + 10, y - 46), (x + 183, y - 46))
        plan.arrow((x + 183, y - 46), (x + 183, y - 15))
        x += 198
    plan.line((166, y + 46), (554, y + 46), "soft")
    plan.text((360, y + 64), "× 2", "note")
    plan.arrow((x, y), (x + 26, y))
    plan.box((x + 74, y), _("× film") + "\n" + _("+ bias"), "strong", wide=92, high=48)
    return plan.figure()
