"""The verb `reproduce`: the papers' figures, with a verdict on every claim."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from openloop.cli.options import JsonOption
from openloop.cli.output import print_json
from openloop.errors import InputError


def reproduce(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="FIGURE", help="Figures to reproduce; see --list.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Reproduce every figure.")] = False,
    listed: Annotated[bool, typer.Option("--list", help="List the figures and stop.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="Smaller versions: all figures within three minutes.")] = False,
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Output folder.")] = Path("figures"),
    data: Annotated[
        list[Path] | None,
        typer.Option(
            "--data", metavar="FILE", help="Your own rows, drawn beside; with several files, real rows first."
        ),
    ] = None,
    workers: Annotated[int, typer.Option(metavar="N", help="Worker processes.")] = 2,
    as_json: JsonOption = False,
) -> None:
    """Reproduce the papers' figures.

    Writes for each figure an SVG, a PNG, the data (CSV), and a verdict on every claim (claims.json).
    """
    from dataclasses import asdict

    from openloop.reproduce import FIGURES
    from openloop.reproduce.make import load
    from openloop.reproduce.make import reproduce as make

    if listed:
        rows = [{"name": name, "title": load(name).TITLE, "paper": load(name).PAPER} for name in FIGURES]
        text = "\n".join(f"{row['name']:<17} {row['title']}\n{'':<17} {row['paper']}" for row in rows)
        print_json(rows) if as_json else typer.echo(text)
        return
    chosen = list(FIGURES) if everything else list(names or [])
    if not chosen:
        raise InputError("reproduce: name a figure, or give --all. To list the figures: openloop reproduce --list.")
    for name in chosen:
        load(name)
    made: dict[str, Any] = {}
    for name in chosen:
        result = make(name, out, quick=quick, workers=workers, data=data or ())
        made[name] = [asdict(claim) for claim in result.claims]
        if not as_json:
            typer.echo(f"{name}: wrote {out / name}")
            for claim in result.claims:
                typer.echo(f"  {claim.verdict}: {claim.says}")
    if as_json:
        print_json(made)
