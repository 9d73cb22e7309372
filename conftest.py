"""Tests share the machine's cores; doctests of the README run in a folder of their own, with the examples in it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# Before anything imports numpy: with a thread for each core, tests that run side by side wait for each other.
for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")


@pytest.fixture(autouse=True)
def _doctests_leave_nothing_behind(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if isinstance(request.node, pytest.DoctestItem):
        (tmp_path / "examples").symlink_to(Path(__file__).parent / "examples")
        monkeypatch.chdir(tmp_path)
