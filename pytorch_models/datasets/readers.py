"""Ratings from files as their publishers lay them out. A bad row is an error that names file, line and column."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from pytorch_models.datasets.interactions import Interactions


class RatingFileError(ValueError):
    """A file of ratings that cannot be read; the message names file, line and column."""

    def __init__(self, path: Path, line: int, column: str, reason: str) -> None:
        super().__init__(f"{path}, line {line}, column '{column}': {reason}")


@dataclass(frozen=True)
class Layout:
    """A table of ratings. columns: in the file's order, `user`, `movie`, `rating` and `time`, "" to pass over.

    milliseconds: what one unit of `time` is.
    """

    file: str
    separator: str
    columns: tuple[str, ...]
    header: bool
    milliseconds: int = 1000


LAYOUTS = (
    # MovieLens latest, 20M, 25M, 32M
    Layout("ratings.csv", ",", ("user", "movie", "rating", "time"), header=True),
    # MovieLens 1M, 10M and MovieTweetings: fields stand between "::", so every second ":"-field is empty
    Layout("ratings.dat", ":", ("user", "", "movie", "", "rating", "", "time"), header=False),
    # MovieLens 100K
    Layout("u.data", "\t", ("user", "movie", "rating", "time"), header=False),
    # RecBole's atomic files
    Layout("*.inter", "\t", ("user", "movie", "rating", "time"), header=True),
    # KMRD
    Layout("rates.csv", ",", ("user", "movie", "rating", "time"), header=True),
)


def read_folder(folder: Path) -> Interactions:
    """All ratings below `folder`, in the first layout of LAYOUTS found there, or adjacency lists (`*.txt`).

    Raises FileNotFoundError where there is none, RatingFileError where one has a bad row.
    """
    for layout in LAYOUTS:
        for path in sorted(folder.glob(layout.file)):
            return read_table(path, layout)
    lists = sorted(path for path in folder.glob("*.txt") if not path.name.lower().startswith("readme"))
    lists = [path for path in lists if path.name in ("train.txt", "test.txt")] or lists
    if lists:
        return read_adjacency(lists)
    expected = ", ".join(layout.file for layout in LAYOUTS)
    raise FileNotFoundError(f"{folder}: expected one of {expected}, or adjacency lists (train.txt, …)")


def read_table(path: Path, layout: Layout) -> Interactions:
    """One table of ratings. Ratings above 5 tell a scale of ten; else stars of five, which are doubled."""
    frame = _read(path, layout)
    rating = frame["rating"].to_numpy(np.float64)
    scale = 1 if len(rating) and rating.max() > 5 else 2
    star = np.clip(np.rint(rating * scale), 1, 10).astype(np.int8)
    at = frame["time"].to_numpy(np.float64).astype(np.int64) * layout.milliseconds
    return Interactions.of(frame["user"].to_numpy(), frame["movie"].to_numpy(np.int64), star=star, at=at)


def _read(path: Path, layout: Layout) -> pd.DataFrame:
    """Typed and fast where every row is good; else line by line, which tells where the bad one is."""
    try:
        frame = _parse(path, layout)
        n_separators = (len(layout.columns) - 1) * (len(frame) + layout.header)
        good = frame["rating"].between(0, 10) & np.isfinite(frame["time"]) & (frame["movie"] >= 0)
        if len(frame) and good.all() and _count(path, layout.separator) == n_separators:
            return frame
    except (ValueError, OverflowError):
        pass
    return _scan(path, layout)


def _parse(path: Path, layout: Layout) -> pd.DataFrame:
    frame: pd.DataFrame = pd.read_csv(
        path,
        sep=layout.separator,
        header=None,
        skiprows=1 if layout.header else 0,
        names=[name or f"_{i}" for i, name in enumerate(layout.columns)],
        usecols=[name for name in layout.columns if name],
        index_col=False,
        dtype={"user": "int64", "movie": "int64", "rating": "float64", "time": "float64"},
        quoting=3,  # numbers only, so a quote is a bad row and a line is a row
    )
    return frame


def _count(path: Path, separator: str) -> int:
    with path.open("rb") as file:
        return sum(block.count(separator.encode()) for block in iter(lambda: file.read(1 << 20), b""))


_FORMS = {
    "user": (r"\S.*", "an id"),
    "movie": (r"\d{1,18}", "a whole number"),
    "rating": (r"\d+(\.\d*)?", "a number from 0 to 10"),
    "time": (r"\d{1,15}(\.\d*)?", "a time in seconds"),
}


def _scan(path: Path, layout: Layout) -> pd.DataFrame:
    """Row by row, blank lines passed over. Raises RatingFileError at the first bad row."""
    rows = []
    with path.open(encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip() and not (layout.header and number == 1):
                rows.append(_row(path, layout, number, line.rstrip("\r\n")))
    if not rows:
        raise RatingFileError(path, 1, layout.columns[0], "expected rows of ratings (got none)")
    frame = pd.DataFrame(rows, columns=[name for name in layout.columns if name])
    if frame["user"].str.fullmatch(r"\d{1,18}").all():
        frame["user"] = frame["user"].astype("int64")
    return frame.astype({"movie": "int64", "rating": "float64", "time": "float64"})


def _row(path: Path, layout: Layout, number: int, line: str) -> list[str]:
    fields = line.split(layout.separator)
    named = [(name, field.strip()) for name, field in zip(layout.columns, fields, strict=False) if name]
    for name, field in named:
        form, expected = _FORMS[name]
        if not re.fullmatch(form, field) or (name == "rating" and float(field) > 10):
            raise RatingFileError(path, number, name, f"expected {expected} (got '{field[:40]}')")
    if len(fields) != len(layout.columns):
        missing = layout.columns[min(len(fields), len(layout.columns) - 1)]
        expected = f"expected {len([name for name in layout.columns if name])} fields"
        raise RatingFileError(path, number, missing, f"{expected} (got '{line[:60]}')")
    return [field for _, field in named]


def read_adjacency(paths: list[Path], *, in_order: bool = False) -> Interactions:
    """Lines `user movie movie …`, as the published splits of Gowalla and Yelp2018 have them; no stars, no times.

    in_order: a movie's time is its place in the line, 1, 2, …; not where every line ascends, which tells no order.
    """
    users, movies = [], []
    for path in paths:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                tokens = line.split()
                for place, token in enumerate(tokens, start=1):
                    if not (token.isascii() and token.isdigit() and len(token) < 19):
                        raise RatingFileError(
                            path, number, str(place), f"expected a whole number (got '{token[:40]}')"
                        )
                row = np.array(tokens, dtype=np.int64)
                if len(row) > 1:
                    users.append(np.full(len(row) - 1, row[0]))
                    movies.append(row[1:])
    if not users:
        raise RatingFileError(paths[0], 1, "1", "expected lines of 'user movie movie …' (got none)")
    told = in_order and any((np.diff(line) < 0).any() for line in movies)
    places = np.concatenate([np.arange(1, len(line) + 1) for line in movies]) if told else None
    return Interactions.of(np.concatenate(users), np.concatenate(movies), at=places)
