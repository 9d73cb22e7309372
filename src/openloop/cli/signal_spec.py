"""``--signal`` of the command line: the name of a signal, or its options as a recipe writes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from yaml import YAMLError

from openloop.contracts import Signal
from openloop.errors import InputError
from openloop.recipe import load_yaml
from openloop.specs import build


def signal_of(text: str) -> Signal:
    """The signal that ``exact:answer``, ``file.py:name`` or ``{use: code, wall: 5}`` names.

    Files are relative to the working directory. Raises InputError.
    """
    from openloop import signals

    made = build(_parsed(text), base=Path(), shipped=signals)
    if not isinstance(made, Signal):
        raise InputError(f"--signal {text!r} is not a signal; see openloop.contracts.Signal.")
    return made


def _parsed(text: str) -> str | dict[str, Any]:
    if not text.lstrip().startswith("{"):
        return text
    try:
        found = load_yaml(text)
    except YAMLError as error:
        raise InputError(f"--signal {text!r:.80} is not valid YAML: {error}") from None
    if not isinstance(found, dict):
        raise InputError(f"--signal {text!r:.80}: write {{use: NAME, option: ...}}.")
    return found
