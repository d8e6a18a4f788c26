"""A MariaDB server that runs here, which Django speaks to as to MySQL. See .ci/services for what is installed."""

from __future__ import annotations

import getpass
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from tests.services.processes import Server

SMALL = ("--innodb-buffer-pool-size=64M", "--innodb-log-file-size=16M", "--performance-schema=OFF", "--skip-log-bin")
QUICK = ("--innodb-flush-method=nosync", "--innodb-flush-log-at-trx-commit=2")
"""Written at each commit, so that nothing is lost with the process; not synced, for nobody cuts the power of a test."""
CHARACTERS = ("--character-set-server=utf8mb4", "--collation-server=utf8mb4_unicode_ci")
"""As servers come: a collation to which "Renée" and "renee" are one name. The site's tables must not inherit it."""
PASSWORD, PASSWORD_IN_URL = "p@ss:w/rd", "p%40ss%3Aw%2Frd"


class MariaDB(Server):
    """Keeps its data in its folder, also over SIGKILL. The user `site` may do anything."""

    def command(self) -> Sequence[str]:
        files = (f"--datadir={self._data}", f"--socket={self._socket}", f"--pid-file={self.folder / 'my.pid'}")
        here = (f"--port={self.port}", "--bind-address=127.0.0.1")
        return [
            "mariadbd",
            "--no-defaults",
            f"--user={getpass.getuser()}",
            *files,
            *here,
            *CHARACTERS,
            *SMALL,
            *QUICK,
        ]

    @property
    def url(self) -> str:
        """Of a server without a database's name; `create` gives that of one."""
        return f"mysql://site:{PASSWORD_IN_URL}@127.0.0.1:{self.port}/"

    def start(self) -> Self:
        fresh = not self._data.exists()
        if fresh:
            self._install()
        super().start()
        if fresh:
            self.sql(f"CREATE USER site@'%' IDENTIFIED BY '{PASSWORD}'; GRANT ALL ON *.* TO site@'%';")
            self._load_time_zones()
        return self

    def create(self, name: str) -> str:
        """A new, empty database as the server makes them; returns its URL."""
        self.sql(f"CREATE DATABASE `{name}`")
        return self.url + name

    def sql(self, statements: str, *, database: str = "mysql") -> str:
        """What the server's own client prints for `statements`, sent by an administrator."""
        client = ["mariadb", "--no-defaults", "-uroot", "-N", "--default-character-set=utf8mb4"]
        done = subprocess.run(
            [*client, f"--socket={self._socket}", database],
            input=statements,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    @property
    def _socket(self) -> Path:
        return self.folder / "my.sock"

    def _install(self) -> None:
        command = ["mariadb-install-db", "--no-defaults", f"--datadir={self._data}", f"--user={getpass.getuser()}"]
        quick = ["--auth-root-authentication-method=normal", "--skip-test-db"]
        subprocess.run([*command, *quick], check=True, capture_output=True)

    def _load_time_zones(self) -> None:
        """Without them the server cannot tell the day of a time in Seoul, and Django's dates come back empty."""
        zones = subprocess.run(
            ["mariadb-tzinfo-to-sql", "/usr/share/zoneinfo"], check=True, capture_output=True, text=True
        ).stdout
        self.sql(zones)
