from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from office.charts import HEIGHT, Bar, bars, ceiling, whiskers

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize(
    ("most", "top"), [(0, 2), (1, 2), (2, 2), (3, 5), (6, 10), (11, 20), (20, 20), (21, 50), (999, 1000)]
)
def test_an_axis_ends_at_a_round_number(most: int, top: int) -> None:
    assert ceiling(most) == top


def test_bars_are_as_high_as_their_values_and_stand_on_one_line() -> None:
    svg = ET.fromstring(bars("x", [Bar(n, f"d{n}", f"told {n}") for n in (0, 5, 10)], title="T", description="D"))
    drawn = list(svg.iter("rect"))
    heights = [float(rect.attrib["height"]) for rect in drawn]
    assert heights[0] == 0 and heights[2] == pytest.approx(2 * heights[1], abs=0.1)
    assert {round(float(r.attrib["y"]) + float(r.attrib["height"])) for r in drawn} == {HEIGHT - 28}
    assert [rect.find("title").text for rect in drawn] == ["told 0", "told 5", "told 10"]  # type: ignore[union-attr]
    assert svg.attrib["aria-labelledby"] == "x-title x-description" and svg.attrib["role"] == "img"


def test_nothing_at_all_is_an_empty_chart() -> None:
    svg = ET.fromstring(bars("x", [Bar(0, "d", "t")] * 30, title="T", description="D"))
    assert [rect.attrib["height"] for rect in svg.iter("rect")] == ["0.0"] * 30
    assert 5 <= len([text for text in svg.iter("text") if text.attrib["class"] == "label"]) <= 7


def test_what_is_written_into_a_chart_is_escaped() -> None:
    assert "<script>" not in bars("x", [Bar(1, "<script>", "<script>")], title="<script>", description="&")


def test_whiskers_stand_at_their_shares() -> None:
    svg = ET.fromstring(whiskers("x", 0.2, 0.1, 0.4, 0.4, title="T"))
    _, span = svg.iter("line")
    mean = svg.find("circle")
    assert mean is not None
    at = {name: float(span.attrib[name]) for name in ("x1", "x2")} | {"mean": float(mean.attrib["cx"])}
    assert at == {"x1": 32, "x2": 116, "mean": 60}
