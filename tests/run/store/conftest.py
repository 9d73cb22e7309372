"""What tests of run directories share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Call = Callable[..., Any]


@pytest.fixture
def directory(openloop: Call, recipe: Call, tmp_path: Path) -> Path:
    """A finished run."""
    assert openloop("run", recipe(), "--dir", tmp_path / "run", "--json").code == 0
    return tmp_path / "run"
