from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from pytorch_models.checkpoint import (
    FACTS,
    FORMAT,
    HELD_BACK,
    KEPT,
    MOVIE_IDS,
    WEIGHTS,
    CheckpointError,
    CheckpointStore,
    map_tensors,
    read,
    read_facts,
)
from pytorch_models.ngcf.recommender import NGCFRecommender


@pytest.fixture
def folder(checkpoint: Path, tmp_path: Path) -> Path:
    """A copy of a good checkpoint, to be damaged."""
    return Path(shutil.copytree(checkpoint, tmp_path / "copy"))


def test_its_facts_tell_where_it_came_from(folder: Path) -> None:
    facts = read(folder, model="ngcf").facts
    assert {"model", "config", "data", "users", "versions", "created", "files"} <= facts.keys()


@pytest.mark.parametrize("name", [WEIGHTS, MOVIE_IDS])
def test_a_truncated_file_is_named(folder: Path, name: str) -> None:
    (folder / name).write_bytes((folder / name).read_bytes()[:-1])
    with pytest.raises(CheckpointError, match=f"{name}: expected SHA-256"):
        NGCFRecommender().load(folder)


@pytest.mark.parametrize("name", [WEIGHTS, MOVIE_IDS, FACTS])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(CheckpointError, match=name):
        NGCFRecommender().load(folder)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"format": 0}, f"expected format {FORMAT} "),
        ({"model": "sasrec"}, "expected a checkpoint of 'ngcf' "),
        ({"files": None}, "expected the keys"),
        ({"config": {"nonsense": 1}}, "expected the settings and weights of ngcf"),
    ],
)
def test_a_foreign_or_older_one_is_refused(folder: Path, change: dict[str, object], expected: str) -> None:
    facts = json.loads((folder / FACTS).read_text())
    (folder / FACTS).write_text(json.dumps(facts | change))
    with pytest.raises(CheckpointError, match=expected):
        NGCFRecommender().load(folder)


def test_facts_that_are_no_json_are_refused(folder: Path) -> None:
    (folder / FACTS).write_text("{")
    with pytest.raises(CheckpointError, match=FACTS):
        NGCFRecommender().load(folder)


def test_a_store_serves_the_newest_and_keeps_the_last(trained: NGCFRecommender, tmp_path: Path) -> None:
    store = CheckpointStore(tmp_path)
    assert store.current() is None
    added = [store.add(trained.save) for _ in range(KEPT + 2)]
    assert store.current() == added[-1]
    assert store.folders() == added[-KEPT:]


def test_a_save_that_fails_leaves_nothing_and_the_old_one_serves(
    trained: NGCFRecommender, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = CheckpointStore(tmp_path)
    good = store.add(trained.save)

    def full(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pytorch_models.datasets.id_map.np.save", full)
    with pytest.raises(OSError, match="No space left"):
        store.add(trained.save)
    assert store.current() == good
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([good.name, "current"])


def test_weights_are_views_of_the_file_and_equal_what_was_written(tmp_path: Path) -> None:
    written: dict[str, np.ndarray] = {
        dtype: np.arange(12).astype(dtype).reshape(3, 4) for dtype in ("f8", "f4", "f2", "i8", "i4", "u1")
    }
    written |= {"none": np.empty((0, 4), np.float32), "one": np.full((), 3, np.float32)}
    save_file(written, tmp_path / WEIGHTS)
    mapped = map_tensors(tmp_path / WEIGHTS)
    assert mapped.keys() == written.keys()
    for name, tensor in written.items():
        assert mapped[name].dtype == tensor.dtype
        assert np.array_equal(mapped[name], tensor) and mapped[name].shape == tensor.shape


def test_writing_into_weights_changes_no_file(folder: Path) -> None:
    before = (folder / WEIGHTS).read_bytes()
    mapped = map_tensors(folder / WEIGHTS)
    mapped["item"][:] = 0
    assert (folder / WEIGHTS).read_bytes() == before
    assert map_tensors(folder / WEIGHTS)["item"].any()


@pytest.mark.parametrize("damage", [b"", b"\xff" * 64, (2).to_bytes(8, "little") + b"[]"])
def test_a_file_that_is_no_safetensors_is_refused(folder: Path, damage: bytes) -> None:
    # As someone would leave it who also wrote its hash down.
    (folder / WEIGHTS).write_bytes(damage)
    facts = json.loads((folder / FACTS).read_text())
    facts["files"][WEIGHTS] = hashlib.sha256(damage).hexdigest()
    (folder / FACTS).write_text(json.dumps(facts))
    with pytest.raises(CheckpointError, match="readable weights"):
        read(folder, model="ngcf")


def test_a_store_finds_what_it_keeps_by_hash_and_time_also_where_it_does_not_serve(
    folder: Path, tmp_path: Path
) -> None:
    facts, store = read_facts(folder), CheckpointStore(tmp_path / "store")
    held_back = tmp_path / "held-back"
    shutil.copytree(folder, held_back)
    (held_back / FACTS).write_text(json.dumps(facts | {HELD_BACK: "worse", "created": "then"}))
    first = store.add(lambda to: shutil.copytree(folder, to))
    second = store.add(lambda to: shutil.copytree(held_back, to))
    weights = facts["files"][WEIGHTS][:12]
    assert store.find(weights, created=facts["created"]) == first
    assert store.find(weights, created="then") == second
    assert store.find("0" * 12, created="then") is store.find(weights, created="never") is None
    (store.root / "20000101T000000").mkdir()  # half of one
    assert store.hashes() == [weights, weights]


def test_one_of_another_version_does_not_serve_and_is_not_returned_to(folder: Path, tmp_path: Path) -> None:
    store = CheckpointStore(tmp_path / "store")
    assert not store.serves()
    of_before = store.add(lambda to: shutil.copytree(folder, to))
    assert store.serves()
    (of_before / FACTS).write_text(json.dumps(read_facts(folder) | {"format": 0}))
    assert store.current() == of_before and not store.serves()
    first, second = (store.add(lambda to: shutil.copytree(folder, to)) for _ in range(2))
    assert store.roll_back() == first != second
    with pytest.raises(CheckpointError, match="readable checkpoint older"):
        store.roll_back()
    assert store.current() == first
