"""Recommendations: a model's list, its reasons, and the receipt by which the list can be made again."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from movie.api.schemas.common import MovieCard
from movie.api.schemas.events import EVENT_ID, LIST_ID
from movie.predictors.base import LENGTH
from movie.receipts import ListReceipt
from movie.services import MOST_WITHOUT, Reranked, Why
from movie.services import Recommended as Made
from movie.ways import Step, Way
from pytorch_models.base import MAX_K
from pytorch_models.reasons import Measure


class RecommendationsQuery(BaseModel):
    k: int = Field(LENGTH, ge=1, le=MAX_K, description="How many movies.", examples=[10])
    reasons: bool = Field(False, description="Whether each movie comes with its reason.")
    without: list[UUID] = Field(
        default_factory=list,
        max_length=MOST_WITHOUT,
        description="Events of the history to leave out, as if they had never been. Nothing is deleted, and such a "
        "list is not kept.",
    )


class ClickShare(BaseModel):
    """A click that carried the recommendation."""

    movie_id: int = Field(examples=[318])
    title: str = Field(examples=["The Shawshank Redemption"])
    share: float = Field(description="Of all that clicks carried, 0–1.", examples=[0.61])
    together: int | None = Field(description="People who have both; null where the model counts none.", examples=[41])


class PathStep(BaseModel):
    kind: Literal["visitor", "user", "movie", "director", "writer", "cast", "genre"] = Field(examples=["director"])
    text: str = Field(description="In the language of who asks.", examples=["director Frank Darabont"])
    movie_id: int | None = Field(examples=[None])

    @classmethod
    def of(cls, step: Step) -> Self:
        return cls(kind=step.kind, text=str(step), movie_id=int(step.key) if step.kind == "movie" else None)


class Path(BaseModel):
    """A way through the knowledge graph, from the visitor to the movie."""

    steps: list[PathStep]
    share: float = Field(description="Of the strongest path's weight, 0–1.", examples=[1.0])

    @classmethod
    def of(cls, way: Way) -> Self:
        return cls(steps=[PathStep.of(step) for step in way.steps], share=way.share)


class Reason(BaseModel):
    measure: Measure = Field(
        description="What shares are of: what the score loses without the click, the attention on it, the weight of "
        "paths, or nothing of the visitor's own.",
        examples=["leave_one_out"],
    )
    clicks: list[ClickShare] = Field(description="The strongest.")
    more: int = Field(ge=0, description="How many further clicks carried it too.", examples=[2])
    paths: list[Path] = Field(description="The strongest.")
    visitors: int | None = Field(description="Of ‘trending’: how many chose it these days.", examples=[None])

    @classmethod
    def of(cls, why: Why) -> Self:
        clicks = [
            ClickShare(movie_id=each.movie.id, title=each.movie.title, share=each.share, together=each.together)
            for each in why.clicks
        ]
        paths = [Path.of(way) for way in why.paths]
        return cls(measure=why.measure, clicks=clicks, more=why.more, paths=paths, visitors=why.visitors)


class ReasonAsked(BaseModel):
    model: str = Field(examples=["ngcf"])
    movie: MovieCard
    reason: Reason | None = Field(description="null where the model cannot say.")


class Recommendation(BaseModel):
    rank: int = Field(ge=1, examples=[1])
    score: float = Field(description="The model's own; compare it within this list alone.", examples=[3.72])
    movie: MovieCard
    reason: Reason | None = Field(description="Where reasons were asked for and the model gives them with the list.")
    was: int | None = Field(
        description="With `without`: its rank in the list with all clicks; null where it was not there, and in any "
        "other list.",
        examples=[None],
    )


class Gone(BaseModel):
    """In the list with all clicks alone."""

    was: int = Field(ge=1, examples=[4])
    movie: MovieCard


class Recommendations(BaseModel):
    model: str = Field(description="The model that was asked.", examples=["ngcf"])
    state: Literal["ranked", "empty", "unknown", "missing"] = Field(
        description="‘empty’: the visitor has clicked nothing yet; ‘unknown’: nothing that the model knows; "
        "‘missing’: there is no list, not even popularity's.",
        examples=["ranked"],
    )
    made_by: str = Field(description="Whose list it is; popularity's where that stands in.", examples=["ngcf"])
    fell_back: Literal["", "missing", "error", "slow"] = Field(
        description="Why another stands in: the model has no weights, failed, or took too long. Else empty.",
        examples=[""],
    )
    movies: list[Recommendation] = Field(description="Best first.")
    clicks: int = Field(ge=0, description="Clicked movies that the model used.", examples=[3])
    skipped: list[int] = Field(description="Movies of the history that the model does not know.", examples=[[]])
    losses: list[float] = Field(
        description="Of a model that re-trains: the loss before, and after each epoch.",
        examples=[[0.6931, 0.6702, 0.6511, 0.634, 0.62, 0.6084, 0.5987, 0.5906, 0.5838, 0.5781, 0.5733]],
    )
    milliseconds: float | None = Field(description="What the model took; null without a list.", examples=[3.4])
    reasons_milliseconds: float | None = Field(description="What the reasons took beside that.", examples=[None])
    checkpoint: str = Field(description="The hash of the weights.", examples=["9f2c51d0a4e7"])
    trained: datetime | None = Field(description="When the weights were made.", examples=["2026-01-31T03:00:00Z"])
    seed: int | None = Field(description="The same history, weights and seed give the same list.", examples=[0])
    left_out: list[UUID] = Field(description="Of `without`, what was there to leave out.", examples=[[]])
    gone: list[Gone] = Field(description="With `without`: what is in the list with all clicks alone.", examples=[[]])
    list_id: UUID | None = Field(
        description="For clicks on this list; null where it is not kept: with `without`, and for who brings no "
        "cookie yet.",
        examples=[LIST_ID],
    )
    receipt: str | None = Field(description="The list's receipt.", examples=[f"/api/v1/lists/{LIST_ID}"])

    @classmethod
    def of(cls, made: Made, *, model: str, list_id: UUID | None = None, reranked: Reranked | None = None) -> Self:
        """made: a list with `state` other than "no_log"."""
        assert made.state != "no_log"
        answer = made.answer
        return cls(
            model=model,
            state=made.state,
            made_by=made.model,
            fell_back=made.fell_back,
            movies=_ranked(made, reranked),
            clicks=made.clicks,
            skipped=list(answer.skipped) if answer else [],
            losses=list(answer.losses) if answer else [],
            milliseconds=answer.milliseconds if answer else None,
            reasons_milliseconds=made.reasons_ms,
            checkpoint=answer.receipt.checkpoint if answer else "",
            trained=made.trained,
            seed=answer.receipt.seed if answer else None,
            left_out=sorted(reranked.left_out) if reranked else [],
            gone=[Gone(was=each.was, movie=MovieCard.of(each.movie)) for each in reranked.gone] if reranked else [],
            list_id=list_id,
            receipt=f"/api/v1/lists/{list_id}" if list_id else None,
        )


def _ranked(made: Made, reranked: Reranked | None) -> list[Recommendation]:
    scores = {item.movie_id: item.score for item in made.answer.items} if made.answer else {}
    moves = reranked.moves if reranked else {}
    return [
        Recommendation(
            rank=each.rank,
            score=scores[each.movie.id],
            movie=MovieCard.of(each.movie),
            reason=Reason.of(each.why) if each.why else None,
            was=moves[each.movie.id].was if each.movie.id in moves else None,
        )
        for each in made.movies
    ]


class ReceiptPart(BaseModel):
    """A model's part in a list."""

    model: str = Field(examples=["ngcf"])
    checkpoint: str = Field(examples=["9f2c51d0a4e7"])
    trained: str = Field(examples=["2026-01-31T03:00:00+00:00"])
    seed: int = Field(examples=[0])
    k: int = Field(description="How many movies it was asked for.", examples=[10])
    settings: dict[str, Any] = Field(description="The site's, that change its answers.")


class Receipt(BaseModel):
    """How a list came about: what it takes to make the same one again (manage.py replay)."""

    schema_: int = Field(alias="schema", examples=[1])
    list_id: UUID = Field(examples=[LIST_ID])
    owner: str = Field(examples=["visitor#Wm3fZk0eQ2a8s1LJx5pYtA"])
    model: str = Field(examples=["ngcf"])
    instead: str = Field(description="The model that stood in; empty where none had to.", examples=[""])
    at: datetime = Field(examples=["2026-01-31T12:00:00Z"])
    movie_ids: list[int] = Field(examples=[[318, 296]])
    scores: list[str] = Field(description="Exact, as C's %a writes them.", examples=[["0x1.dc28f60000000p+1"]])
    teams: list[str] = Field(description="Where two models made it, whose each movie is.", examples=[[]])
    parts: list[ReceiptPart]
    clicks: list[UUID] = Field(description="The events that were read, newest first.", examples=[[EVENT_ID]])
    passed: list[int] = Field(description="Movies that had been passed over.", examples=[[]])
    seen: str = Field(description="A hash of the movies that were kept out.", examples=["e3b0c44298fc1c14"])
    left_out: list[int] = Field(description="Movies that the catalogue had no more.", examples=[[]])
    versions: dict[str, str]
    machine: str = Field(examples=["x86_64"])

    @classmethod
    def of(cls, receipt: ListReceipt) -> Self:
        return cls.model_validate(receipt.to_json())
