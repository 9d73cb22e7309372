"""The command line: each verb parses, calls one function of the library, and prints what it returned."""

from __future__ import annotations

import logging
import signal
import sys
import tempfile
import traceback
from typing import Annotated

import typer

import openloop
from openloop.cli import files, recipes, serve
from openloop.cli.read import read
from openloop.cli.reproduce import reproduce
from openloop.cli.simulate import simulate
from openloop.cli.which_column import answered
from openloop.errors import InputError, OpenloopError

app = typer.Typer(
    name="openloop",
    help="Decide whether to train on synthetic data; make it, verify it, select it, train on it.\n\n"
    "Start with `openloop audit FILE` for rows you have, or `openloop init FOLDER` to make rows.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    epilog="Exit codes: 0 done, 1 the run failed, 2 the input is wrong, 130 interrupted.",
)

VERBS = (
    recipes.init,
    recipes.validate,
    recipes.plan,
    recipes.run,
    recipes.show,
    recipes.export,
    files.audit,
    files.score,
    read,
    serve.sandbox,
    reproduce,
)


def _say_version(asked: bool) -> None:
    if asked:
        typer.echo(f"openloop {openloop.__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", is_eager=True, callback=_say_version)
    ] = False,
) -> None:
    """Options before the verb."""


for verb in VERBS:
    app.command()(verb)
app.add_typer(simulate, name="simulate")


def main(prog: str | None = None, words: list[str] | None = None) -> None:
    """Entry point: errors we know become one message and an exit code. ``words`` stand in for the command line."""
    logging.basicConfig(level=logging.WARNING, format="openloop: %(message)s")
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        answered(lambda given: app(args=given, prog_name=prog), sys.argv[1:] if words is None else words)
    except InputError as error:
        _fail(error, 2)
    except OpenloopError as error:
        _fail(error, 1)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(1)


def run(prog: str | None = None) -> None:
    """The program itself: an error that nobody foresaw is one sentence too, and its traceback a file."""
    try:
        main(prog)
    except Exception as error:
        with tempfile.NamedTemporaryFile("w", prefix="openloop-", suffix=".txt", delete=False) as file:
            file.write("".join(traceback.format_exception(error)))
        said = f"an error that openloop did not expect: {type(error).__name__}: {error}. Its traceback: {file.name}"
        _fail(RuntimeError(said), 1)


def _fail(error: Exception, code: int) -> None:
    typer.echo(f"openloop: {error}", err=True)
    sys.exit(code)
