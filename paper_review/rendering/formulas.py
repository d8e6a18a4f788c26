"""Formulas, from LaTeX to MathML on the server, which browsers draw by themselves."""

from __future__ import annotations

import re
from functools import lru_cache

from django.utils.html import escape
from latex2mathml.converter import convert

TAGS = {
    "math", "mrow", "mi", "mn", "mo", "ms", "mtext", "mspace", "msub", "msup", "msubsup", "munder", "mover",
    "munderover", "mfrac", "msqrt", "mroot", "mtable", "mtr", "mtd", "mstyle", "mpadded", "mphantom",
}  # fmt: skip
_SHAPE = {"stretchy", "fence", "separator", "minsize", "maxsize", "lspace", "rspace", "movablelimits", "form"}
ATTRIBUTES = {
    "math": {"display"},
    "mo": _SHAPE,
    "mi": {"mathvariant"},
    "mspace": {"width"},
    "mstyle": {"displaystyle", "scriptlevel"},
    "mtable": {"columnalign", "rowspacing", "columnspacing"},
    "mtd": {"columnalign"},
    "mfrac": {"linethickness"},
    "mover": {"accent"},
    "munder": {"accentunder"},
}
"""What a formula is made of. The converter passes HTML in a \\text through as it stands, and links: neither is here,
so the cleaning that follows takes them away."""


class FormulaError(ValueError):
    """LaTeX that cannot be read; the message quotes it."""


@lru_cache(maxsize=1024)
def mathml(latex: str, *, display: bool) -> str:
    """One formula, not yet cleaned. Raises FormulaError."""
    try:
        made: str = convert(latex, display="block" if display else "inline")
    except Exception as error:  # the converter has a dozen errors of its own, and IndexError and KeyError beside
        raise FormulaError(f"no formula: {latex[:60]} ({type(error).__name__})") from error
    if unknown := re.search(r"<m\w+>(\\\w+)", made):  # it writes what it does not know as it stands
        raise FormulaError(f"no formula: {latex[:60]} (unknown: {unknown.group(1)})")
    return made


def or_as_written(latex: str) -> str:
    """What stands in place of a formula that cannot be read."""
    return f"<code>{escape(latex)}</code>"
