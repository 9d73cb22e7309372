"""Audits write into the working directory: each test has one of its own."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """LABEL FIRST writes the rows to label where the command is called."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
