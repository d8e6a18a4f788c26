"""What editors write: Markdown with formulas, and lines that the site fills with figures and measured results.

The text is cut at those lines. Each piece between them is rendered and sanitised by itself, and what the site puts in
is not, because it wrote it: so nothing that an editor types comes past the sanitiser.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import nh3
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import override
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

from paper_review.rendering import formulas
from paper_review.rendering.formulas import FormulaError, mathml
from paper_review.rendering.shortcodes import CODE, Shortcode, ShortcodeError, missing

logger = logging.getLogger(__name__)
_LINE = re.compile(rf"^{CODE.pattern}[ \t]*$", re.MULTILINE)
TAGS = formulas.TAGS | {
    "h2", "h3", "p", "br", "hr", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a", "img",
    "div", "span", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
ATTRIBUTES = formulas.ATTRIBUTES | {
    "a": {"href", "title"},
    "img": {"src", "alt", "title"},
    "h2": {"id"},
    "h3": {"id"},
    "ol": {"start"},
}
CLASSES = {"span": {"math", "inline"}, "div": {"math", "block"}}


class RenderError(ValueError):
    """A text that the site cannot render whole; the message says where it fails."""


@dataclass(frozen=True)
class Rendered:
    """html, and its headings of the second rank, (id, text), for a table of contents."""

    html: SafeString
    headings: tuple[tuple[str, str], ...]


@lru_cache(maxsize=64)
def review_html(body: str, language: str, *, strict: bool = False) -> Rendered:
    """`body` with figures and words in `language`. What cannot be rendered is said in its place, or, where `strict`,
    raises RenderError: so an editor hears of it, and a reader loses no more than that."""
    body = body.replace("\r\n", "\n")  # as forms send it
    with override(language):
        headings: list[tuple[str, str]] = []
        html = "".join(_pieces(body, headings, strict=strict))
    contents = tuple(heading for heading in headings if heading[1])
    return Rendered(mark_safe(html), contents)  # noqa: S308 (nh3 let nothing else through; the rest is ours)


def _pieces(body: str, headings: list[tuple[str, str]], *, strict: bool) -> Iterator[str]:
    end = 0
    for found in _LINE.finditer(body):
        if Shortcode.of(found).name == "value":
            continue  # a paragraph of one figure
        yield _clean(_markdown(body[end : found.start()], headings, strict=strict))
        yield _filled(Shortcode.of(found), strict=strict)
        end = found.end()
    yield _clean(_markdown(body[end:], headings, strict=strict))


def _filled(code: Shortcode, *, strict: bool) -> str:
    try:
        return code.block()
    except ShortcodeError as error:
        return missing(_problem(error, strict=strict))


def _markdown(text: str, headings: list[tuple[str, str]], *, strict: bool) -> str:
    def formula(latex: str, options: dict[str, bool]) -> str:
        try:
            return mathml(latex, display=options["display_mode"])
        except FormulaError as error:
            _problem(error, strict=strict)
            return formulas.or_as_written(latex)

    def value(found: re.Match[str]) -> str:
        try:
            return Shortcode.of(found).inline()
        except ShortcodeError as error:
            _problem(error, strict=strict)
            return "?"

    markdown = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    markdown.use(dollarmath_plugin, allow_labels=False, allow_space=False, renderer=formula)
    tokens = markdown.parse(CODE.sub(value, text))
    for heading, inline in pairwise(tokens):
        if heading.type == "heading_open" and heading.tag in ("h2", "h3"):
            anchor = f"s{len(headings) + 1}"
            heading.attrSet("id", anchor)
            headings.append((anchor, inline.content if heading.tag == "h2" else ""))
    return str(markdown.renderer.render(tokens, markdown.options, {}))


def _clean(html: str) -> str:
    return nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        allowed_classes=CLASSES,
        attribute_filter=_own_pictures,
        set_tag_attribute_values={"div": {"tabindex": "0"}},  # a long formula scrolls, by keys too
        url_schemes={"http", "https"},
        link_rel="noopener noreferrer",
    )


def _own_pictures(tag: str, name: str, value: str) -> str | None:
    """No picture comes from another host."""
    if tag == "img" and name == "src" and not re.match(r"/(?![/\\])", value):
        return None
    return value


def _problem(error: Exception, *, strict: bool) -> Exception:
    if strict:
        raise RenderError(str(error)) from error
    logger.warning("a review is not whole: %s", error)
    return error
