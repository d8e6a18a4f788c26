"""The figures of the reviews, drawn by the site in the page's language, in colours that follow dark and light."""

from __future__ import annotations

from collections.abc import Callable

from paper_review.figures import kprn, ngcf, sasrec
from paper_review.figures.base import Figure

FIGURES: dict[str, Callable[[], Figure]] = {
    "ngcf-orders": ngcf.orders,
    "ngcf-message": ngcf.message,
    "ngcf-tower": ngcf.tower,
    "kprn-path": kprn.path,
    "kprn-crowd": kprn.crowd,
    "sasrec-mask": sasrec.mask,
    "sasrec-block": sasrec.block,
}
"""By the name that a review's {{ figure }} gives."""
