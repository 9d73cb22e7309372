"""The verb that shows what is understood of a file, and writes it under the usual names."""

from __future__ import annotations

import shlex
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openloop.cli.options import JsonOption
from openloop.cli.output import print_json, print_table

if TYPE_CHECKING:
    from openloop.data.recognise import NamedColumns


def read(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file or a folder of shards.")],
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the rows under the usual names: .jsonl, .jsonl.gz, .parquet or .csv."),
    ] = None,
    prompt: Annotated[str | None, typer.Option(metavar="COLUMN", help="Column of the prompt.")] = None,
    completion: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Column of the completion, or of a list of completions.")
    ] = None,
    gold: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Trusted labels: a good/bad column, or COLUMN>=X.")
    ] = None,
    judge_column: Annotated[
        list[str] | None, typer.Option(metavar="COLUMN", help="Column of the verdict. Repeat it for further judges.")
    ] = None,
    group: Annotated[str | None, typer.Option(metavar="COLUMN", help="Column that identifies the prompt.")] = None,
    model: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Column naming the model that wrote the row.")
    ] = None,
    confidence: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Column of the model's own confidence, such as logprob.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show what is understood of a file: format, columns, first rows.

    Says what every column is taken for and why, what is ignored, and which option changes it. With --out, writes the
    rows under the usual names (prompt, completion, gold, verdict, model, ...), one completion a row, so that
    `openloop audit` needs no option to read them.
    """
    from openloop.data.conversion import convert_file
    from openloop.data.file_description import describe_file
    from openloop.data.recognise import NamedColumns
    from openloop.report.file_description import file_blocks
    from openloop.report.terminal import draw

    named = NamedColumns(prompt, completion, gold, tuple(judge_column or ()), group, model, confidence)
    found = describe_file(file, named)
    written = None if out is None else convert_file(file, named, out)
    if as_json:
        print_json(found.to_json() | ({} if written is None else {"written": asdict(written)}))
        return
    print_table(draw(file_blocks(found)), width=80)
    if written is not None:
        typer.echo("\n".join((f"wrote {written.rows:,} rows to {written.path}", *written.said)))
    audited = [str(file), *_given(named)] if written is None else [written.path, *written.options]
    if written is not None or (found.can_be_audited and not found.unclear):
        typer.echo(f"audit them: openloop audit {shlex.join(audited)}")


def _given(named: NamedColumns) -> list[str]:
    """The options that name columns, as they were given."""
    given = [
        ("--prompt", named.prompt),
        ("--completion", named.completion),
        ("--gold", named.gold),
        *(("--judge-column", verdict) for verdict in named.verdicts),
        ("--group", named.group),
        ("--model", named.model),
        ("--confidence", named.confidence),
    ]
    return [word for option, column in given if column is not None for word in (option, column)]
