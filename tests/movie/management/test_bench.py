from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from movie.predictors.base import store_of
from pytorch_models.benchmarks import scaling
from pytorch_models.checkpoint import versions_of
from tests.worlds import FIRST_ID

pytestmark = pytest.mark.django_db


def bench(*args: str) -> str:
    out = StringIO()
    call_command("bench", *args, stdout=out)
    return out.getvalue()


def test_retrain_times_modes_and_peers_beside_the_floor(movies: None, weights: None, tmp_path: Path) -> None:
    file = tmp_path / "made" / "retrain.json"
    said = bench(
        *("retrain", "--modes", "visitor,full,reference", "--clicks", "5", "--requests", "4", "--slow-requests", "2"),
        *("--peers", "--reasons", "--profile", "--json", str(file)),
    )
    found = json.loads(file.read_text())
    for key in ("data", "users", "movies", "interactions", "clicks", "floor_ms", "modes", "peers", "versions"):
        assert key in found
    assert (found["data"], found["movies"], found["clicks"]) == ("catalogue", 80, 5)
    assert found["modes"].keys() == {"visitor", "full", "reference"}
    assert found["peers"].keys() == {"als", "item_knn"}
    for figures in (*found["modes"].values(), found["reasons"], *found["peers"].values()):
        assert 0 < figures["p50_ms"] <= figures["p90_ms"] <= figures["p99_ms"]
        assert figures["peak_mb"] is None or figures["peak_mb"] >= 0
    assert found["requests"]["reference"] == 2 and found["requests"]["visitor"] == 4
    assert found["versions"].keys() >= versions_of().keys()
    assert found["floor_own_width"] == 48
    for word in ("floor, 256 wide", "reference", "item_knn", "reasons", "× floor", "tower.retrain"):
        assert word in said


def test_retrain_trains_what_has_no_weights(movies: None) -> None:
    said = bench("retrain", "--epochs", "1", "--clicks", "3", "--requests", "2")
    assert store_of("ngcf").current() is not None
    assert "training ngcf" in said


def test_fidelity_compares_visitor_and_full_and_can_be_repeated(movies: None, tmp_path: Path) -> None:
    first, again = tmp_path / "first.json", tmp_path / "again.json"
    bench("fidelity", "--epochs", "2", "--visitors", "5", "--json", str(first))
    kept = store_of("ngcf", "catalogue-held-out").current()
    assert kept is not None and store_of("ngcf").current() is None
    said = bench("fidelity", "--checkpoint", str(kept), "--visitors", "5", "--json", str(again))
    found, repeated = (json.loads(file.read_text()) for file in (first, again))
    assert found["visitors"] == 5
    assert found["ndcg@10"].keys() == {"visitor", "full"}
    assert found["overlap@10"]["low"] <= found["overlap@10"]["mean"] <= found["overlap@10"]["high"] <= 1
    assert [found[key] for key in ("overlap@10", "ndcg@10", "difference")] == [
        repeated[key] for key in ("overlap@10", "ndcg@10", "difference")
    ]
    assert "visitor less full" in said


def test_fidelity_holds_full_to_reference_too(movies: None, tmp_path: Path) -> None:
    found = tmp_path / "found.json"
    bench("fidelity", "--epochs", "2", "--visitors", "5", "--modes", "full,reference", "--json", str(found))
    read = json.loads(found.read_text())
    assert list(read["ndcg@10"]) == ["full", "reference"] and read["overlap@10"]["mean"] >= 0.98


@pytest.mark.parametrize("modes", ["visitor", "visitor,full,reference", "visitor,fast"])
def test_fidelity_compares_two_modes_that_there_are(modes: str) -> None:
    with pytest.raises(CommandError, match="Expected"):
        bench("fidelity", "--modes", modes)


def test_fidelity_refuses_weights_that_have_seen_its_visitors(movies: None, weights: None) -> None:
    seen = store_of("ngcf").current()
    with pytest.raises(CommandError, match="without the users that seed 0 holds out"):
        bench("fidelity", "--checkpoint", str(seen))


def test_scaling_grows_users_and_movies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("USERS", 100), ("MOVIES", 600), ("INTERACTIONS", 2_000), ("VISITORS", 4)):
        monkeypatch.setattr(scaling, name, value)
    file = tmp_path / "scaling.json"
    said = bench(
        *("scaling", "--users", "1,2", "--movies", "700", "--clicks", "3", "--requests", "3", "--index"),
        *("--json", str(file)),
    )
    sizes = json.loads(file.read_text())["sizes"]
    assert [(size["users"], size["movies"]) for size in sizes] == [(100, 600), (200, 600), (100, 700)]
    assert all(size["index_recall@10"] > 0.9 and size["p50_ms"] > 0 for size in sizes)
    assert "2 × users" in said and "700 movies" in said


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (["retrain", "--modes", "visitor,fast"], "--modes"),
        (["retrain", "--data", "nowhere"], "or a folder"),
        (["retrain", "--clicks", "75"], "some user has"),
        (["retrain", "--requests", "0"], "whole number from 1"),
        (["retrain", "--clicks", "5", "--checkpoint", "nowhere"], "nowhere"),
        (["scaling", "--movies", "many"], "whole number from 1"),
        (["scaling", "--movies", "10"], "Expected 'n_interactions'"),
        ([], "required"),
    ],
)
def test_what_makes_no_sense_is_said(movies: None, args: list[str], expected: str) -> None:
    with pytest.raises(CommandError, match=expected):
        bench(*args)


def test_weights_of_other_movies_are_refused(weights: None, tmp_path: Path) -> None:
    (tmp_path / "train.txt").write_text("".join(f"{user} {FIRST_ID} {FIRST_ID + 1}\n" for user in range(9)))
    with pytest.raises(CommandError, match="expected a checkpoint that knows the 2 movies"):
        bench("retrain", "--data", str(tmp_path), "--checkpoint", str(store_of("ngcf").current()), "--clicks", "2")
