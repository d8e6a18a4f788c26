"""Servers at their worst: one that takes connections and never answers, and one that answers without end."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from threading import Event, Thread
from typing import Self


class Silent:
    """The kernel takes its connections and what they send; nothing ever comes back."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._socket.close()


class Dribbling(Silent):
    """Sends a byte of an answer every `pause` seconds, so that no wait for bytes is ever long."""

    def __init__(self, pause: float = 0.05) -> None:
        super().__init__()
        self._pause, self._over = pause, Event()

    def __enter__(self) -> Self:
        Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        super().__exit__(*error)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                Thread(target=self._dribble, args=(connection,), daemon=True).start()

    def _dribble(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            while not self._over.is_set():
                connection.sendall(b" ")
                time.sleep(self._pause)
