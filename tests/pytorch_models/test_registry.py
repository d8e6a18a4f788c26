from __future__ import annotations

from dataclasses import asdict

import pytest

from pytorch_models.base import Recommender
from pytorch_models.datasets.knowledge import Knowledge
from pytorch_models.registry import MODELS, contestants, make, with_knowledge


@pytest.mark.parametrize("name", MODELS)
def test_every_entry_can_be_made_with_its_settings_and_says_what_it_is(name: str) -> None:
    made, entry = make(name), MODELS[name]
    assert isinstance(made, Recommender) and made.movies is None
    assert asdict(made.config).items() >= dict(entry.settings).items()
    assert entry.about


def test_each_is_made_afresh() -> None:
    assert make("ease") is not make("ease")


def test_one_that_shares_weights_follows_the_one_whose_they_are() -> None:
    found = contestants(["ngcf_tower", "popularity", "ngcf", "ngcf_alone"])
    assert [each.name for each in found] == ["ngcf", "ngcf_tower", "popularity", "ngcf_alone"]
    assert [each.of for each in found] == ["", "ngcf", "", "ngcf"]
    assert found[1].settings == {"retrain_epochs": 0}
    assert type(found[0].make()) is type(make("ngcf"))


def test_every_entry_that_shares_weights_names_one_of_the_same_class_that_has_its_own() -> None:
    for entry in MODELS.values():
        if entry.of:
            assert MODELS[entry.of].path == entry.path and not MODELS[entry.of].of


def test_a_name_given_twice_is_one_contestant() -> None:
    assert [each.name for each in contestants(["ease", "ease"])] == ["ease"]


def test_an_unknown_name_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="nobody"):
        contestants(["ease", "nobody"])
    with pytest.raises(KeyError, match="nobody"):
        make("nobody")


def test_what_is_known_of_the_movies_is_obtained_once_and_only_for_who_reads_it() -> None:
    asked: list[Knowledge] = []

    def obtain() -> Knowledge:
        asked.append(Knowledge.of([(1, "genre", "Drama")]))
        return asked[-1]

    ease, kprn = with_knowledge(contestants(["ease", "kprn"]), obtain)
    assert len(ease.make().knowledge) == 0 and asked == []
    assert kprn.make().knowledge is kprn.make().knowledge is asked[0] and len(asked) == 1
