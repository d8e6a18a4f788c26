from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from movie.drawings import WIDTH, Way, Words, neighbourhood, sparkline

WORDS = Words("You", "Your clicks", "Have both", "The movie")
WAYS = [Way("Heat", 0.6, 37), Way("Ronin <1998> & more", 0.3, 1_204), Way("Alien", 0.1, 0)]


def drawn(ways: list[Way], movie: str = "Collateral") -> ET.Element:
    return ET.fromstring(neighbourhood("g", movie, ways, WORDS, title="A <title>", description="Heat: 60 %"))


def texts(svg: ET.Element) -> list[str]:
    return [element.text for element in svg.iter() if element.text]


def of_class(svg: ET.Element, name: str) -> list[ET.Element]:
    return [element for element in svg.iter() if element.get("class") == name]


def test_the_graph_has_each_click_its_people_and_the_movie() -> None:
    svg = drawn(WAYS)
    assert {"Heat", "Alien", "Collateral", "37", "1,204"} <= set(texts(svg))
    assert "0" not in texts(svg)
    assert len(of_class(svg, "click")) == 3 and len(of_class(svg, "people")) == 2
    assert len(of_class(svg, "movie")) == len(of_class(svg, "visitor")) == 1


def test_an_edge_is_as_thick_as_its_click_carried() -> None:
    thick = [float(edge.get("stroke-width", "0")) for edge in of_class(drawn(WAYS), "edge")]
    assert thick == sorted(thick, reverse=True)  # three edges through people, three, then two past them
    assert len(thick) == 3 + 3 + 2 and thick[0] == thick[2] > thick[3] > thick[7] > 0


def test_a_click_without_people_in_common_goes_past_them_dashed_and_one_uncounted_does_not() -> None:
    nobody, uncounted = drawn([Way("Alien", 1.0, 0)]), drawn([Way("Alien", 1.0, None)])
    for svg, dashed in ((nobody, 1), (uncounted, 0)):
        assert not of_class(svg, "people") and "Have both" not in texts(svg)
        assert sum(edge.get("stroke-dasharray") != "none" for edge in of_class(svg, "edge")) == dashed


def test_edges_begin_and_end_at_what_they_join() -> None:
    svg = drawn(WAYS)
    [movie] = of_class(svg, "movie")
    clicks = of_class(svg, "click")
    ends = [tuple(map(float, re.findall(r"[\d.]+", edge.get("d", ""))[-2:])) for edge in of_class(svg, "edge")]
    middle = float(movie.get("y", "0")) + float(movie.get("height", "0")) / 2
    assert ends.count((float(movie.get("x", "0")), middle)) == 3
    for click in clicks:
        left = (float(click.get("x", "0")), float(click.get("y", "0")) + float(click.get("height", "0")) / 2)
        assert any(end == pytest.approx(left) for end in ends)


def test_a_drawing_says_in_words_what_it_shows() -> None:
    svg = drawn(WAYS)
    assert svg.get("role") == "img"
    by_id = {element.get("id"): element.text for element in svg.iter() if element.get("id")}
    assert [by_id[name] for name in (svg.get("aria-labelledby") or "").split()] == ["A <title>", "Heat: 60 %"]


def test_no_style_stands_in_an_attribute() -> None:
    for text in (
        neighbourhood("g", "B", WAYS, WORDS, title="", description=""),
        sparkline("s", [1, 2], title="", description=""),
    ):
        assert "style=" not in text and "<script" not in text


@given(
    st.lists(
        st.tuples(
            st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["C"]), max_size=80),
            st.floats(0, 1),
            st.none() | st.integers(0, 10**6),
        ),
        max_size=4,
    )
)
def test_every_drawing_is_well_formed_and_nothing_leaves_it(ways: list[tuple[str, float, int | None]]) -> None:
    svg = drawn(
        [Way(*way) for way in ways], movie="반지의 제왕: 반지 원정대와 아주 긴 부제가 있는 영화 이름 그리고 더"
    )
    height = float((svg.get("viewBox") or "").split()[3])
    for box in (*of_class(svg, "click"), *of_class(svg, "movie")):
        x, y, wide, high = (float(box.get(name, "0")) for name in ("x", "y", "width", "height"))
        assert x >= 0 and x + wide <= WIDTH and y >= 0 and y + high <= height


def test_the_sparkline_goes_from_the_first_value_to_the_last() -> None:
    svg = ET.fromstring(sparkline("loss", [0.9, 0.5, 0.6, 0.1], title="The loss", description="0.9 → 0.1"))
    [line] = of_class(svg, "line")
    points = [tuple(map(float, point.split(","))) for point in (line.get("points") or "").split()]
    assert [x for x, _ in points] == sorted(x for x, _ in points) and len(points) == 4
    heights = [y for _, y in points]
    assert heights[0] == min(heights) and heights[-1] == max(heights) and heights[1] > heights[2]
    [now] = of_class(svg, "now")
    assert (float(now.get("cx", "0")), float(now.get("cy", "0"))) == points[-1]


def test_a_loss_that_stays_is_a_level_line() -> None:
    svg = ET.fromstring(sparkline("loss", [0.5] * 3, title="", description=""))
    assert len({point.split(",")[1] for point in (of_class(svg, "line")[0].get("points") or "").split()}) == 1
