"""Files of signals, models and other parts, as a user would write them beside a recipe."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any

from tests.support.recipes import THRESHOLD


def signal_text(name: str, body: str, **options: Any) -> str:
    """A ``@signal`` function whose body is ``body`` (one line), as source."""
    words = ", ".join(f"{key}={value!r}" for key, value in options.items())
    return f"@signal({words})\ndef {name}(candidate):\n    {body}\n"


def write_signals(path: Path, *texts: str) -> Path:
    """A file of signals."""
    path.write_text("\n\n".join(["from openloop import signal\n", *texts]))
    return path


def write_code(path: Path, text: str) -> Path:
    """A file of any other code, unindented."""
    path.write_text(dedent(text))
    return path


def judged_by(folder: Path, body: str, **options: Any) -> dict[str, Any]:
    """What to change in a recipe: an arm that goes by a signal with this body, beside one without signals."""
    write_signals(folder / "mine.py", signal_text("mine", body, **options))
    arms = {"closed": {}, "mine": {"signals": {"mine": "mine.py:mine"}, "select": THRESHOLD}}
    return {"arms": arms, "train_rows": None, "rounds": 1}
