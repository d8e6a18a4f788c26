"""The folder that the workers of a server count in."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from config.counting import fresh_folder
from tests.services.processes import ROOT


def test_each_server_has_a_folder_and_those_of_servers_that_ended_go(tmp_path: Path) -> None:
    root = tmp_path / "metrics"
    one, keeper = fresh_folder(root)
    (one / "counter_1.db").touch()
    two, other = fresh_folder(root)
    assert one != two and (one / "counter_1.db").exists()
    keeper.close()
    three, last = fresh_folder(root)
    assert not one.exists() and two.exists() and three.exists()
    other.close()
    last.close()


def test_a_folder_is_kept_as_long_as_a_process_of_its_server_lives(tmp_path: Path) -> None:
    """A worker that was forked, and whose master was killed, still counts into it."""
    program = """
import os, signal, sys, time
from pathlib import Path
from config.counting import fresh_folder
folder, keeper = fresh_folder(Path(sys.argv[1]))
worker = os.fork()
if worker:
    print(folder, worker, flush=True)
time.sleep(60)
"""
    command = [sys.executable, "-c", program, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as master:
        assert master.stdout is not None
        folder, worker = master.stdout.readline().split()
        master.kill()
        master.wait()
        _, keeper = fresh_folder(tmp_path)
        assert Path(folder).exists()
        os.kill(int(worker), 9)
        while Path(folder).exists():  # until the system has taken the lock from it
            fresh_folder(tmp_path)[1].close()
        keeper.close()
