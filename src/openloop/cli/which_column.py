"""Which column is meant: asked on a terminal, otherwise refused with the commands that say it."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Sequence

import typer

from openloop.errors import DataError, UnclearColumns
from openloop.report.plain_text import plain

VERBS = ("audit", "score", "read")
"""Commands that have options for columns."""


def answered(command: Callable[[list[str]], object], words: Sequence[str]) -> object:
    """Run a command; where it finds that several columns may be meant, ask which, and run it again with the answer.

    Where nobody can answer (stdin and stdout are no terminals), raises DataError with the commands to copy.
    """
    given = list(words)
    while True:
        try:
            return command(given)
        except UnclearColumns as error:
            if given[:1] not in ([verb] for verb in VERBS):
                raise
            if not (sys.stdin.isatty() and sys.stdout.isatty()):
                raise refused(error, given) from None
            given += _chosen(error)


def refused(error: UnclearColumns, words: Sequence[str]) -> DataError:
    """The error with one command a choice."""
    lines = [f"  openloop {shlex.join([*words, *choice.words])}" for choice in error.choices]
    held = [f"  {choice.words[1]}: {plain(choice.sample)}" for choice in error.choices]
    return DataError("\n".join([f"{error.problem}.", *held, "Say which:", *lines]))


def _chosen(error: UnclearColumns) -> tuple[str, ...]:
    typer.echo(f"{error.problem}.")
    for number, choice in enumerate(error.choices, 1):
        typer.echo(f"  {number}  {choice.words[1]}: {plain(choice.sample)}")
    number = 0
    try:
        while not 1 <= number <= len(error.choices):
            number = typer.prompt(f"Which one (1 to {len(error.choices)})", type=int)
    except typer.Abort:  # the end of the input, or an interrupt
        raise KeyboardInterrupt from None
    words = error.choices[number - 1].words
    typer.echo(f"Next time: {shlex.join(words)}")
    return words
