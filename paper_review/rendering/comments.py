"""What readers write: emphasis, code, quotes, lists and links; no HTML, no pictures, no headings."""

from __future__ import annotations

from functools import lru_cache

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

TAGS = {"p", "br", "em", "strong", "code", "pre", "blockquote", "ul", "ol", "li", "a"}
_markdown = MarkdownIt("commonmark", {"html": False, "breaks": True, "maxNesting": 12}).disable(
    ["image", "heading", "lheading", "html_block", "html_inline", "reference", "hr"]
)


@lru_cache(maxsize=1024)
def comment_html(body: str) -> SafeString:
    """`body` as HTML. Links lead to http and https alone, and tell search engines that they are not ours."""
    html = nh3.clean(
        _markdown.render(body),
        tags=TAGS,
        attributes={"a": {"href"}, "*": set()},  # without it, nh3 lets a title and a language through
        url_schemes={"http", "https"},
        url_relative="deny",
        link_rel="nofollow ugc noopener noreferrer",
    )
    return mark_safe(html)  # noqa: S308 (nh3 let nothing else through)
