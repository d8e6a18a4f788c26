"""TLS before a broker that has none: a door that ends it and passes the bytes on."""

from __future__ import annotations

import socket
import ssl
import subprocess
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Self

from tests.services.kafka import Broker


class InnerBroker(Broker):
    """Stands behind a door: on another address of this machine and the same port."""

    host = "127.0.0.2"


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that vouches for itself, and its key."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    new = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=broker"]
    files = ["-keyout", str(key), "-out", str(certificate), "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*new, *files], check=True, capture_output=True)
    return certificate, key


class Door:
    """Listens with TLS at 127.0.0.1 where the broker listens without.

    A broker tells its clients its own address; here that is the door's, of the same length.
    """

    def __init__(self, broker: InnerBroker, certificate: Path, key: Path) -> None:
        self._broker = broker
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate, key)
        self._socket = socket.create_server(("127.0.0.1", broker.port), backlog=64)
        self.url = f"127.0.0.1:{broker.port}"
        self.passed = 0
        """Bytes of clients that came in by TLS."""

    def __enter__(self) -> Self:
        Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                plain, _ = self._socket.accept()
            except OSError:  # closed
                return
            Thread(target=self._serve, args=(plain,), daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        with (
            suppress(OSError),
            self._context.wrap_socket(plain, server_side=True) as client,
            socket.create_connection((self._broker.host, self._broker.port)) as inner,
        ):
            Thread(target=self._answer, args=(inner, client), daemon=True).start()
            while data := client.recv(65_536):
                self.passed += len(data)
                inner.sendall(data)

    def _answer(self, inner: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while data := inner.recv(65_536):
                client.sendall(data.replace(self._broker.host.encode(), b"127.0.0.1"))
