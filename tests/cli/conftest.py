"""What tests of several verbs share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Call = Callable[..., Any]


@pytest.fixture
def finished(openloop: Call, recipe: Call, tmp_path: Path) -> tuple[Path, Path]:
    """A recipe and the directory it ran in."""
    path, directory = recipe(), tmp_path / "run"
    assert openloop("run", path, "--dir", directory, "--json").code == 0
    return path, directory
