"""make services-up and services-down: the whole stack on this machine, clicked through as a developer does."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from dotenv import dotenv_values

from tests.acceptance.servers import ROOT, Session, free_port, manage
from tests.services.mysql import MariaDB
from tests.services.stack import MARK
from tests.worlds import write_paper

pytestmark = pytest.mark.services
STARTED = {"run", "mariadbd", "dynalite", "noida-db", "gunicorn", "publish_events", "consume_events", "run_jobs"}
FEED_SECONDS, SECOND_UP_SECONDS = 30, 60


class Developer:
    """Whoever types the commands."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()

    def types(self, what: str, *, port: int | None = None) -> str:
        """What `make services-<what>` prints. Raises CalledProcessError where it fails."""
        command = [sys.executable, "-m", "tests.services.stack", what, "--folder", str(self.folder)]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, "PORT": str(port or self.port)},
            check=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return done.stdout

    def processes(self) -> dict[int, str]:
        """Everything that the stack has started and that is still there, as the system lists it."""
        listed = subprocess.run(["ps", "-eww", "-o", "pid=,stat=,args="], check=True, capture_output=True, text=True)
        rows = [line.split(maxsplit=2) for line in listed.stdout.splitlines()]
        return {int(pid): args for pid, stat, args in rows if stat[0] != "Z" and self._started(int(pid), args)}

    def _started(self, pid: int, args: str) -> bool:
        try:
            environment = Path(f"/proc/{pid}/environ").read_text()
        except OSError:
            return False
        return f"{MARK}={self.folder}" in environment or str(self.folder) in args

    def setting(self, name: str) -> str:
        return dotenv_values(self.folder / "environment")[name] or ""


@pytest.fixture
def developer(tmp_path: Path, checkpoint: Path) -> Iterator[Developer]:
    """In the folder is what a first start leaves there: tables, a catalogue, weights. Ends what the test leaves up."""
    folder = tmp_path / "stack"
    write_paper(tmp_path / "planted")
    with MariaDB(folder / "mysql") as mysql:
        url = mysql.create("movies")
        manage(folder / "site", "migrate", "--verbosity", "0", DATABASE_URL=url)
        manage(folder / "site", "load_movies", "--source", str(tmp_path / "planted"), DATABASE_URL=url)
    weights = folder / "site" / "checkpoints" / "catalogue" / "ngcf"
    shutil.copytree(checkpoint, weights / checkpoint.name)
    (weights / "current").symlink_to(checkpoint.name)
    one = Developer(folder)
    yield one
    one.types("down")


def events_of(developer: Developer) -> int:
    """How many events the DynamoDB server holds, by a client of the test's own."""
    client = boto3.client(
        "dynamodb",
        endpoint_url=developer.setting("DYNAMODB_ENDPOINT"),
        region_name="ap-northeast-2",
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )
    return int(client.scan(TableName="clicklog", Select="COUNT")["Count"])


def fed(developer: Developer) -> int:
    """How many events the training feed in MySQL has."""
    mysql = MariaDB(developer.folder / "mysql")
    return int(mysql.sql("SELECT count(*) FROM movie_feedevent", database="movies"))


def test_the_stack_comes_up_is_clicked_through_and_goes_down_without_a_trace(developer: Developer) -> None:
    said = developer.types("up")
    url = f"http://127.0.0.1:{developer.port}"
    assert said.splitlines()[-1].startswith(f"the stack is up: {url} on MySQL, DynamoDB and Kafka")
    running = " ".join(developer.processes().values())
    assert all(name in running for name in STARTED), running

    visitor = Session(url)
    shown = sorted({int(found) for found in re.findall(r'data-movie-id="(\d+)"', visitor.get("/"))})
    for movie_id in shown[:3]:
        visitor.click(movie_id)
    assert len(visitor.ten()) == 10
    end = time.monotonic() + FEED_SECONDS
    while fed(developer) < 3 and time.monotonic() < end:
        time.sleep(0.2)
    assert (fed(developer), events_of(developer)) == (3, 3)

    before = developer.processes()
    assert f"{url} (it was up" in developer.types("up", port=free_port())
    assert developer.processes().keys() == before.keys()

    (parent,) = (pid for pid, args in before.items() if " run " in args)
    os.kill(parent, signal.SIGKILL)  # nobody is left who would stop the others
    developer.types("down")
    assert developer.processes() == {}
    assert developer.types("down") == "Nothing of the stack is up.\n"

    start = time.monotonic()
    developer.types("up")
    assert time.monotonic() - start < SECOND_UP_SECONDS
    assert len(visitor.ten()) == 10  # the history is there again
    developer.types("down")
    assert developer.processes() == {}


def test_a_port_in_use_is_said_before_anything_starts(tmp_path: Path, live_port: int) -> None:
    with pytest.raises(subprocess.CalledProcessError) as refused:
        Developer(tmp_path).types("up", port=live_port)
    assert (
        refused.value.stdout == f"Port {live_port} is in use. Choose another: make services-up PORT={live_port + 1}\n"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def live_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])
