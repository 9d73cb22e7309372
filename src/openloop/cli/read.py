"""The verb that shows what is understood of a file, and writes it under the usual names."""

from __future__ import annotations

import shlex
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from openloop.cli.options import (
    AnnotatorsOption,
    CompletionOption,
    ConfidenceOption,
    GoldOption,
    GroupOption,
    JsonOption,
    JudgeColumnOption,
    JudgeModelOption,
    ModelOption,
    PromptOption,
    StepOption,
    SwappedOption,
)
from openloop.cli.output import print_json, print_table


def read(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file or a folder of shards.")],
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the rows under the usual names: .jsonl, .jsonl.gz, .parquet or .csv."),
    ] = None,
    prompt: PromptOption = None,
    completion: CompletionOption = None,
    gold: GoldOption = None,
    judge_column: JudgeColumnOption = None,
    group: GroupOption = None,
    model: ModelOption = None,
    confidence: ConfidenceOption = None,
    swapped: SwappedOption = None,
    judge_model: JudgeModelOption = None,
    annotators: AnnotatorsOption = None,
    step: StepOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what is understood of a file: format, columns, first rows.

    Says what every column is taken for and why, what is ignored, and which option changes it. With --out, writes the
    rows under the usual names (prompt, completion, gold, verdict, model, ...), one completion a row, so that
    `openloop audit` needs no option to read them. Pairs keep their columns; `openloop audit FILE --keep OUT` writes
    prompt, chosen, rejected.
    """
    from openloop.data.conversion import convert_file
    from openloop.data.file_description import describe_file
    from openloop.data.recognise import NamedColumns
    from openloop.report.file_description import file_blocks
    from openloop.report.terminal import draw

    judges = tuple(judge_column or ())
    people = tuple(annotators or ())
    named = NamedColumns(
        prompt, completion, gold, judges, group, model, confidence, swapped, judge_model, people, step=step
    )
    found = describe_file(file, named)
    written = None if out is None else convert_file(file, named, out)
    if as_json:
        print_json(found.to_json() | ({} if written is None else {"written": asdict(written)}))
        return
    print_table(draw(file_blocks(found)), width=80)
    if written is not None:
        typer.echo("\n".join((f"wrote {written.rows:,} {found.unit} to {written.path}", *written.said)))
    audited = [str(file), *named.options] if written is None else [written.path, *written.options]
    if written is not None or (found.can_be_audited and not found.unclear):
        typer.echo(f"audit them: openloop audit {shlex.join(audited)}")
    elif not found.can_be_audited and not found.unclear:
        column = found.likely_completion
        words = shlex.join(["openloop", "read", str(file), *named.options, "--completion", column or "COLUMN"])
        what = f"if {column} is what the model wrote" if column else "name the column of what the model wrote"
        typer.echo(f"no completion and no gold found; {what}: {words}")
