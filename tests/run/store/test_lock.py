"""One process writes to a run directory; a second one is told which."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from openloop.run.store import Store
from openloop.run.store.lock import Lock

Call = Callable[..., Any]


def test_a_second_process_in_the_same_directory(openloop_cli: Call, recipe: Call, tmp_path: Path) -> None:
    store = Store.open(tmp_path / "run")
    said = openloop_cli("run", recipe(), "--dir", tmp_path / "run", "--json")
    store.close()
    assert (said.returncode, said.stdout) == (2, "")
    assert f"is in use by process {os.getpid()}" in said.stderr and "--dir" in said.stderr
    assert json.loads(openloop_cli("run", recipe(), "--dir", tmp_path / "run", "--json").stdout)["arms"]


def test_a_holder_that_is_gone_is_told_from_one_that_lives_or_that_nobody_can_see(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    for process, host, gone in (
        (ended.pid, socket.gethostname(), True),
        (os.getpid(), socket.gethostname(), False),
        (ended.pid, "another-machine", False),
    ):
        (tmp_path / "lock").write_text(f"process {process} on {host} since 2026-01-01 00:00:00")
        assert Lock.holder_is_gone(tmp_path / "lock") is gone
    (tmp_path / "lock").write_text("")
    assert not Lock.holder_is_gone(tmp_path / "lock") and not Lock.holder_is_gone(tmp_path / "none")
