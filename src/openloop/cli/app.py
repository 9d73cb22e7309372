"""The command line: each verb parses, calls one function of the library, and prints what it returned."""

from __future__ import annotations

import logging
import signal
import sys

import typer

from openloop.cli import files, recipes, serve
from openloop.cli.reproduce import reproduce
from openloop.cli.simulate import simulate
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
    recipes.preview,
    recipes.run,
    recipes.show,
    recipes.export,
    files.audit,
    files.score,
    serve.sandbox,
    reproduce,
)
for verb in VERBS:
    app.command()(verb)
app.add_typer(simulate, name="simulate")


def main(prog: str | None = None, words: list[str] | None = None) -> None:
    """Entry point: errors we know become one message and an exit code. ``words`` stand in for the command line."""
    logging.basicConfig(level=logging.WARNING, format="openloop: %(message)s")
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        app(args=words, prog_name=prog)
    except InputError as error:
        _fail(error, 2)
    except OpenloopError as error:
        _fail(error, 1)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(1)


def _fail(error: Exception, code: int) -> None:
    typer.echo(f"openloop: {error}", err=True)
    sys.exit(code)
