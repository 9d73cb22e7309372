"""Verbs about a file of rows: audit, score."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from openloop.cli.options import (
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
from openloop.cli.output import print_json, print_result, print_table
from openloop.errors import InputError


def audit(
    data: Annotated[list[Path], typer.Argument(metavar="DATA", help="Files, folders of shards, or one run directory.")],
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
    annotators: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN",
            help="Labels of several people: repeated, one list or object of labels, or who gave --gold.",
        ),
    ] = None,
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
    keep: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the rows to train on here.")] = None,
    to_label: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write rows to label here [default: ./NAME.to-label.jsonl].")
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the result as JSON; `-` prints it.")
    ] = None,
    eval_set: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Evaluation rows that the data must not contain.")
    ] = None,
    real: Annotated[Path | None, typer.Option(metavar="FILE", help="Real rows to compare with.")] = None,
    prompt: PromptOption = None,
    completion: CompletionOption = None,
    group: GroupOption = None,
    model: ModelOption = None,
    confidence: ConfidenceOption = None,
    swapped: SwappedOption = None,
    judge_model: JudgeModelOption = None,
    step: StepOption = None,
    arm: Annotated[str | None, typer.Option(metavar="NAME", help="Arm, where DATA is a run directory.")] = None,
    level: Annotated[float, typer.Option(metavar="LEVEL", help="Confidence level of the intervals.")] = 0.95,
    target: Annotated[
        str, typer.Option(metavar="WHAT", help="What to estimate: the `process` behind the rows, or this `file`.")
    ] = "process",
    everything: Annotated[bool, typer.Option("--all", help="Print the estimates for every stratum too.")] = False,
) -> None:
    """Decide whether to train on a file.

    Prints one decision, the worst rows that the verifier accepted, how good the verifier is, where it fails and what
    fools it, and which rows to label next. Needs no model. Columns are detected; the options name them where the
    detection is wrong.
    """
    from openloop.auditing import audit as run_audit
    from openloop.auditing.labelling import free_path
    from openloop.report.terminal_audit import show_audit

    as_text = json_file != Path("-")
    result = run_audit(
        data,
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
        keep=keep,
        arm=arm,
        json=json_file if as_text else None,
        to_label=to_label or free_path(data[0].name.split(".")[0]),
    )
    if as_text:
        print_table(show_audit(result, everything=everything))
    else:
        print_json(result.to_json())


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
        str | None, typer.Option(metavar="COLUMN", help="Trusted labels: how often good and bad rows pass (φ, ψ).")
    ] = None,
    prompt: PromptOption = None,
    completion: CompletionOption = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the verdicts here (JSON lines).")] = None,
    as_json: JsonOption = False,
) -> None:
    """Score the rows of a file with a signal.

    Prints how many rows were scored, abstained, timed out or failed, the share of scored rows that it accepts, and
    the time taken.
    """
    from openloop.auditing.receipt import receipt
    from openloop.cli.signal_spec import signal_of
    from openloop.report.terminal_receipt import receipt_text

    made = receipt(file, signal_of(signal_spec), gold=gold, prompt=prompt, completion=completion, out=out)
    print_result(made.to_json(), as_json, receipt_text(made))
