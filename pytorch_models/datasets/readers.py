"""Ratings from files as their publishers lay them out. A bad row is an error that names file, line and column."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
    """Typed and fast; where that fails, once more as text, to tell where the bad row is."""
    dtype = {"user": "int64", "movie": "int64", "rating": "float64", "time": "float64"}
    try:
        frame = _parse(path, layout, dtype)
        if not frame[["rating", "time"]].isna().any(axis=None):
            _check_range(path, layout, frame)
            return frame
    except (ValueError, OverflowError):
        pass
    frame = _parse(path, layout, str, keep_default_na=False, skip_blank_lines=False)
    frame = frame.fillna("")
    frame = frame[(frame != "").any(axis=1)]
    for column, kind in (("user", "text"), ("movie", "whole"), ("rating", "number"), ("time", "number")):
        _check_column(path, layout, frame, column, kind)
    frame = frame.astype({"movie": "int64", "rating": "float64", "time": "float64"})
    _check_range(path, layout, frame)
    return frame


def _parse(path: Path, layout: Layout, dtype: Any, **options: Any) -> pd.DataFrame:
    names = [name or f"_{i}" for i, name in enumerate(layout.columns)]
    used = [name for name in layout.columns if name]
    try:
        frame: pd.DataFrame = pd.read_csv(
            path,
            sep=layout.separator,
            header=None,
            skiprows=1 if layout.header else 0,
            names=names,
            usecols=used,
            index_col=False,
            dtype=dtype,
            quoting=3,  # numbers only, so a quote is a bad row and a line is a row
            **options,
        )
        return frame
    except pd.errors.ParserError as error:
        found = re.search(r"line (\d+)", str(error))
        line = int(found[1]) if found else 0
        raise RatingFileError(path, line, layout.columns[-1], f"expected {len(used)} columns ({error})") from error
    except UnicodeDecodeError as error:
        raise RatingFileError(path, 0, "", f"expected UTF-8 text ({error})") from error


def _check_column(path: Path, layout: Layout, frame: pd.DataFrame, column: str, kind: str) -> None:
    text = frame[column].str.strip()
    numbers = pd.to_numeric(text, errors="coerce")
    tests: dict[str, Callable[[], pd.Series]] = {
        "text": lambda: text != "",
        "number": lambda: numbers.notna() & np.isfinite(numbers),
        "whole": lambda: text.str.fullmatch(r"\d{1,18}"),
    }
    bad = frame.index[~tests[kind]().astype(bool)]
    if len(bad):
        raise _at_row(path, layout, bad[0], column, f"expected a {kind.replace('whole', 'whole number')}", frame)


def _check_range(path: Path, layout: Layout, frame: pd.DataFrame) -> None:
    rating = frame["rating"]
    bad = frame.index[(rating < 0) | (rating > 10)]
    if len(bad):
        raise _at_row(path, layout, bad[0], "rating", "expected a rating from 0 to 10", frame)


def _at_row(path: Path, layout: Layout, row: int, column: str, expected: str, frame: pd.DataFrame) -> RatingFileError:
    got = str(frame.loc[row, column])[:40]
    return RatingFileError(path, int(row) + 1 + layout.header, column, f"{expected} (got '{got}')")


def read_adjacency(paths: list[Path]) -> Interactions:
    """Lines `user movie movie …`, as the published splits of Gowalla and Yelp2018 have them; no stars, no times."""
    users, movies = [], []
    for path in paths:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                tokens = line.split()
                try:
                    row = np.array(tokens, dtype=np.int64)
                except (ValueError, OverflowError):
                    place = next(i for i, token in enumerate(tokens, start=1) if not re.fullmatch(r"\d{1,18}", token))
                    got = tokens[place - 1][:40]
                    raise RatingFileError(
                        path, number, str(place), f"expected a whole number (got '{got}')"
                    ) from None
                if len(row) > 1:
                    users.append(np.full(len(row) - 1, row[0]))
                    movies.append(row[1:])
    if not users:
        raise RatingFileError(paths[0], 1, "1", "expected lines of 'user movie movie …' (got none)")
    return Interactions.of(np.concatenate(users), np.concatenate(movies))
