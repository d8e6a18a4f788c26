from __future__ import annotations

from django.utils.translation import gettext as _

from paper_review.figures.base import Figure, Plan


def orders() -> Figure:
    """What reaches a user in one, two and three steps."""
    caption = _("What reaches user u after one, two and three layers. The film i4 is three steps away.")
    description = _(
        "User u is joined to the films i1, i2 and i3 that they clicked. User v1 clicked i1 and i2 too, and "
        "also i4; user v2 clicked i3 and i5. Two ways lead to i4, one to i5. One layer brings u the films of "
        "their own, two the users who share them, three the films of those users."
    )
    plan = Plan("ngcf-orders", 620, 250, caption=caption, description=description)
    columns = [52, 210, 368, 526]
    heads = ["u", _("1st order"), _("2nd order"), _("3rd order")]
    for x, head in zip(columns, heads, strict=True):
        plan.text((x, 16), head, "head")
    own, users, far = [(columns[1], y) for y in (68, 136, 204)], [(columns[2], y) for y in (96, 176)], [
        (columns[3], y) for y in (96, 176)
    ]  # fmt: skip
    me = (columns[0], 136)
    for film in own:
        plan.arrow((film[0] - 17, film[1]), (me[0] + 19, me[1]))
    for user, films in [(users[0], own[:2]), (users[1], own[2:])]:
        for film in films:
            plan.arrow((user[0] - 17, user[1]), (film[0] + 18, film[1]))
    for film, user in zip(far, users, strict=True):
        plan.arrow((film[0] - 17, film[1]), (user[0] + 18, user[1]))
    plan.disc(me, "u", "strong", radius=18)
    for n, film in enumerate(own, start=1):
        plan.disc(film, f"i_{n}", "film")
    for n, user in enumerate(users, start=1):
        plan.disc(user, f"v_{n}", "person")
    for n, film in enumerate(far, start=1):
        plan.disc(film, f"i_{n + 3}", "film")
    return plan.figure()


def message() -> Figure:
    """One message, from a film to a user."""
    caption = _("One message of NGCF, and the sum of them. The product is what a plain graph convolution leaves out.")
    description = _(
        "The film's vector e_i goes through W1; its product with the user's vector e_u, number by number, "
        "goes through W2. Both are added, and divided by the root of the two degrees. All messages and the "
        "user's own vector are summed and go through LeakyReLU, which gives the user's vector of the next "
        "layer."
    )
    plan = Plan("ngcf-message", 660, 216, caption=caption, description=description)
    film, user, product = (50, 56), (50, 164), (166, 110)
    plan.arrow((78, 56), (238, 56))
    plan.arrow((72, 74), (152, 102))
    plan.arrow((72, 146), (152, 118))
    plan.arrow((184, 110), (238, 110))
    plan.arrow((298, 56), (352, 78))
    plan.arrow((298, 110), (352, 88))
    plan.arrow((388, 83), (414, 83))
    plan.arrow((507, 92), (537, 120))
    plan.arrow((78, 164), (238, 164))
    plan.arrow((298, 164), (533, 138))
    plan.arrow((569, 130), (601, 130))
    plan.disc(film, "e_i", "film", radius=26)
    plan.disc(user, "e_u", "strong", radius=26)
    plan.disc(product, "⊙", radius=17)
    plan.box((268, 56), "W_1", wide=58)
    plan.box((268, 110), "W_2", wide=58)
    plan.box((268, 164), "W_1", wide=58)
    plan.disc((370, 83), "+", radius=17)
    plan.box((461, 83), "÷ √ |N_u| |N_i|", wide=92)
    plan.disc((551, 130), "Σ", radius=17)
    plan.disc((627, 130), "e_u′", "strong", radius=24)
    plan.text((582, 96), "LeakyReLU", "note", size=11)
    plan.text((166, 188), _("the user's own"), "note", size=11)
    plan.text((166, 44), _("the film itself"), "note", size=11)
    plan.text((166, 84), _("what both have"), "note", size=11)
    return plan.figure()


def tower() -> Figure:
    """What a request of this site computes, and what stands ready."""
    caption = _("A request of this site: the films' layers stand ready, the visitor alone is computed and trained.")
    description = _(
        "The clicked films' vectors of every layer are read from a table that training left. Their sums enter"
        " the visitor's layers, one above the other, whose lowest is the mean of the clicked films plus a "
        "free part. Only this free part is trained in the request. Nothing goes from the visitor to the "
        "films."
    )
    plan = Plan("ngcf-tower", 620, 262, caption=caption, description=description)
    for level, y in enumerate((206, 132, 58)):
        plan.box((118, y), _("clicked films, layer %(n)s") % {"n": level}, "ready", wide=196, high=40)
        plan.box(
            (462, y), _("visitor, layer %(n)s") % {"n": level}, "strong" if not level else "node", wide=176, high=40
        )
        if level < 2:
            plan.arrow((462, y - 20), (462, y - 54))
            plan.arrow((216, y - 8), (374, y - 62))
    plan.arrow((216, 206), (374, 206))
    plan.text((295, 196), _("mean"), "note", size=12)
    plan.text((262, 152), "Σ ĉ h", "note", size=12)
    plan.text((118, 246), _("from the table"), "note", size=12)
    plan.text((462, 246), _("+ free part: ten epochs of BPR"), "note", size=12)
    return plan.figure()
