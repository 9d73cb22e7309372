"""Verbs about a file of rows: audit, score."""

from __future__ import annotations

from functools import partial
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
from openloop.cli.output import print_result
from openloop.errors import InputError

AUDIT_GROUPS = {
    "Decide": ("gold", "judge_column", "accept_at", "lower_is_better", "max_bad", "labels", "label_error"),
    "Write": ("keep", "to_label", "to_generate", "json_file", "report"),
    "Print": ("everything", "gate", "together"),
    "Compare with": ("eval_set", "real", "baseline", "cells", "embed"),
    "Columns and intervals": (),
}
"""Headings of ``audit --help``, each with the parameters below it; the last one has all others."""


def audit(
    context: typer.Context,
    data: Annotated[
        list[Path],
        typer.Argument(
            metavar="DATA",
            help="A file, a folder of shards or a run directory. Several are compared; so are audits that --json wrote "
            "(.json).",
        ),
    ],
    gold: GoldOption = None,
    judge_column: JudgeColumnOption = None,
    accept_at: Annotated[
        float | None, typer.Option(metavar="SCORE", help="Lowest score that the verifier accepts.")
    ] = None,
    lower_is_better: Annotated[
        bool,
        typer.Option("--lower-is-better", help="Low scores are good (loss, distance): --accept-at is the highest."),
    ] = False,
    aggregate: Annotated[
        str | None,
        typer.Option(metavar="HOW", help="One score from a list of step scores: min, last, mean or product."),
    ] = None,
    annotators: AnnotatorsOption = None,
    max_bad: Annotated[
        float, typer.Option(metavar="SHARE", help="Largest acceptable share of bad rows among those kept.")
    ] = 0.1,
    label_error: Annotated[
        str,
        typer.Option(
            metavar="SHARE",
            help="Error of gold to allow for: one share, or two as 0.01,0.05 (good rows called bad, bad called good).",
        ),
    ] = "0",
    labels: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="Rows you labelled after LABEL FIRST. Repeatable.")
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the rows to train on: .jsonl, .jsonl.gz, .parquet or .csv."),
    ] = None,
    to_label: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write rows to label here [default: ./NAME.to-label.jsonl].")
    ] = None,
    to_generate: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="With --real: write prompts of what these rows miss here (.jsonl)."),
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the result as JSON; `-` prints it.")
    ] = None,
    gate: Annotated[
        bool,
        typer.Option("--gate", help="For CI: exit 0 only for TRAIN, 4 for LABEL FIRST, else 3; print a line for logs."),
    ] = False,
    report: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Write a report for CI: FILE.sarif (SARIF) or FILE.xml (JUnit). Repeatable."),
    ] = None,
    eval_set: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Evaluation rows that the data must not contain.")
    ] = None,
    real: Annotated[Path | None, typer.Option(metavar="FILE", help="Real rows to compare with.")] = None,
    baseline: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Earlier rows on the same prompts: what has changed since?")
    ] = None,
    cells: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Column of topics to count rows by [default: clusters of similar texts]."),
    ] = None,
    embed: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL",
            help="What makes vectors of texts: a sentence-transformers folder or name, or "
            "URL#MODEL [default: counts of parts of words].",
        ),
    ] = None,
    prompt: PromptOption = None,
    completion: CompletionOption = None,
    group: GroupOption = None,
    model: ModelOption = None,
    confidence: ConfidenceOption = None,
    swapped: SwappedOption = None,
    judge_model: JudgeModelOption = None,
    step: StepOption = None,
    arm: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Arm of a run [default: as in `export`]. Repeat it to compare arms."),
    ] = None,
    seed: Annotated[int | None, typer.Option(metavar="N", help="Seed of a run [default: as in `export`].")] = None,
    round: Annotated[
        int | None, typer.Option("--round", metavar="N", help="Round of a run [default: the last].")
    ] = None,
    together: Annotated[bool, typer.Option("--together", help="Read several DATA as one data set.")] = False,
    level: Annotated[float, typer.Option(metavar="LEVEL", help="Confidence level of the intervals.")] = 0.95,
    target: Annotated[
        str, typer.Option(metavar="WHAT", help="What to estimate: the `process` behind the rows, or this `file`.")
    ] = "process",
    everything: Annotated[
        bool, typer.Option("--all", help="Print everything: all findings, estimates and curves, what was read.")
    ] = False,
) -> None:
    """Decide whether to train on a file.

    Prints one decision with the command that follows it, the numbers it rests on, what is wrong with the rows, and
    the worst of them. Needs no model. Columns are detected; the options name them where the detection is wrong.
    Several files are compared.

    Exit codes: 0 done, 2 the input is wrong. With --gate: 0 TRAIN, 3 SELECT FIRST or DO NOT TRAIN, 4 LABEL FIRST.
    """
    from openloop.auditing import audit as run_audit
    from openloop.auditing.labelling import free_path
    from openloop.cli.audit_output import STDOUT, AuditOutput
    from openloop.cli.compared import audits_of, is_run, require_rows

    output = AuditOutput(json_file, everything, gate, report or ())
    output.require(data)
    if len(data) == 1:
        require_rows(data[0])
    measure = partial(
        run_audit,
        gold=gold,
        judge_column=judge_column,
        group=group,
        prompt=prompt,
        completion=completion,
        model=model,
        confidence=confidence,
        swapped=swapped,
        judge_model=judge_model,
        step=step,
        accept_at=accept_at,
        lower_is_better=lower_is_better,
        aggregate=aggregate,
        annotators=annotators or (),
        max_bad=max_bad,
        level=level,
        target=target,
        label_error=_label_error(label_error),
        labels=labels or (),
        eval_set=eval_set,
        real=real,
        baseline=baseline,
        cells=cells,
        embed=embed,
        seed=seed,
        round=round,
    )
    arms = arm or []
    if len(arms) > 1 or (len(data) > 1 and not together):
        for option, path in (("--keep", keep), ("--to-label", to_label), ("--to-generate", to_generate)):
            if path is not None:
                raise InputError(f"{option} {path}: of one file at a time; audit it by itself, or add --together.")
        output.several(audits_of(data, arms, measure))
        return
    result = measure(
        data,
        keep=keep,
        arm=arms[0] if arms else None,
        json=None if json_file == STDOUT else json_file,
        to_generate=to_generate,
        to_label=to_label or free_path(data[0].name.split(".")[0]),
    )
    output.one(result, context, is_run(data[0]))


def _label_error(text: str) -> tuple[float, float]:
    """One share for both errors, or two with a comma. Raises InputError."""
    try:
        shares = [float(part) for part in text.split(",")]
    except ValueError:
        shares = []
    if len(shares) not in (1, 2):
        raise InputError(f"--label-error: one share such as 0.02, or two such as 0.01,0.05, got {text!r}.")
    return shares[0], shares[-1]


def score(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Rows with a prompt and a completion.")],
    signal_spec: Annotated[
        str,
        typer.Option("--signal", metavar="SIGNAL", help="exact:answer, math:answer, code, file.py:name, {use: ...}."),
    ],
    gold: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="Trusted labels: how often good and bad rows pass (φ, ψ); of numbers the rank correlation.",
        ),
    ] = None,
    prompt: PromptOption = None,
    completion: CompletionOption = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the verdicts here (JSON lines).")] = None,
    as_json: JsonOption = False,
) -> None:
    """Score the rows of a file with a signal.

    Prints how many rows were scored, abstained, timed out or failed, and why, with an example each; the share of
    scored rows that it accepts, and the time taken. Exits with 1 where not one row was scored.
    """
    from openloop.auditing.receipt import receipt
    from openloop.cli.signal_spec import signal_of
    from openloop.errors import RunError
    from openloop.report.terminal_receipt import receipt_text

    made = receipt(file, signal_of(signal_spec), gold=gold, prompt=prompt, completion=completion, out=out)
    print_result(made.to_json(), as_json, receipt_text(made))
    if not made.scored:
        why = made.unscored[0]
        raise RunError(
            f"nothing was scored: signal {made.signal!r} left all {made.rows:,} rows without a score "
            f"(mostly {why.outcome.value} {why.reason}, as at {why.first}{': ' if why.message else ''}{why.message})."
        )
