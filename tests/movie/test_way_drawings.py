from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from itertools import pairwise

from movie.way_drawings import WIDTH, Drawn, Stop, ways

SHORT = Drawn([Stop("Heat"), Stop("director Michael Mann")], 1.0)
PEOPLE = Drawn([Stop("Ronin <1998> & more"), Stop("1204 other people", 1204)], 0.5)
LONG = Drawn([Stop("Alien"), Stop("genre Sci-Fi"), Stop("Blade Runner"), Stop("37 other people", 37)], 0.2)


def drawn(*given: Drawn) -> ET.Element:
    return ET.fromstring(ways("w", "Collateral", given, title="A <title>", description="Heat → Mann & co"))


def of_class(svg: ET.Element, name: str) -> list[ET.Element]:
    return [element for element in svg.iter() if element.get("class") == name]


def texts(svg: ET.Element) -> str:
    return " ".join(element.text for element in svg.iter() if element.text)


def test_each_stop_is_drawn_and_people_are_counted() -> None:
    svg = drawn(SHORT, PEOPLE, LONG)
    assert (
        len(of_class(svg, "click")) == 4 and len(of_class(svg, "entity")) == 2 and len(of_class(svg, "people")) == 2
    )
    assert len(of_class(svg, "movie")) == len(of_class(svg, "visitor")) == 1
    assert all(word in texts(svg) for word in ("Heat", "Blade Runner", "Collateral", "1,204", "37", "Michael"))
    assert "<1998>" in texts(svg)


def test_an_edge_is_the_thicker_the_more_its_way_weighs() -> None:
    svg = drawn(SHORT, PEOPLE, LONG)
    thick = [float(edge.get("stroke-width", "0")) for edge in of_class(svg, "edge")]
    assert thick == [5.0] * 3 + [3.0] * 3 + [1.8] * 5


def test_everything_is_within_the_picture_and_no_two_rows_meet() -> None:
    svg = drawn(SHORT, LONG, PEOPLE)
    high = float(svg.get("height", "0"))
    boxes = [*of_class(svg, "click"), *of_class(svg, "entity"), *of_class(svg, "movie")]
    for box in boxes:
        left, top = float(box.get("x", "0")), float(box.get("y", "0"))
        assert left >= 0 and left + float(box.get("width", "0")) <= WIDTH
        assert top >= 0 and top + float(box.get("height", "0")) <= high
    rows = sorted((float(b.get("y", "0")), float(b.get("height", "0"))) for b in of_class(svg, "click"))
    assert all(top + tall <= below for (top, tall), (below, _) in pairwise(rows))
    for edge in of_class(svg, "edge"):
        numbers = list(map(float, re.findall(r"-?[\d.]+", edge.get("d", ""))))
        assert all(0 <= x <= WIDTH for x in numbers[::2]) and all(0 <= y <= high for y in numbers[1::2])


def test_it_is_told_to_who_cannot_see_it_and_has_no_style_of_its_own() -> None:
    svg = drawn(SHORT)
    title, description = list(svg)[:2]
    assert svg.get("role") == "img" and svg.get("aria-labelledby") == "w-title w-description"
    assert (title.text, description.text) == ("A <title>", "Heat → Mann & co")
    assert not any("style" in element.attrib or element.tag in ("style", "script") for element in svg.iter())
