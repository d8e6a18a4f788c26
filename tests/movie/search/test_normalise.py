from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from movie.search.normalise import LONGEST, are_initials, form, initials, ways_to_write, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Amélie", "amelie"),
        ("WALL·E", "walle"),
        ("Ocean's Eleven", "oceanseleven"),
        ("Ｍａｔｒｉｘ", "matrix"),
        ("Straße", "strasse"),
        ("Smørrebrød", "smorrebrod"),
        ("Fast & Furious", "fastandfurious"),
        ("Matrix, The", "thematrix"),
        ("매트릭스", "ㅁㅐㅌㅡㄹㅣㄱㅅㅡ"),
        ("닭", "ㄷㅏㄹㄱ"),
        ("ㅁㅌㄹㅅ", "ㅁㅌㄹㅅ"),
        ("!!!", "!!!"),
        ("", ""),
    ],
)
def test_a_name_is_compared_by_its_letters_alone(text: str, expected: str) -> None:
    assert form(text) == expected


@pytest.mark.parametrize("begun", ["ㅁ", "매", "매ㅌ", "매트", "매틀", "매트리", "매트릭"])
def test_a_title_that_is_being_typed_is_the_beginning_of_the_whole(begun: str) -> None:
    assert form("매트릭스").startswith(form(begun)) or begun == "매틀"  # ㅌㅡㄹ, on the way to 트리
    assert form("매틀") == form("매트ㄹ")


def test_a_name_with_an_article_is_written_in_two_ways() -> None:
    assert ways_to_write("The Matrix") == [["the", "matrix"], ["matrix"]]
    assert ways_to_write("Matrix, The") == [["the", "matrix"], ["matrix"]]
    assert ways_to_write("L'Atalante") == [["latalante"], ["atalante"]]
    assert ways_to_write("Theater") == [["theater"]]
    assert ways_to_write("A") == [["a"]]


def test_initials_are_those_of_korean_syllables() -> None:
    assert initials("살인의 추억") == ["ㅅㅇㅇ", "ㅊㅇ"]
    assert initials("기생충 2") == ["ㄱㅅㅊ", "2"]
    assert initials("Parasite") == []
    assert are_initials(form("ㅁㅌㄹㅅ")) and are_initials(form("ㄳ"))
    assert not are_initials(form("마")) and not are_initials("2012") and not are_initials("")


@given(st.text(max_size=1_200))
def test_whatever_is_typed_has_a_form_of_bounded_length(text: str) -> None:
    assert len(form(text)) <= LONGEST and all(words(text))
