"""A list made again from its receipt: bit for bit, also by another process; or what is missing, by name."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from pytest_django import Settings

from movie import receipts, services
from movie.clicks import click_log
from movie.clicks.base import ClickEvent, new_event_id
from movie.events import journal
from movie.models import ListShown, Movie
from movie.predictors.base import store_of
from movie.predictors.ngcf_predictor import ngcf_predictor
from movie.visitors import Visitor
from pytorch_models.checkpoint import FACTS, WEIGHTS
from pytorch_models.ngcf.recommender import NGCFRecommender
from tests.movie import second
from tests.movie.predictors.test_ngcf_predictor import add_other
from tests.movie.services.test_lists import click_in, list_id, ten
from tests.movie.views.test_history import click
from tests.worlds import FIRST_ID

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[3]
SAME = "The same 10 movies, with the same scores to the last bit."


@pytest.fixture
def shown(client: Client, movies: None, weights: None, visitor: Visitor) -> str:
    """A list whose making took all there is: clicks, a star, a hidden movie, movies passed over."""
    click(client, FIRST_ID, FIRST_ID + 3, FIRST_ID + 3, FIRST_ID + 7)
    now = datetime.now(UTC) - timedelta(seconds=60)
    for n, (kind, star) in enumerate([("star", 9), ("star", 3), ("hide", None)]):
        event_id = new_event_id(at=now, entropy=bytes([n] * 10))
        journal.click(ClickEvent(event_id, visitor.id, FIRST_ID + 7 + n, now, kind=kind, star=star))
    click_in(client, ten(client), 4)
    found = list_id(ten(client))
    row = ListShown.objects.get(list_id=found)
    # Of two clicks on a movie the newer alone; of one with a click and a star both.
    assert len(row.receipt["passed"]) == 3 and len(row.receipt["clicks"]) == 7
    return found


def replay(what: object) -> str:
    out = StringIO()
    call_command("replay", str(what), stdout=out)
    return out.getvalue()


def receipt_file(client: Client, shown: str, folder: Path, **changes: Any) -> Path:
    path = folder / "receipt.json"
    path.write_text(json.dumps(client.get(f"/movie/receipt/{shown}/").json() | changes))
    return path


def test_by_its_id_and_by_its_receipt_the_list_comes_out_the_same(client: Client, shown: str, tmp_path: Path) -> None:
    ngcf_predictor.forget()
    for what in (shown, receipt_file(client, shown, tmp_path)):
        said = replay(what)
        assert SAME in said and "Note" not in said and said.count("  =  ") == 10


@pytest.mark.django_db(transaction=True)
def test_another_process_makes_the_same_list(client: Client, shown: str, tmp_path: Path) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("the other process is given a file")
    url = f"sqlite:///{connection.settings_dict['NAME']}"
    done = subprocess.run(
        [sys.executable, "manage.py", "replay", shown],
        cwd=ROOT,
        env={**os.environ, "VAR_DIR": str(tmp_path), "DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert SAME in done.stdout, done.stdout + done.stderr


def test_a_list_of_two_models_comes_out_the_same(
    client: Client, movies: None, weights: None, visitor: Visitor, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    second.register(monkeypatch)
    second.train()
    settings.MIX_MODELS = ["ngcf", "second"]
    click(client, FIRST_ID, FIRST_ID + 3)
    for _ in range(3):
        shown = list_id(client.get("/movie/mix/").content.decode())
        assert SAME in replay(shown)


def test_a_deleted_click_is_missed(client: Client, visitor: Visitor, shown: str) -> None:
    oldest = click_log().history(visitor.owner, limit=99)[-1]
    client.post("/movie/history/remove/", {"event_id": oldest.event_id})
    with pytest.raises(CommandError, match="1 of the 7 clicks that it was made of are gone"):
        replay(shown)


def test_after_the_history_was_deleted_a_receipt_that_was_kept_says_so(
    client: Client, shown: str, tmp_path: Path
) -> None:
    kept = receipt_file(client, shown, tmp_path)
    client.post("/movie/history/clear/")
    with pytest.raises(CommandError, match="7 of the 7 clicks that it was made of are gone"):
        replay(kept)
    with pytest.raises(CommandError, match=r"no list .*: it was deleted with its visitor's history, or expired"):
        replay(shown)


def test_a_receipt_that_was_kept_is_good_also_after_signing_in(
    client: Client, visitor: Visitor, shown: str, tmp_path: Path
) -> None:
    kept = receipt_file(client, shown, tmp_path)
    services.history_merge(visitor=visitor, user_id="kim")
    said = replay(kept)
    assert SAME in said and "Note" not in said


def test_older_weights_that_are_kept_still_make_the_list(shown: str, trained: NGCFRecommender) -> None:
    add_other(store_of("ngcf"), trained)
    ngcf_predictor.forget()
    assert SAME in replay(shown)


def test_weights_that_are_gone_are_missed_by_their_hash(shown: str, trained: NGCFRecommender) -> None:
    old = ngcf_predictor.recommender().checkpoint
    others = [json.loads((add_other(store_of("ngcf"), trained, bias=b) / FACTS).read_text()) for b in (1.0, 2.0, 3.0)]
    left = ", ".join(facts["files"][WEIGHTS][:12] for facts in others)
    with pytest.raises(CommandError, match=rf"the weights {old} of ngcf, made .*, are gone \(kept: {left}\)"):
        replay(shown)


def test_everything_that_is_missing_is_said_at_once(
    client: Client, visitor: Visitor, shown: str, settings: Settings
) -> None:
    client.post("/movie/history/remove/", {"event_id": click_log().history(visitor.owner, limit=1)[0].event_id})
    shutil.rmtree(store_of("ngcf").root)
    settings.NGCF_RETRAIN = "full"
    with pytest.raises(CommandError) as error:
        replay(shown)
    for words in (
        "clicks that it was made of are gone",
        r"are gone (kept: none)",
        "NGCF_RETRAIN was visitor, and is full",
    ):
        assert words in str(error.value)


def test_damaged_weights_are_said(shown: str) -> None:
    current = store_of("ngcf").current()
    assert current is not None
    (current / WEIGHTS).write_bytes(b"damaged")
    with pytest.raises(CommandError, match="of ngcf are damaged"):
        replay(shown)


def test_other_versions_and_machines_are_noted(shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receipts, "versions", lambda: {"torch": "99", "dgl": "1"})
    monkeypatch.setattr(receipts, "machine", lambda: "abacus")
    said = replay(shown)
    assert "and is 99." in said and "and is abacus." in said and SAME in said


def test_a_list_that_comes_out_otherwise_says_so(client: Client, shown: str, tmp_path: Path) -> None:
    scores = client.get(f"/movie/receipt/{shown}/").json()["scores"]
    another = (float.fromhex(scores[2]) + 1e-6).hex()
    made_up = receipt_file(client, shown, tmp_path, scores=[*scores[:2], another, *scores[3:]])
    out = StringIO()
    with pytest.raises(CommandError, match="comes out otherwise"):
        call_command("replay", str(made_up), stdout=out)
    assert out.getvalue().count("  ≠  ") == 1 and "another receipt of this list than the one given" in out.getvalue()


def test_a_movie_that_the_catalogue_had_no_more_is_left_out_again(
    client: Client, movies: None, weights: None, visitor: Visitor
) -> None:
    click(client, FIRST_ID)
    Movie.objects.filter(id=ngcf_predictor.predict([FIRST_ID])[4]).delete()
    shown = list_id(ten(client))
    assert "The same 9 movies" in replay(shown)


def test_movies_older_than_what_the_models_read_stay_out_again(
    client: Client, movies: None, weights: None, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("movie.services.recommending", "pytorch_models.history"):
        monkeypatch.setattr(f"{module}.NEWEST_MOVIES", 2)
    older = ngcf_predictor.predict([FIRST_ID, FIRST_ID + 1])[0]
    click(client, older, FIRST_ID, FIRST_ID + 1)
    shown = list_id(ten(client))
    row = ListShown.objects.get()
    assert older not in row.movie_ids and len(row.receipt["clicks"]) == 2
    ListShown.objects.update(at=datetime.now(UTC) + timedelta(milliseconds=1))
    assert SAME in replay(shown)
    [gone] = [event for event in click_log().every(visitor.owner) if event.movie_id == older]
    client.post("/movie/history/remove/", {"event_id": gone.event_id})
    with pytest.raises(CommandError, match="older clicks are gone that only kept their movies out"):
        replay(shown)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "expected a receipt's file or a list's id"),
        ("[]", "'schema' 1"),
        ('{"schema": 2}', "'schema' 1"),
        ('{"schema": 1, "clicks": []}', "differs in: at, "),
    ],
)
def test_what_is_no_receipt_is_refused(db: None, tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "receipt.json"
    path.write_text(text)
    with pytest.raises(CommandError, match=said):
        replay(path)


@pytest.mark.parametrize(
    "changes",
    [
        {"clicks": ["x"]},
        {"scores": ["x"] * 10},
        {"scores": ["0x1p+0"]},
        {"teams": ["ngcf"] * 10},
        {"movie_ids": ["a"]},
        {"parts": [{"model": "ngcf"}]},
        {"parts": [3]},
        {"at": 5},
    ],
)
def test_a_receipt_with_a_field_that_makes_no_sense_is_refused(
    client: Client, shown: str, tmp_path: Path, changes: dict[str, Any]
) -> None:
    with pytest.raises(CommandError, match="expected a receipt as the site wrote it"):
        replay(receipt_file(client, shown, tmp_path, **changes))


def test_what_is_neither_a_file_nor_a_list_is_said(db: None) -> None:
    with pytest.raises(CommandError, match="expected a receipt's file or a list's id"):
        replay("nowhere.json")
    with pytest.raises(CommandError, match="no list"):
        replay(uuid4())


def test_a_model_that_the_site_has_no_more_is_missed(client: Client, shown: str, tmp_path: Path) -> None:
    part = client.get(f"/movie/receipt/{shown}/").json()["parts"][0]
    for changed, said in [({"model": "tower"}, "no model tower"), ({"checkpoint": ""}, "ngcf keeps no weights")]:
        with pytest.raises(CommandError, match=said):
            replay(receipt_file(client, shown, tmp_path, parts=[part | changed]))


def test_the_receipt_names_what_the_list_was_made_with(client: Client, visitor: Visitor, shown: str) -> None:
    receipt = client.get(f"/movie/receipt/{shown}/").json()
    [part] = receipt["parts"]
    assert part["checkpoint"] == ngcf_predictor.recommender().checkpoint and part["seed"] == 0 and part["k"] == 10
    assert part["settings"] == {"NGCF_RETRAIN": "visitor", "NGCF_INDEX": False}
    assert receipt["versions"].keys() == {"python", "torch", "numpy", "dgl", "scipy"} and receipt["machine"]
    logged = {event.event_id for event in click_log().every(visitor.owner)}
    assert {UUID(each) for each in receipt["clicks"]} < logged
