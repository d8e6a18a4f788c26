from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from pytorch_models.ngcf.config import NGCFConfig
from pytorch_models.registry import PAPER, SASREC_GROUP, contestants, with_settings
from pytorch_models.settings import parse_settings


def test_values_are_read_by_the_types_of_the_config() -> None:
    told = ["embedding_size=128", "layers=64,32", "learning_rate=5e-3", "normalise=false", "input_share=.1,.9"]
    assert replace(NGCFConfig(), **parse_settings(NGCFConfig(), told)) == replace(
        NGCFConfig(),
        embedding_size=128,
        layers=(64, 32),
        learning_rate=0.005,
        normalise=False,
        input_share=(0.1, 0.9),
    )


def test_a_tuple_of_any_length_may_be_empty() -> None:
    assert parse_settings(NGCFConfig(), ["layers="]) == {"layers": ()}


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("embedding=128", "embedding_size"),
        ("embedding_size", "name=value"),
        ("embedding_size=1.5", "'embedding_size' to be a whole number"),
        ("learning_rate=fast", "'learning_rate' to be a number"),
        ("normalise=1", "'normalise' to be true or false"),
        ("input_share=.5", "'input_share' to be 2 values"),
        ("layers=64,wide", "'layers' to be a whole number"),
    ],
)
def test_what_is_not_a_setting_or_not_of_its_type_is_named(told: str, expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        parse_settings(NGCFConfig(), [told])


def test_a_model_without_settings_says_there_are_none() -> None:
    @dataclass(frozen=True)
    class NoConfig:
        pass

    with pytest.raises(ValueError, match=r"among none .got 'a=1'"):
        parse_settings(NoConfig(), ["a=1"])


def test_told_settings_are_those_of_the_one_model_that_is_fitted() -> None:
    told = with_settings(contestants(["ngcf", "ngcf_alone"]), ["embedding_size=32"])
    assert [each.name for each in told] == ["ngcf", "ngcf_alone"]
    assert told[0].make().config.embedding_size == 32
    with pytest.raises(ValueError, match="one model"):
        with_settings(contestants(["ngcf", "ease"]), ["embedding_size=32"])


def test_told_settings_come_on_top_of_those_of_the_entry() -> None:
    (paper,) = with_settings(contestants(["ngcf"], PAPER), ["layers=32"])
    assert paper.make().config == replace(NGCFConfig(), **PAPER["ngcf"].settings, layers=(32,))
    (sasrec,) = with_settings(contestants(["reach 3"], SASREC_GROUP), ["epochs=2"])
    assert (sasrec.make().config.reach, sasrec.make().config.epochs) == (3, 2)
