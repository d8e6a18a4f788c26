"""The description says everything, and what it shows as an example is one."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from django.test import Client
from django.urls import URLResolver
from pytest_django.live_server_helper import LiveServer
from schemathesis.specs.openapi.definitions import OPENAPI_31

from movie.api import urls
from tests.worlds import FIRST_ID

ROOT = Path(__file__).resolve().parents[3]
UNSAFE = ("post", "put", "delete")


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    response = Client().get("/api/v1/openapi.json")
    assert response["Content-Type"] == "application/json" and "public" in response["Cache-Control"]
    found: dict[str, Any] = response.json()
    return found


def operations(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_it_is_openapi_3_1(described: dict[str, Any]) -> None:
    jsonschema_rs.validator_for(OPENAPI_31).validate(described)
    assert described["openapi"].startswith("3.1.") and described["info"]["title"] == "Movie Graph"


def test_every_address_of_the_api_is_in_it(described: dict[str, Any]) -> None:
    every = [each for each in urls.urlpatterns if isinstance(each, URLResolver)]
    inner = next(each for each in every if each.namespace == "api")
    routes = {re.sub(r"<(\w+)>", r"{\1}", f"/api/v1/{each.pattern}") for each in inner.url_patterns}
    assert routes - {"/api/v1/"} == set(described["paths"])


def test_every_operation_says_what_it_is_and_each_answer(described: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(described)]
    assert len(names) == len(set(names))
    for path, method, operation in operations(described):
        answers = operation["responses"]
        assert operation["summary"] and operation["description"] and operation["tags"], path
        assert any(status.startswith("2") for status in answers), path
        assert {"403", "429"} <= set(answers) if method in UNSAFE else "304" in answers, path
        assert "422" in answers or not (operation["parameters"] or "requestBody" in operation), path
        assert {"400", "413", "415"} <= set(answers) or "requestBody" not in operation, path
        for status, answer in answers.items():
            assert status.startswith(("2", "3")) or answer == {"$ref": f"#/components/responses/Problem{status}"}


def test_every_parameter_and_field_says_what_it_means_or_shows_it(described: dict[str, Any]) -> None:
    for path, _, operation in operations(described):
        for parameter in operation["parameters"]:
            schema = parameter["schema"]
            assert parameter.get("description") or schema.get("examples") or schema.get("enum"), (path, parameter)
    for name, schema in described["components"]["schemas"].items():
        for field, about in schema["properties"].items():
            said = about.keys() & {"description", "examples", "$ref", "items", "anyOf", "additionalProperties"}
            assert said, (name, field)


def test_every_example_is_one(described: dict[str, Any]) -> None:
    checked = 0
    for schema in described["components"]["schemas"].values():
        for field in schema["properties"].values():
            whole = {**field, "components": described["components"]}
            for example in field.get("examples", []):
                jsonschema_rs.validator_for(whole, validate_formats=True).validate(example)
                checked += 1
    problem = {"$ref": "#/components/schemas/Problem", "components": described["components"]}
    for response in described["components"]["responses"].values():
        for example in response["content"]["application/problem+json"]["examples"].values():
            jsonschema_rs.validator_for(problem).validate(example["value"])
            checked += 1
    assert checked > 80


def test_its_page_has_no_script_or_style_in_it_and_loads_none_from_elsewhere(db: None, client: Client) -> None:
    response = client.get("/api/v1/docs")
    html = response.content.decode()
    assert "swagger-ui-bundle" in html and 'data-schema="/api/v1/openapi.json"' in html and "data-csrf=" in html
    assert html.count("<script") == html.count("<script src=") and "<style" not in html and " style=" not in html
    assert not re.findall(r'(?:src|rel="stylesheet" href)="(?:https?:)?//', html)
    assert "'unsafe-inline'" not in response["Content-Security-Policy"]
    assert client.get("/api/v1/").status_code == 302


@pytest.mark.django_db(transaction=True)
def test_the_examples_of_the_guide_run(movies: None, weights: None, live_server: LiveServer, tmp_path: Path) -> None:
    scripts = re.findall(r"```sh\n(.*?)```", (ROOT / "docs/api.md").read_text(), re.DOTALL)
    assert len(scripts) == 3
    answers = []
    for script in scripts:
        here = script.replace("http://127.0.0.1:8000", live_server.url).replace("movies/318", f"movies/{FIRST_ID}")
        ran = subprocess.run(["bash", "-c", here], cwd=tmp_path, capture_output=True, text=True, check=True)
        answers.append(json.loads(ran.stdout))
    assert answers[0]["movies"][0]["title"] == "Heat <&>"
    assert (answers[1]["movie_id"], answers[1]["star"]) == (FIRST_ID, 9)
    assert len(answers[2]["movies"]) == 5 and len(answers[2]["losses"]) == 11 and answers[2]["movies"][0]["reason"]
