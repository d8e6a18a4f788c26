from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client


@dataclass
class API:
    """Asks as a script does: JSON there and back."""

    client: Client

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1/{path}", query)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        return self.client.generic(
            method, f"/api/v1/{path}", *_json(body), headers={"Accept": "application/json", **headers}
        )

    def click(self, *movie_ids: int) -> list[str]:
        """Returns the events' ids."""
        answers = [self.send("POST", "clicks", {"movie_id": movie_id}) for movie_id in movie_ids]
        assert [answer.status_code for answer in answers] == [201] * len(movie_ids)
        return [answer.json()["event_id"] for answer in answers]


def _json(body: Any) -> tuple[bytes, str]:
    if body is None:
        return b"", "application/octet-stream"
    return (body if isinstance(body, bytes) else json.dumps(body).encode()), "application/json"


@pytest.fixture
def api(client: Client) -> API:
    return API(client)
