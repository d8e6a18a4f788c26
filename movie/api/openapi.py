"""The description of the API at /api/v1/openapi.json: ninja's, completed by what this site does to every answer."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from movie.api.answers import fails, problem_responses, problem_schemas
from movie.api.problems import as_json
from movie.api.site import api

A_MINUTE = 60
ABOUT = """\
What the site's pages show and do, as JSON, by the same code.

**Who asks.** A visitor is known by the cookie `visitor`, which the first answer sets; who is signed in, by the
site's session. Both are the site's own: nobody reads another's history, stars or lists.

**Changing something** needs the header `X-CSRFToken`, with a token that `GET /api/v1/me` gives, and over HTTPS a
`Referer` or `Origin` of this site; bodies are JSON. Visitors may send as much as by the site's forms, and more is
answered 429.

**Problems** come in one form, `application/problem+json` (RFC 9457), in Korean or English as `Accept-Language` or the
site's own choice of language says.

**Asking again** costs little: answers to GET have an `ETag`, and 304 answers `If-None-Match`.
"""
TAGS = {
    "movies": "The catalogue, and finding something in it.",
    "recommendations": "The models' lists for the visitor.",
    "clicks and stars": "What the visitor does and says.",
    "lists": "What who is signed in wants to watch, and has seen.",
    "history": "What the visitor did.",
    "about": "Who asks, and what can go wrong.",
}
CSRF = "csrfToken"
TOKEN = {
    "type": "apiKey",
    "in": "header",
    "name": "X-CSRFToken",
    "description": "What GET /api/v1/me gives; it goes with the cookie that the same answer sets.",
}
VISITOR = {
    "type": "apiKey",
    "in": "cookie",
    "name": "visitor",
    "description": "Whose history it is; without it the answer is to a new visitor, and sets it.",
}
NOT_MODIFIED = {"description": "Nothing has changed since the answer whose ETag stands in If-None-Match."}
ETAG = {"ETag": {"description": "Changes with the answer.", "schema": {"type": "string"}}}


@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    response = HttpResponse(_written(), content_type="application/json")
    response["Cache-Control"] = f"public, max-age={A_MINUTE}"
    return response


@cache
def _written() -> bytes:
    return as_json(description(), indent=1)


def description() -> dict[str, Any]:
    """OpenAPI 3.1 of all of it."""
    made: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema()))
    made["info"] |= {"description": ABOUT, "license": {"name": "MIT", "identifier": "MIT"}}
    made["servers"] = [{"url": "/", "description": "This site"}]
    made["tags"] = [{"name": name, "description": about} for name, about in TAGS.items()]
    made["components"]["schemas"] |= problem_schemas()
    made["components"]["responses"] = problem_responses()
    made["components"]["securitySchemes"] = {CSRF: TOKEN, "visitor": VISITOR}
    for operations in made["paths"].values():
        for method, operation in operations.items():
            _complete(method, operation)
    return made


def _complete(method: str, operation: dict[str, Any]) -> None:
    """What holds for every operation that reads, or changes something, or takes parameters or a body."""
    operation["parameters"] = [_parameter(each) for each in operation["parameters"]]
    statuses = []
    if operation["parameters"] or "requestBody" in operation:
        statuses.append(422)
    if "requestBody" in operation:
        statuses += [400, 413, 415]
    if method == "get":
        operation["security"] = [{}, {"visitor": []}]
        operation["responses"]["304"] = NOT_MODIFIED
        operation["responses"]["200"]["headers"] = ETAG
    else:
        operation["security"] = [{CSRF: []}]
        statuses += [403, 429]
    operation["responses"] = dict(sorted((operation["responses"] | fails(*statuses)["responses"]).items()))


def _parameter(found: dict[str, Any]) -> dict[str, Any]:
    """What may be left out is no null, which an address cannot say; and examples stand in the schema."""
    schema = dict(found["schema"])
    for choice in schema.pop("anyOf", []):
        schema |= {} if choice == {"type": "null"} else choice
    if schema.get("default", "") is None:
        del schema["default"]
    parameter = {name: value for name, value in found.items() if name != "examples"} | {"schema": schema}
    return parameter | ({"description": schema["description"]} if "description" in schema else {})
