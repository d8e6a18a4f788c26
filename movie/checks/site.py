"""What `manage.py check` says where data or weights are missing or do not fit together, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Info, Tags, Warning, register
from django.db import DatabaseError

from movie import selectors
from movie.models import Movie
from movie.predictors.base import store_of
from movie.predictors.registry import OWN, trained
from movie.search.index import is_missing
from pytorch_models.checkpoint import MOVIE_IDS, CheckpointError, read_facts
from pytorch_models.datasets.id_map import IdMap

SERVABLE_SHARE = 0.5
"""A checkpoint must know this share of the catalogue, and the catalogue this share of the checkpoint."""


@register(Tags.database)
def check_catalogue(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    if not databases:
        return []
    try:
        if is_missing():
            hint = "run: python manage.py index_movies"
            return [Warning("Search finds nothing: it has no index", hint=hint, id="movie.W016")]
        if Movie.objects.exists():
            return []
    except DatabaseError as error:
        # No error: `migrate` itself runs this check, and an error would stop it from making them.
        return [
            Warning(
                f"The database has no tables yet ({error})", hint="run: python manage.py migrate", id="movie.W004"
            )
        ]
    return [Warning("The catalogue is empty", hint="run: python manage.py load_movies", id="movie.W001")]


@register(Tags.models)
def check_weights(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """The site's own model is needed; where another has no weights, popularity stands in, and that is only told."""
    messages: list[CheckMessage] = []
    missing = [name for name in trained() if store_of(name).current() is None]
    if OWN in missing:
        hint = f"run: python manage.py train {OWN}"
        messages.append(Warning(f"{OWN.upper()} weights not found", hint=hint, id="movie.W002"))
    if others := [name.upper() for name in missing if name != OWN]:
        told = f"No weights yet of {', '.join(others)}; popularity stands in"
        messages.append(Info(told, hint="run: python manage.py train all", id="movie.I001"))
    return messages + [message for name in trained() for message in _unreadable(name)]


def _unreadable(name: str) -> list[CheckMessage]:
    current = store_of(name).current()
    try:
        if current is not None:
            read_facts(current)
    except CheckpointError as error:
        # No error: an upgrade whose weights are of the version before must get past `migrate`, which runs this check.
        said = f"{name.upper()} weights cannot be read: {error}"
        return [Warning(said, hint=f"run: python manage.py train {name}", id="movie.W009")]
    return []


@register(Tags.database)
def check_weights_fit_catalogue(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    if not databases:
        return []
    messages: list[CheckMessage] = []
    for name in trained():
        current = store_of(name).current()
        try:
            if current is None or not Movie.objects.exists():
                continue
            known = IdMap.load(current / MOVIE_IDS)
            ids = selectors.movie_ids()
        except (DatabaseError, OSError, ValueError):
            continue  # the checks above speak of it
        shared = int((known.idx_of(ids) >= 0).sum())
        if shared < SERVABLE_SHARE * min(len(ids), len(known)):
            messages.append(
                Warning(
                    f"{name.upper()} was trained on other movies: it knows {shared} of the catalogue's {len(ids)}",
                    hint=f"run: python manage.py train {name}",
                    id="movie.W003",
                )
            )
    return messages
