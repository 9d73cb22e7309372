"""Doctests of the README run in a folder of their own, with the examples in it."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _doctests_leave_nothing_behind(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if isinstance(request.node, pytest.DoctestItem):
        (tmp_path / "examples").symlink_to(Path(__file__).parent / "examples")
        monkeypatch.chdir(tmp_path)
