from __future__ import annotations

from django.utils.translation import gettext as _

from paper_review.figures.base import Figure, Plan


def path() -> Figure:
    """From the graph to a score: one path is read step by step, several are pooled."""
    caption = _("One path is read node by node; the scores of all paths to the same film are pooled into one.")
    description = _(
        "A path from the visitor over a clicked film and its director to the recommended film. Each node "
        "enters an LSTM cell as its own embedding beside those of its type and of the relation behind it. The"
        " state behind the last node is scored. The scores of all paths to the film enter a weighted sum."
    )
    plan = Plan("kprn-path", 680, 266, caption=caption, description=description)
    columns = [70, 214, 358, 502]
    nodes = [_("visitor"), _("clicked film"), _("director"), _("film")]
    relations = [_("clicked"), _("directed by"), _("directed"), "∅"]
    kinds = ["strong", "film", "person", "film"]
    for at, (x, node, kind) in enumerate(zip(columns, nodes, kinds, strict=True)):
        plan.box((x, 40), node, kind, wide=104, high=34)
        if at < 3:
            plan.arrow((x + 52, 40), (columns[at + 1] - 52, 40))
            plan.text(((x + columns[at + 1]) / 2, 18), relations[at], "note", size=11)
        plan.box(
            (x, 116), _("node") + " ‖ " + _("type") + " ‖ " + _("relation"), "ready", wide=134, high=30, size=10.5
        )
        plan.arrow((x, 57), (x, 101))
        plan.arrow((x, 131), (x, 163))
        plan.box((x, 180), "LSTM", wide=104, high=34)
        if at < 3:
            plan.arrow((x + 52, 180), (columns[at + 1] - 52, 180))
    plan.arrow((556, 180), (586, 180))
    plan.box((630, 180), "s(τ | p)", wide=84, high=34)
    plan.arrow((630, 197), (630, 229))
    plan.text((560, 246), _("with the other paths:"), "note", anchor="end", size=12)
    plan.box((630, 246), "log Σ exp(s/γ)", "strong", wide=98, high=32)
    plan.line((564, 246), (581, 246))
    return plan.figure()


def crowd() -> Figure:
    """Many users between two films, and one node in their place."""
    caption = _(
        "The paper has a node for each user between two films (left); here all of them are one crowd (right)."
    )
    description = _(
        "On the left four users with names stand between a clicked film and another one, and make four paths."
        " On the right a single node stands for all who have both, with an embedding by how close it binds "
        "the two, and makes one path with a weight."
    )
    plan = Plan("kprn-crowd", 640, 216, caption=caption, description=description)
    for y in (40, 84, 128, 172):
        plan.arrow((84, 106), (133, y))
        plan.arrow((167, y), (216, 106))
        plan.disc((150, y), "v", "person")
    plan.disc((60, 106), "c", "film", radius=24)
    plan.disc((240, 106), "i", "film", radius=24)
    plan.line((320, 24), (320, 188), "soft")
    plan.arrow((424, 106), (466, 106), "line thick")
    plan.arrow((534, 106), (576, 106), "line thick")
    plan.disc((400, 106), "c", "film", radius=24)
    plan.disc((500, 106), "|v|", "person", radius=34)
    plan.disc((600, 106), "i", "film", radius=24)
    plan.text((500, 160), _("one of eight classes"), "note", size=12)
    plan.text((500, 178), _("weight: cosine of the two"), "note", size=12)
    plan.text((150, 206), _("four paths"), "note", size=12)
    plan.text((500, 206), _("one path"), "note", size=12)
    return plan.figure()
