"""One list by two models, of which clicks say which is better. Which model picked which movie is not on the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID, uuid4

from django.conf import settings

from movie import selectors
from movie.models import Movie
from movie.predictors.base import LENGTH
from movie.predictors.registry import PREDICTORS, predictor
from movie.services.fallback import FellBack, tried
from movie.services.reasons import Why, told
from movie.services.recommending import Ranked, Recommended, history_of
from movie.visitors import Visitor
from pytorch_models.base import Answer
from pytorch_models.evaluation.interleaving import drafted
from pytorch_models.history import History

MIX = "mix"
"""What the page is called where a model's name stands: in its address, in clicks, in lists."""
DEPTH = 2 * LENGTH
"""How many movies each is asked for: a draft ends with the shorter ranking, which the other's picks use up too."""


@dataclass(frozen=True)
class Mixed(Recommended):
    """A list by two models. list_id: what the draft's coins come from, so that it can be drawn again."""

    list_id: UUID = field(default_factory=uuid4)
    answers: dict[str, Answer] = field(default_factory=dict)
    """The two, by the model's name."""
    teams: tuple[str, ...] = ()
    """By rank, the name of the model whose pick it is."""
    asked: int = DEPTH


def mixable() -> list[str]:
    """Those of MIX_MODELS that the site has; the first two with weights are mixed."""
    return [name for name in settings.MIX_MODELS if name in PREDICTORS]


def recommend_mix(*, visitor: Visitor, list_id: UUID) -> Recommended:
    """Ten movies for the visitor, picked in turns by two models. Raises ClickLogError."""
    history = history_of(visitor)
    if not history.events:
        return Recommended("empty", [])
    answers, skipped = _answers(history)
    if len(answers) < 2:
        return Recommended("missing", [], skipped=skipped)
    if not all(answer.items for answer in answers.values()):
        return Recommended("unknown", [])
    ids = list(dict.fromkeys(movie_id for answer in answers.values() for movie_id in answer.movie_ids))
    movies = _by_id(ids)
    rankings = {name: [each for each in answer.movie_ids if each in movies] for name, answer in answers.items()}
    picks = drafted(rankings, k=LENGTH, seed=list_id.int)
    reasons = _reasons(history, picks, movies)
    return Mixed(
        "ranked",
        [Ranked(rank, movies[movie_id], reasons.get(movie_id)) for rank, (movie_id, _) in enumerate(picks, start=1)],
        clicks=max(answer.clicks for answer in answers.values()),
        history=history,
        list_id=list_id,
        answers=answers,
        teams=tuple(team for _, team in picks),
        skipped=skipped,
        left_out=tuple(movie_id for movie_id in ids if movie_id not in movies),
    )


def _reasons(history: History, picks: Sequence[tuple[int, str]], movies: Mapping[int, Movie]) -> dict[int, Why]:
    """Why each movie, as the model that picked it says; in no case where one of the two gives no reasons at once.

    Only which clicks carried it: paths, counts and how it was measured would tell whose pick it is.
    """
    teams = sorted({team for _, team in picks})
    if not all(predictor(team).explains_at_once for team in teams):
        return {}
    told_by = [told(team, history, [movie_id for movie_id, by in picks if by == team]) for team in teams]
    if not all(each.reasons for each in told_by):
        return {}
    known = {**_by_id([movie_id for each in told_by for movie_id in each.movie_ids]), **movies}
    found = [each.why(movies[movie_id], known) for each in told_by for movie_id in each.reasons]
    return {why.movie.id: _blind(why) for why in found if why}


def _blind(why: Why) -> Why:
    return Why(why.movie, "leave_one_out", [replace(click, together=None) for click in why.clicks])


def _by_id(ids: Sequence[int]) -> dict[int, Movie]:
    return {movie.id: movie for movie in selectors.movies_in_order(ids=list(dict.fromkeys(ids)))}


def _answers(history: History) -> tuple[dict[str, Answer], list[tuple[str, FellBack]]]:
    """Of the first two models that can answer; and the labels of those before them that cannot, each with why."""
    answers: dict[str, Answer] = {}
    skipped: list[tuple[str, FellBack]] = []
    for name in mixable():
        found = tried(name, history, k=DEPTH)
        if isinstance(found, Answer):
            answers[name] = found
        else:
            skipped.append((PREDICTORS[name].label, found))
        if len(answers) == 2:
            break
    return answers, skipped
