"""Verbs that serve others: sandbox."""

from __future__ import annotations

import os
from typing import Annotated

import typer


def sandbox(
    port: Annotated[int, typer.Option(metavar="PORT", help="Port to listen on.")] = 8765,
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Address to bind. Anything but this machine needs a token.")
    ] = "127.0.0.1",
    runner: Annotated[
        str, typer.Option(metavar="NAME", help="How programs are isolated: bubblewrap, docker or podman.")
    ] = "bubblewrap",
    at_once: Annotated[int, typer.Option(metavar="N", help="Programs that run at the same time; 0: one per core.")] = 0,
) -> None:
    """Run programs in a sandbox for other machines.

    Use it where no sandbox works, such as inside a container: start it on a machine where one does, and set
    `runner: http://HOST:PORT` in the signal `code`. Both sides read the token from OPENLOOP_SANDBOX_TOKEN.
    """
    from openloop.sandbox.base import Limits
    from openloop.sandbox.runners import runner_named
    from openloop.sandbox.service import server

    made = runner_named(runner, "python:3.12-slim", "sandbox")
    most = Limits(seconds=60.0, cpu=60, memory=4096)
    serving = server(made, host, port, most, at_once or len(os.sched_getaffinity(0)))
    typer.echo(f"running programs for http://{host}:{serving.server_port}; stop with Ctrl-C")
    serving.serve_forever()
