"""What becomes of Markdown: formulas, figures and tables in reviews; in both it and comments nothing that acts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paper_review.figures import FIGURES
from paper_review.rendering import RenderError, comment_html, review_html
from paper_review.rendering.comments import TAGS
from paper_review.rendering.formulas import TAGS as FORMULA_TAGS
from tests.paper_review.pages import elements

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><style>*{display:none}</style></svg>",
    "<iframe src='https://evil.example'></iframe>",
    "<a href='javascript:alert(1)'>x</a>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java&#115;cript:alert(1))",
    "[x](&#x6A;avascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](vbscript:msgbox)",
    "[x](//evil.example/)",
    "<javascript:alert(1)>",
    "![x](https://evil.example/pixel.png)",
    "![x](//evil.example/pixel.png)",
    "![x](/\\evil.example/pixel.png)",
    "![x](data:image/svg+xml,<svg onload=alert(1)>)",
    '[x](https://a.example "onmouseover=alert(1) x=")',
    '[x](https://a.example/"onmouseover=alert(1))',
    "`<script>alert(1)</script>`",
    "```\n</code></pre><script>alert(1)</script>\n```",
    "[ref]: javascript:alert(1)\n\n[x][ref]",
    "<details open ontoggle=alert(1)>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<!--><img src=x onerror=alert(1)>-->",
    "\0<scr\0ipt>alert(1)</scr\0ipt>",
    "<form action=https://evil.example><input name=password>",
]
FORMULAS = [
    r"$\text{<script>alert(1)</script>}$",
    r"$\text{<img src=x onerror=alert(1)>}$",
    r"$\href{javascript:alert(1)}{x}$",
    r"$\style{position:fixed}{x}$",
    "$$\n\\text{</math><script>alert(1)</script>}\n$$",
]


@pytest.mark.parametrize("hostile", [*HOSTILE, *FORMULAS])
def test_nothing_of_a_comment_acts(hostile: str) -> None:
    for element in elements(comment_html(hostile)):
        assert element.tag in TAGS
        assert set(element.attributes) <= {"href", "rel"}
        assert element.attributes.get("href", "https://").startswith(("https://", "http://"))


@given(
    st.lists(st.sampled_from([*HOSTILE, "\n\n", "> ", "* ", "**", "`", "<", ">", '"', "[", "](", ")"]), max_size=6)
)
def test_nothing_acts_however_it_is_put_together(parts: list[str]) -> None:
    for element in elements(comment_html("".join(parts))):
        assert element.tag in TAGS and set(element.attributes) <= {"href", "rel"}


def test_a_link_in_a_comment_is_not_ours() -> None:
    [_, link] = elements(comment_html("[a](https://a.example/?x=1&y=2)"))
    assert link.attributes["href"] == "https://a.example/?x=1&y=2"
    assert {"nofollow", "ugc", "noopener", "noreferrer"} == set(link.attributes["rel"].split())


def test_a_comment_keeps_what_it_may_have() -> None:
    html = comment_html(
        "**b** *i* `c`\nnext\n\n> q\n\n1. one\n\n- two\n\n```\nx < y\n```\n\n# no heading\n\n<b>&</b>"
    )
    for part in (
        "<strong>b</strong>",
        "<em>i</em>",
        "<code>c</code><br>",
        "<blockquote>",
        "<ol>",
        "<ul>",
        "x &lt; y",
    ):
        assert part in html
    assert "# no heading" in html and "&lt;b&gt;&amp;&lt;/b&gt;" in html


@pytest.mark.parametrize("hostile", [*HOSTILE, *FORMULAS])
def test_nothing_of_a_review_acts_either(hostile: str) -> None:
    for element in elements(review_html(hostile, "en").html):
        assert element.tag not in {"script", "style", "iframe", "svg", "form", "input", "object", "embed", "details"}
        assert not [name for name in element.attributes if name.startswith("on") or name == "style"]
        assert not element.attributes.get("href", "").lower().startswith(("javascript", "data", "vbscript"))
        source = element.attributes.get("src", "/")
        assert element.tag != "img" or source == "" or (source[0] == "/" and source[1:2] not in ("/", "\\"))


def test_a_formula_is_mathml_made_on_the_server() -> None:
    html = review_html("So $a_i$ and\n\n$$\\frac{1}{\\sqrt{n}} \\sum_i x_i$$\n", "en", strict=True).html
    tags = [element.tag for element in elements(html)]
    assert tags.count("math") == 2 and {"msub", "mfrac", "msqrt", "munder"} <= set(tags)
    assert set(tags) - {"p", "span", "div"} <= FORMULA_TAGS and "$" not in html
    assert [e.attributes["display"] for e in elements(html) if e.tag == "math"] == ["inline", "block"]


def test_a_review_has_its_headings_for_a_table_of_contents() -> None:
    rendered = review_html("## One\n\ntext\n\n### in it\n\n## Two `x`\n", "en")
    assert [text for _, text in rendered.headings] == ["One", "Two `x`"]
    for anchor, _ in rendered.headings:
        assert f'<h2 id="{anchor}">' in rendered.html


@pytest.mark.parametrize(
    "wrong",
    [
        '{{ figure "nothing" }}',
        '{{ table "x" }}',
        '{{ results "movielens-100k" group="all clicks" models="nobody" }}',
        '{{ results "nowhere" group="all clicks" models="ngcf" }}',
        '{{ results "../../secret" group="all clicks" models="ngcf" }}',
        '{{ results "movielens-100k" group="two clicks" models="ngcf" }}',
        '{{ results "movielens-100k" models="ngcf" }}',
        '{{ results "movielens-100k" group="all clicks" models="ngcf" colour="red" }}',
        'It is {{ value "movielens-100k" group="all clicks" model="ngcf" column="size" }}.',
        "$a_{$",
        "$\\nosuchthing x$",
    ],
)
def test_what_cannot_be_put_in_is_told_to_the_editor_and_costs_the_reader_no_more_than_that(wrong: str) -> None:
    with pytest.raises(RenderError):
        review_html(wrong, "en", strict=True)
    assert "<p>after</p>" in review_html(f"{wrong}\n\nafter", "en").html


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_drawn_with_words_for_who_cannot_see_it(name: str, language: str) -> None:
    html = review_html(f'{{{{ figure "{name}" }}}}', language, strict=True).html
    found = elements(html)
    [svg] = [element for element in found if element.tag == "svg"]
    labels = set(svg.attributes["aria-labelledby"].split())
    assert svg.attributes["role"] == "img" and labels == {e.attributes["id"] for e in found if "id" in e.attributes}
    assert {"title", "desc", "figcaption", "text"} <= {element.tag for element in found}
    assert not [element for element in found if "style" in element.attributes or "fill" in element.attributes]
    assert any("가" <= letter <= "힣" for letter in html) == (language == "ko")
