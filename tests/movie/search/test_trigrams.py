from __future__ import annotations

from movie.search.normalise import words
from movie.search.trigrams import EXACT, PREFIX, likeness, most_shared, pack, trigrams, trigrams_of_name, unpack


def near(query: str, name: str) -> float:
    return likeness("".join(words(query)), "".join(words(name)), words(name))


def test_a_name_has_the_trigrams_of_all_of_it_and_of_the_beginning_of_each_word() -> None:
    assert trigrams("up") == {"^^u", "^up"}
    assert trigrams_of_name(["pulp", "up"]) == {"^^p", "^pu", "pul", "ulp", "lpu", "pup", "^^u", "^up"}


def test_ids_come_back_in_order() -> None:
    assert unpack(pack([70_000, 3, 3, 1])).tolist() == [1, 3, 70_000]
    assert unpack(pack([])).tolist() == []


def test_ids_in_more_lists_come_first_and_the_lower_among_equals() -> None:
    assert most_shared([pack([1, 5, 9]), pack([5, 9]), pack([2])], most=3) == [5, 9, 1]
    assert most_shared([], most=3) == []


def test_exact_comes_before_the_beginning_and_that_before_what_is_like_it() -> None:
    assert near("star wars", "Star-Wars") == EXACT
    assert near("star", "Star Wars") == PREFIX
    assert near("wars", "Star Wars") == 0.91  # 4 of 4 trigrams; 2·4 / (4 + 10) = .571 by Dice: .8 + .2·.571 = .914
    assert 0.5 <= near("메트릭스", "매트릭스") < 1


def test_a_slip_in_a_short_word_is_one_edit() -> None:
    assert near("mtarix", "matrix") == 0.83  # 1 − 1/6
    assert near("zebra", "matrix") < 0.3


def test_another_number_is_not_like_a_number() -> None:
    assert near("2003", "2012") == 0 and near("2012", "2012") == EXACT
    assert 0.5 < near("2049", "Blade Runner 2049") < PREFIX
