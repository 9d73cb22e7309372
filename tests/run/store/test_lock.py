"""One process writes to a run directory; a second one is told which."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from openloop.run.store import Store

Call = Callable[..., Any]


def test_a_second_process_in_the_same_directory(openloop_cli: Call, recipe: Call, tmp_path: Path) -> None:
    store = Store.open(tmp_path / "run")
    said = openloop_cli("run", recipe(), "--dir", tmp_path / "run", "--json")
    store.close()
    assert (said.returncode, said.stdout) == (2, "")
    assert f"is in use by process {os.getpid()}" in said.stderr and "--dir" in said.stderr
    assert json.loads(openloop_cli("run", recipe(), "--dir", tmp_path / "run", "--json").stdout)["arms"]
