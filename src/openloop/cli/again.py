"""The command that was typed, to be typed once more with other options: built from what the parser understood."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import typer

from openloop.report.next_step import Command

PRINTS = {"json_file", "report", "gate", "everything", "to_label", "to_generate", "help"}
"""Parameters that change no decision: what is printed, and where."""
_UNPRINTED = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\udc80-\udcff]")


@dataclass(frozen=True)
class CommandLine:
    """``openloop audit DATA --option value ...`` as it was given on a command line."""

    context: typer.Context
    is_run: bool = False
    """Whether the data is a run directory."""

    @property
    def data(self) -> str:
        return str(self.context.params["data"][0])

    @property
    def export(self) -> Command:
        if not self.is_run:
            return ()
        arms = [f"--arm {quoted(str(arm))}" for arm in _values(self.context.params.get("arm"))]
        return (f"openloop export {quoted(self.data)}", "--to trl", *arms)

    def changed(self, **options: str) -> Command:
        added = [f"--{name.replace('_', '-')} {quoted(value)}" for name, value in options.items()]
        replaced = set(options) - {"labels"}  # which may be given again
        return (*self._words({*replaced, *PRINTS}), *added)

    def everything(self) -> Command:
        return (*self._words(PRINTS), "--all")

    @property
    def more(self) -> str:
        return "--all prints them, --json FILE writes them"

    def _words(self, left_out: set[str]) -> Iterator[str]:
        """The command and its data, then an option each with its value."""
        names = [str(path) for path in _values(self.context.params["data"])]
        # A name that begins with a dash would be read as an option.
        given = [quoted(f"./{name}" if name.startswith("-") else name) for name in names]
        yield " ".join(["openloop", str(self.context.info_name), *given[:1]])
        yield from given[1:]
        for parameter in self.context.command.params:
            name = parameter.name or ""
            source = self.context.get_parameter_source(name)
            typed = source is not None and source.name == "COMMANDLINE"
            if parameter.param_type_name == "argument" or not typed or name in left_out:
                continue
            option = max(parameter.opts, key=len)
            value = self.context.params[name]
            if isinstance(value, bool):
                yield option if value else max(parameter.secondary_opts or parameter.opts, key=len)
            else:
                yield from (f"{option} {quoted(str(one))}" for one in _values(value))


def quoted(word: str) -> str:
    """A word as a shell reads it back; what must not reach a terminal stands there as escapes (bash, zsh)."""
    if not _UNPRINTED.search(word):
        return shlex.quote(word)
    inside = word.replace("\\", "\\\\").replace("'", "\\'")
    return "$'" + _UNPRINTED.sub(_escaped, inside) + "'"


def _escaped(found: re.Match[str]) -> str:
    """Bytes of a path that are no UTF-8 are half surrogates in Python."""
    return "".join(f"\\x{byte:02x}" for byte in found[0].encode("utf-8", "surrogateescape"))


def _values(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]
