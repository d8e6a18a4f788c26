"""The whole stack on this machine, without Docker: python -m tests.services.stack up, and down.

MySQL (MariaDB), DynamoDB (dynalite), Kafka (a small broker), the site, its publisher, consumer and worker of jobs, all on loopback,
the servers on ports that are free, with their data in var/stack. For a developer to click through;
docs/production.md is for everybody else.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from tests.services.dynamodb import Dynalite
from tests.services.kafka import Broker
from tests.services.mysql import MariaDB
from tests.services.processes import ROOT

FOLDER = ROOT / "var" / "stack"
MARK = "MOVIE_STACK"
"""In the environment of each process of a stack, with its folder: who belongs to it, also where their parent was killed."""
FIRST_START_SECONDS, READY_SECONDS, STOP_SECONDS = 900, 60, 30  # the first start loads the catalogue and trains
UP, ENDS = "the stack is up: ", "make services-down ends it"
PREPARE = [["clicklog", "create"], ["set_up"]]
PROCESSES = {
    "web": ["-m", "gunicorn", "--config", "config/gunicorn.py", "config.wsgi"],
    "publisher": ["manage.py", "publish_events"],
    "consumer": ["manage.py", "consume_events"],
    "jobs": ["manage.py", "run_jobs"],
}


def up(folder: Path, port: int) -> None:
    """Start it in the background and wait until it serves; says so where it is up already."""
    if _members(folder):
        print(f"{_last_line(folder)} (it was up, or is starting, already; {ENDS})")
        return
    if not _is_free(port):
        sys.exit(f"Port {port} is in use. Choose another: make services-up PORT={port + 1}")
    folder.mkdir(parents=True, exist_ok=True)
    with _log(folder).open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", __spec__.name, "run", "--folder", str(folder), "--port", str(port)],
            cwd=ROOT,
            env={**os.environ, MARK: str(folder)},
            stdout=log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    print(f"starting; its log is {_log(folder)}", flush=True)
    end, shown = time.monotonic() + FIRST_START_SECONDS, 0
    while UP not in (said := _log(folder).read_text()):
        print(said[shown:], end="", flush=True)
        shown = len(said)
        if process.poll() is not None or time.monotonic() > end:
            down(folder)
            sys.exit("The stack did not start.")
        time.sleep(0.1)
    print(f"{_last_line(folder)} on MySQL, DynamoDB and Kafka; {ENDS}")


def down(folder: Path) -> None:
    """Stop all of it; nothing to do where nothing is up. Its data stay."""
    members = _members(folder)
    if not members:
        print("Nothing of the stack is up.")
        return
    asked = [pid for pid, command in members.items() if b"\0run\0" in command] or list(members)
    _signal(asked, signal.SIGTERM)
    end = time.monotonic() + STOP_SECONDS
    while (left := _members(folder)) and time.monotonic() < end:
        if not set(asked) & left.keys():  # what it started, and left behind
            _signal(left, signal.SIGTERM)
        time.sleep(0.1)
    _signal(left, signal.SIGKILL)
    print(f"The stack is down; its data are in {folder}.")


def run(folder: Path, port: int) -> None:
    """Start everything, in order, until SIGTERM or one of them ends; then stop everything."""
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, _stop_once)
    with ExitStack() as started:
        mysql = started.enter_context(MariaDB(folder / "mysql"))
        dynamodb = started.enter_context(Dynalite(folder / "dynamodb"))
        kafka = started.enter_context(Broker(folder / "kafka"))
        mysql.sql("CREATE DATABASE IF NOT EXISTS movies")
        site = {"VAR_DIR": str(folder / "site"), "PORT": str(port), "DATABASE_URL": mysql.url + "movies"}
        site |= dynamodb.settings() | kafka.settings()
        _tell(folder, site)
        _take_over_data(folder / "site" / "data")
        for command in PREPARE:
            subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=os.environ | site, check=True)
        running = {name: started.enter_context(_process(command, site)) for name, command in PROCESSES.items()}
        url = f"http://127.0.0.1:{port}"
        _wait_until_ready(url, running["web"])
        print(UP + url, flush=True)
        servers = {"mysql": mysql.process, "dynamodb": dynamodb.process, "kafka": kafka.process}
        _watch({name: process for name, process in (running | servers).items() if process})


def _tell(folder: Path, site: Mapping[str, str]) -> None:
    """Leave what the site runs with where a developer's shell can read it: set -a; . var/stack/environment"""
    lines = [f"{name}={shlex.quote(value)}" for name, value in site.items()]
    (folder / "environment").write_text("\n".join(lines) + "\n")
    print(f"its settings, for manage.py beside it: set -a; . {folder / 'environment'}", flush=True)


def _take_over_data(data: Path) -> None:
    """What `make run` has fetched is not fetched twice."""
    fetched = ROOT / "var" / "data"
    if fetched.is_dir() and not data.exists():
        shutil.copytree(fetched, data)


@contextmanager
def _process(command: list[str], site: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=os.environ | dict(site))
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS / 2)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(url: str, web: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + READY_SECONDS
    while web.poll() is None and time.monotonic() < end:
        with suppress(urllib.error.URLError, OSError), urllib.request.urlopen(url + "/readyz", timeout=2):
            return
        time.sleep(0.1)
    sys.exit("The site did not get ready.")


def _watch(running: Mapping[str, subprocess.Popen[bytes]]) -> None:
    while True:
        for name, process in running.items():
            if process.poll() is not None:
                sys.exit(f"{name} has ended with {process.returncode}; so all of the stack ends.")
        time.sleep(0.5)


def _stop_once(*_: object) -> None:
    """Leave what is at work, training as well, through every `with`; once, whoever else asks meanwhile."""
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, signal.SIG_IGN)
    sys.exit()


def _members(folder: Path) -> dict[int, bytes]:
    """The living processes of the stack in `folder`, each with its command."""
    mark, found = f"{MARK}={folder}".encode(), {}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            command = (process / "cmdline").read_bytes()
            if command and mark in (process / "environ").read_bytes().split(b"\0"):
                found[int(process.name)] = command
    return found


def _signal(pids: Mapping[int, bytes] | list[int], which: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, which)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return True
    return False


def _log(folder: Path) -> Path:
    return folder / "stack.log"


def _last_line(folder: Path) -> str:
    """Where it is, or what it does now."""
    lines = _log(folder).read_text().splitlines() or ["starting"]
    return next((line for line in lines if line.startswith(UP)), lines[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["up", "down", "run"])
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where all of it keeps its data")
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000), help="the site's")
    asked = parser.parse_args()
    folder = asked.folder.resolve()
    if asked.what == "down":
        down(folder)
    else:
        {"up": up, "run": run}[asked.what](folder, asked.port)


if __name__ == "__main__":
    main()
