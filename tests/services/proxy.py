"""What no server here does by itself: an HTTP proxy before DynamoDB that counts, throttles and leaves items unprocessed."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any, Self

Answer = tuple[int, dict[str, Any]]
Forward = Callable[[dict[str, Any]], Answer]


class Proxy:
    """Passes requests on to `upstream`, or lets `meddle(operation, body, forward)` answer them; notes all in `seen`."""

    def __init__(self, upstream: str) -> None:
        self.upstream, self.seen = upstream, list[str]()
        self.meddle: Callable[[str, dict[str, Any], Forward], Answer] = lambda operation, body, forward: forward(body)
        self._lock = Lock()
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, answer = proxy.answer(self.headers["X-Amz-Target"], body, dict(self.headers))
                content = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/x-amz-json-1.0")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def answer(self, target: str, body: bytes, headers: dict[str, str]) -> Answer:
        operation = target.rpartition(".")[2]
        with self._lock:
            self.seen.append(operation)
        names = ("X-Amz-Target", "Content-Type", "Authorization", "X-Amz-Date")
        kept = {name: headers[name] for name in names if name in headers}

        def forward(changed: dict[str, Any]) -> Answer:
            request = urllib.request.Request(self.upstream, json.dumps(changed).encode(), kept)
            try:
                with urllib.request.urlopen(request) as response:
                    return response.status, json.load(response)
            except urllib.error.HTTPError as error:
                return error.code, json.load(error)

        return self.meddle(operation, json.loads(body), forward)

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def refusal(code: str, status: int = 400) -> Answer:
    """An error as DynamoDB words it."""
    return status, {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "made by a test"}
