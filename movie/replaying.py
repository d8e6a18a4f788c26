"""A list made again from its receipt, to the last bit. Beside services, because it runs in a command alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from django.conf import settings

from movie import receipts, selectors
from movie.clicks import click_log
from movie.clicks.base import ClickEvent
from movie.predictors.base import store_of
from movie.predictors.registry import PREDICTORS, predictor
from movie.receipts import ListReceipt, Part
from pytorch_models.base import Answer, Recommender
from pytorch_models.benchmarks.measure import one_thread
from pytorch_models.checkpoint import CheckpointError
from pytorch_models.evaluation.interleaving import drafted
from pytorch_models.history import Event, History


class CannotReplayError(Exception):
    """Something that the list was made of is there no more. missing: all that is, a sentence each."""

    def __init__(self, missing: list[str]) -> None:
        super().__init__("; ".join(missing))
        self.missing = missing


@dataclass(frozen=True)
class Replayed:
    """The list as it comes out now. scores: as in the receipt."""

    receipt: ListReceipt
    movie_ids: tuple[int, ...]
    scores: tuple[str, ...]
    differences: tuple[str, ...]
    """What is not as it was when the list was shown, and may be why it comes out otherwise."""

    @property
    def same(self) -> bool:
        """The same movies in the same order with the same scores, bit for bit."""
        return (self.movie_ids, self.scores) == (self.receipt.movie_ids, self.receipt.scores)


def replay(receipt: ListReceipt) -> Replayed:
    """Make the list of `receipt` again, from its clicks and weights. Raises CannotReplayError, ClickLogError."""
    kept = selectors.list_receipt(list_id=receipt.list_id)
    missing: list[str] = []
    history = _history(receipt, kept.owner if kept else receipt.owner, missing)
    models = {part.model: _model(part, missing) for part in receipt.parts}
    found = {name: model for name, model in models.items() if model is not None}
    if missing:
        raise CannotReplayError(missing)
    with one_thread():  # as a server has it: with more, sums are added up in another order
        answers = {part.model: _answer(found[part.model], history, part) for part in receipt.parts}
    picks = _picks(receipt, answers)
    score = {(name, item.movie_id): item.score for name, answer in answers.items() for item in answer.items}
    return Replayed(
        receipt,
        tuple(movie_id for movie_id, _ in picks),
        tuple(score[name, movie_id].hex() for movie_id, name in picks),
        tuple(_differences(receipt, kept)),
    )


def _answer(model: Recommender, history: History, part: Part) -> Answer:
    return model.recommend(history, k=part.k, rng=np.random.default_rng(part.seed))


def _picks(receipt: ListReceipt, answers: Mapping[str, Answer]) -> list[tuple[int, str]]:
    """Movie and model by rank."""
    left_out = set(receipt.left_out)
    rankings = {name: [each for each in made.movie_ids if each not in left_out] for name, made in answers.items()}
    if receipt.teams:
        return drafted(rankings, k=len(receipt.movie_ids), seed=receipt.list_id.int)
    return [(movie_id, name) for name, ranking in rankings.items() for movie_id in ranking]


def _history(receipt: ListReceipt, owner: str, missing: list[str]) -> History:
    """What the models were told, as far as the click log still has it; what it has no more goes to `missing`."""
    events = list(click_log().every(owner))
    by_id = {event.event_id: event for event in events}
    used = [by_id[event_id] for event_id in receipt.clicks if event_id in by_id]
    if gone := len(receipt.clicks) - len(used):
        missing.append(
            f"{gone} of the {len(receipt.clicks)} clicks that it was made of are gone: deleted, or expired"
        )
        return History((), frozenset())
    exclude = _seen(receipt, used, events)
    if exclude is None:
        missing.append(
            "older clicks are gone that only kept their movies out of the list, or marks of movies as seen: deleted, "
            "or expired"
        )
        exclude = frozenset()
    read = tuple(Event(event.movie_id, event.kind, event.star, event.at, event.event_id) for event in used)
    return History(read, exclude, frozenset(receipt.passed))


def _seen(receipt: ListReceipt, used: list[ClickEvent], events: list[ClickEvent]) -> frozenset[int] | None:
    """The movies that were kept out; None where they cannot be told any more."""
    read = frozenset(event.movie_id for event in used)
    before = frozenset(event.movie_id for event in events if event.at <= receipt.at)
    marked = selectors.movies_marked_seen(owner=receipt.owner, by=receipt.at)
    return next(
        (
            movies
            for movies in (read, before, read | marked, before | marked)
            if receipts.digest(movies) == receipt.seen
        ),
        None,
    )


def _model(part: Part, missing: list[str]) -> Recommender | None:
    """The recommender with the part's weights and settings; what of it is there no more goes to `missing`."""
    if part.model not in PREDICTORS:
        missing.append(f"the site has no model {part.model} any more")
        return None
    asked = predictor(part.model)
    now = {name: getattr(settings, name) for name in asked.settings_read}
    missing += [
        f"{name} was {part.settings.get(name)}, and is {now[name]}"
        for name in now
        if now[name] != part.settings.get(name)
    ]
    if not part.checkpoint:
        missing.append(f"{part.model} keeps no weights: its list hangs on what the tables said at that moment")
        return None
    try:
        model: Recommender | None = asked.kept(part.checkpoint, created=part.trained)
    except CheckpointError as error:
        missing.append(f"the weights {part.checkpoint} of {part.model} are damaged: {error}")
        return None
    if model is None:
        missing.append(_gone(part))
    return model


def _gone(part: Part) -> str:
    if not PREDICTORS[part.model].weights:
        return f"{part.model} goes by what the tables say, and that has changed since"
    there = ", ".join(store_of(part.model).hashes()) or "none"
    return f"the weights {part.checkpoint} of {part.model}, made {part.trained}, are gone (kept: {there})"


def _differences(receipt: ListReceipt, kept: ListReceipt | None) -> list[str]:
    here = receipts.versions() | {"machine": receipts.machine()}
    then = receipt.versions | {"machine": receipt.machine}
    said = [f"{name} was {then.get(name)}, and is {now}" for name, now in here.items() if then.get(name) != now]
    if kept is None:
        said.append("the site keeps this list no more")
    elif kept.to_json() | {"owner": receipt.owner} != receipt.to_json():
        said.append("the site keeps another receipt of this list than the one given")
    return said
