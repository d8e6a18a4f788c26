"""schemathesis asks the whole API what its description allows, and what it forbids; both must be as described."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, Phase, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from accounts.models import User
from movie.api.openapi import description
from movie.visitors import Visitor
from tests.movie.api.conftest import API
from tests.worlds import FIRST_ID

EXAMPLES = 12
Credentials = dict[str, Any]


@pytest.fixture
def credentials(client: Client, movies: None, weights: None, visitor: Visitor) -> Credentials:
    """A visitor who clicked three movies and then signed in, with a token to change something by."""
    api = API(client)
    api.click(FIRST_ID, FIRST_ID + 1, FIRST_ID + 45)
    client.force_login(User.objects.create_user("kim"))
    token = api.get("me").json()["csrf_token"]
    return {
        "headers": {"X-CSRFToken": token, "Accept-Encoding": "identity"},
        "cookies": {name: cookie.value for name, cookie in client.cookies.items()},
    }


@pytest.fixture
def one_connection(credentials: Credentials) -> Iterator[None]:
    """The site would close it behind each request, and with it the transaction that the test is in.

    From here on: Django's own client lets it close again behind each of its requests.
    """
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


described = schemathesis.openapi.from_dict(description())
described.app = WSGIHandler()  # the site with its middleware and all


@pytest.mark.django_db
@described.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_as_described(
    case: schemathesis.Case[Any], credentials: Credentials, one_connection: None
) -> None:
    response = case.call(**credentials)
    case.validate_response(
        response,
        headers=credentials["headers"],
        transport_kwargs=dict(credentials),
        excluded_checks=[positive_data_acceptance] if is_late(response) else [],
    )


def is_late(response: schemathesis.Response) -> bool:
    """Whether it was refused for its time, of which a description cannot say when it is right."""
    return response.status_code in (410, 422) and response.json()["type"].endswith(("#too-late", "#wrong-clock"))
