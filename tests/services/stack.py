"""The whole stack on this machine, without Docker: python -m tests.services.stack up, and down.

MySQL (MariaDB), DynamoDB (dynalite), Kafka (a small broker), the site, its publisher and its consumer, all on loopback,
with their data in var/stack. For a developer to click through; docs/production.md is for everybody else.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Event

from tests.services.dynamodb import Dynalite
from tests.services.kafka import Broker
from tests.services.mysql import MariaDB
from tests.services.processes import ROOT

STACK = ROOT / "var" / "stack"
PID, LOG = STACK / "pid", STACK / "stack.log"
MYSQL_PORT, DYNAMODB_PORT, KAFKA_PORT = 3307, 4567, 9092
START_SECONDS, STOP_SECONDS = 900, 30  # the first start loads the catalogue and trains
SERVING = "all of the stack is up"
PROCESSES = {
    "web": ["-m", "gunicorn", "--config", "config/gunicorn.py", "config.wsgi"],
    "publisher": ["manage.py", "publish_events"],
    "consumer": ["manage.py", "consume_events"],
}


def run() -> None:
    """Start everything, wait for SIGTERM, stop everything."""
    over = Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: over.set())
    with ExitStack() as servers:
        mysql = servers.enter_context(MariaDB(STACK / "mysql", port=MYSQL_PORT))
        dynamodb = servers.enter_context(Dynalite(STACK / "dynamodb", port=DYNAMODB_PORT))
        kafka = servers.enter_context(Broker(STACK / "kafka", port=KAFKA_PORT))
        mysql.sql("CREATE DATABASE IF NOT EXISTS movies")
        site = {"VAR_DIR": str(STACK / "site"), "DATABASE_URL": mysql.url + "movies"}
        environment = {**os.environ, **site, **dynamodb.settings(), **kafka.settings()}
        for command in (["clicklog", "create"], ["set_up"]):
            subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=environment, check=True)
        for name, command in PROCESSES.items():
            print(f"starting {name}", flush=True)
            process = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=environment)
            servers.callback(_end, process)
        print(SERVING, flush=True)
        over.wait()


def up() -> None:
    if _pid():
        sys.exit("The stack is up already; make services-down ends it.")
    STACK.mkdir(parents=True, exist_ok=True)
    with LOG.open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.services.stack", "run"],
            cwd=ROOT,
            stdout=log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    PID.write_text(str(process.pid))
    print(f"starting; its log is {LOG.relative_to(ROOT)}", flush=True)
    end = time.monotonic() + START_SECONDS
    while SERVING not in LOG.read_text():
        if process.poll() is not None or time.monotonic() > end:
            down()
            sys.exit(f"The stack did not start:\n{LOG.read_text()[-3000:]}")
        time.sleep(0.2)
    print(
        f"http://127.0.0.1:{os.environ.get('PORT', '8000')} on MySQL, DynamoDB and Kafka; make services-down ends it"
    )


def down() -> None:
    pid = _pid()
    if pid:
        os.kill(pid, signal.SIGTERM)
    end = time.monotonic() + STOP_SECONDS
    while _pid() and time.monotonic() < end:
        time.sleep(0.1)
    PID.unlink(missing_ok=True)


def _pid() -> int | None:
    """The running stack's; None where there is none, whatever a machine that went down left behind."""
    with suppress(OSError, ValueError):
        pid = int(PID.read_text())
        if b"tests.services.stack" in Path(f"/proc/{pid}/cmdline").read_bytes():
            return pid
    return None


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


if __name__ == "__main__":
    {"run": run, "up": up, "down": down}[sys.argv[1]]()
