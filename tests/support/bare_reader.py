"""Reads a run directory as a machine does that has the core alone: no extra, and no file but openloop's own.

    python -m tests.support.bare_reader WORDS WORDS ...

Each WORDS is one command line of openloop, as JSON. Prints, as JSON, the exit code, output and errors of each.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import sys
import sysconfig
import tomllib
from pathlib import Path
from typing import Any

import openloop
from openloop.cli import main

SOURCE = Path(openloop.__file__).parent
PROJECT = tomllib.loads((SOURCE.parents[1] / "pyproject.toml").read_text())["project"]


def names(requirements: list[str]) -> set[str]:
    """The modules of some requirements."""
    return {re.split(r"[<>=\[ ]", requirement)[0].lower().replace("-", "_") for requirement in requirements}


EXTRAS = {"pandas", "sklearn", "tokenizers", "huggingface_hub"}
EXTRAS |= set().union(*(names(extra) for extra in PROJECT["optional-dependencies"].values()))
EXTRAS -= names(PROJECT["dependencies"])
CODE = [SOURCE, *(Path(path) for path in sysconfig.get_paths().values())]


class NotInstalled:
    """Finds no extra."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        if name.partition(".")[0].lower() in EXTRAS:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def refuse_strangers(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook: code may come from openloop, the standard library and installed packages only."""
    if event != "exec":
        return
    file = Path(getattr(arguments[0], "co_filename", ""))
    if file.is_absolute() and not any(file.is_relative_to(folder) for folder in CODE):
        raise RuntimeError(f"code of {file} was run by a reader")


def answer(words: list[str]) -> dict[str, Any]:
    """What one command line said."""
    out, err = io.StringIO(), io.StringIO()
    code: Any = None
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(prog="openloop", words=words)
        except SystemExit as end:
            code = end.code or 0
    return {"code": code, "out": out.getvalue(), "err": err.getvalue()}


if __name__ == "__main__":
    assert "torch" in EXTRAS and not EXTRAS & sys.modules.keys(), "the core brought an extra along"
    sys.meta_path.insert(0, NotInstalled())
    sys.addaudithook(refuse_strangers)
    json.dump([answer(json.loads(words)) for words in sys.argv[1:]], sys.stdout)
