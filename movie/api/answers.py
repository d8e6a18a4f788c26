"""Which problems an operation may answer with, as OpenAPI says it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import override
from pydantic.json_schema import JsonSchemaMode

from movie.api.problems import ADDRESS, CONTENT_TYPE, KINDS, TRY_AGAIN_SECONDS, Kind
from movie.api.schemas.common import Problem

REF = "#/components/schemas/{model}"
SERIALIZED: JsonSchemaMode = "serialization"
WAITS = {429: 30, 503: TRY_AGAIN_SECONDS}
"""Statuses that come with Retry-After, and an example of its seconds."""


def fails(*statuses: int) -> dict[str, Any]:
    """For `openapi_extra`: these are possible beside what `movie.api.openapi` adds to every operation of the kind."""
    return {"responses": {str(status): {"$ref": f"#/components/responses/Problem{status}"} for status in statuses}}


AS_CSV_TOO: dict[str, Any] = {"responses": {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}}
"""For `openapi_extra`, likewise; the number is ninja's key, the answer's JSON stands there already."""


def problem_schemas() -> dict[str, Any]:
    made = Problem.model_json_schema(ref_template=REF, mode=SERIALIZED)
    return {**made.pop("$defs"), "Problem": made}


def problem_responses() -> dict[str, Any]:
    """What `fails` refers to, with an example of every kind."""
    with override("en"):
        return {f"Problem{status}": _response(status) for status in sorted({kind.status for kind in KINDS.values()})}


def _response(status: int) -> dict[str, Any]:
    kinds = {name: kind for name, kind in KINDS.items() if kind.status == status}
    described: dict[str, Any] = {
        "description": "; or: ".join(str(kind.title) for kind in kinds.values()),
        "content": {
            CONTENT_TYPE: {
                "schema": {"$ref": REF.format(model="Problem")},
                "examples": {name: {"value": _example(name, kind)} for name, kind in kinds.items()},
            }
        },
    }
    if status in WAITS:
        seconds = {"type": "integer", "minimum": 1, "examples": [WAITS[status]]}
        described["headers"] = {
            "Retry-After": {"description": "Seconds to wait.", "required": True, "schema": seconds}
        }
    return described


def _example(name: str, kind: Kind) -> dict[str, Any]:
    more: dict[str, dict[str, Any]] = {
        "invalid": {"errors": [{"where": "body.star", "message": "Expected at most 10."}]},
        "wrong-clock": {"now": 1790000000000},
    }
    said = {"type": f"{ADDRESS}#{name}", "title": str(kind.title), "status": kind.status, "detail": str(kind.meaning)}
    return said | more.get(name, {})
