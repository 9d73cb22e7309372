"""The command line: each verb parses, calls one function of the library, and prints what it returned."""

from __future__ import annotations

import json
import logging
import os
import shlex
import signal
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from openloop.cli.theory import reproduce, simulate
from openloop.errors import InputError, OpenloopError

app = typer.Typer(
    name="openloop",
    help="Run, measure and repair synthetic-data loops in language-model post-training.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    epilog="Exit codes: 0 done, 1 the run failed, 2 the input is wrong, 130 interrupted.",
)

RecipeArgument = Annotated[Path, typer.Argument(help="A recipe file (YAML).")]
RunArgument = Annotated[Path, typer.Argument(help="A run directory.")]
SetOption = Annotated[list[str] | None, typer.Option("--set", help="Change one value: section.key=value. Repeatable.")]
ArmsOption = Annotated[str | None, typer.Option(help="Arms to run, separated by commas; `all` adds the optional ones.")]
DirOption = Annotated[Path | None, typer.Option("--dir", help="Run directory [default: runs/NAME beside the recipe].")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def init(
    name: Annotated[str, typer.Argument(help="Folder to make.")],
    template: Annotated[str, typer.Option(help="loop, instructions, reasoning, code or judge.")] = "loop",
    as_json: JsonOption = False,
) -> None:
    """Make a folder with a recipe that runs, offline and without torch.

    loop: three rounds, a signal of your own. instructions: new instructions and answers from a few real rows.
    reasoning: K samples, an exact check. code: programs that pass their tests. judge: a language model judges.
    """
    from openloop.recipe.starter import make_starter

    files = make_starter(Path(name), template)
    if as_json:
        _print_json({"files": [str(file) for file in files]})
        return
    typer.echo("\n".join(f"wrote {file}" for file in files))
    typer.echo(f"next: openloop run {Path(name) / 'recipe.yaml'}")


@app.command()
def validate(recipe: RecipeArgument, settings: SetOption = None, as_json: JsonOption = False) -> None:
    """Check a recipe, spending nothing.

    Makes every part, reads the data, runs every signal's accept and reject probes, counts the work.
    """
    from openloop.recipe.validation import validate as check

    result = check(_recipe(recipe, settings, "all"))
    _print_result(result, as_json, "\n".join([*result["said"], "valid"]))


@app.command()
def plan(
    recipe: RecipeArgument,
    directory: DirOption = None,
    settings: SetOption = None,
    arms: ArmsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what a run would compute and cost.

    Per stage: reused, recomputed or new; requests, tokens, money, minutes. Spends nothing.
    """
    from dataclasses import asdict

    from openloop.recipe.execute import plan_recipe
    from openloop.report.terminal_run import show_plan

    parsed = _recipe(recipe, settings, arms)
    made = plan_recipe(parsed, directory or _default_directory(recipe, parsed))
    if as_json:
        _print_json(asdict(made) | {"seconds": made.seconds, "pays_again": made.pays_again})
    else:
        _print(show_plan(made))


@app.command()
def run(
    recipe: RecipeArgument,
    directory: DirOption = None,
    settings: SetOption = None,
    arms: ArmsOption = None,
    workers: Annotated[int | None, typer.Option(help="Worker processes, instead of the recipe's.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Recompute even what was once paid for.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Carry out a recipe, or go on with it.

    Interrupted at any point, the same command goes on where it was.
    """
    from openloop.recipe.execute import carry_out
    from openloop.report.summary import summarise

    parsed = _recipe(recipe, settings, arms)
    if workers is not None:
        parsed = parsed.model_copy(update={"workers": workers})
    directory = directory or _default_directory(recipe, parsed)
    command = shlex.join(["openloop", *sys.argv[1:]])
    try:
        failed = carry_out(parsed, directory, yes=yes, quiet=as_json)
    except KeyboardInterrupt:
        typer.echo(f"\ninterrupted; everything committed is kept in {directory}. Go on with: {command}", err=True)
        raise typer.Exit(130) from None
    if as_json:
        _print_json(summarise(directory))
    else:
        show(directory)
        typer.echo(f"\nrun directory: {directory}   look again: openloop show {directory}")
    if failed:
        raise typer.Exit(1)


@app.command()
def show(directory: RunArgument, as_json: JsonOption = False) -> None:
    """Show a run and what to train on.

    Accuracy per arm and round with intervals over seeds, the rows behind it, a sentence per arm, one decision.
    """
    from openloop.report import summary, terminal_run
    from openloop.run.store import Store

    if as_json:
        _print_json(summary.summarise(directory))
        return
    store = Store.read(directory)
    recipe = summary.stored_recipe(store)
    if recipe is None:
        _print(terminal_run.show_stages(summary.loose_stages(store)))
    else:
        _print(terminal_run.show_arms(summary.arm_summaries(store, recipe)))


@app.command()
def score(
    file: Annotated[Path, typer.Argument(help="Rows with a prompt and a completion.")],
    signal_spec: Annotated[str, typer.Option("--signal", help="exact:answer, math:answer, code, file.py:name.")],
    out: Annotated[Path | None, typer.Option(help="Write the verdicts here (JSON lines).")] = None,
    gold: Annotated[str | None, typer.Option(help="Column of trusted truth: adds φ and ψ.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Score the rows of a file with a signal.

    A receipt: what became of every row, the accept rate over scored rows, seconds; with --gold how often good and bad
    rows are accepted (φ, ψ).
    """
    from openloop.auditing.receipt import score_file, spoken_receipt

    result = score_file(file, signal_spec, out, gold)
    _print_result(result, as_json, spoken_receipt(result))


@app.command()
def audit(
    data: Annotated[list[Path], typer.Argument(help="Rows: files, folders of shards, or one run directory.")],
    gold: Annotated[str | None, typer.Option(help="Trusted truth: a two-class column, or COLUMN>=X.")] = None,
    judge_column: Annotated[list[str] | None, typer.Option(help="The verifier's column; more: a panel.")] = None,
    group: Annotated[str | None, typer.Option(help="What tells rows of one prompt [default: its text].")] = None,
    max_bad: Annotated[float, typer.Option(help="Share of bad rows among the kept that is acceptable.")] = 0.1,
    accept_at: Annotated[float | None, typer.Option(help="Score from which the verifier accepts.")] = None,
    labels: Annotated[list[Path] | None, typer.Option(help="Rows labelled after LABEL FIRST.")] = None,
    eval_set: Annotated[Path | None, typer.Option(help="Evaluation rows that must not be in the data.")] = None,
    real: Annotated[Path | None, typer.Option(help="Real rows to compare with.")] = None,
    keep: Annotated[Path | None, typer.Option(help="Write the rows to train on here.")] = None,
    to_label: Annotated[Path | None, typer.Option(help="Rows to label [default: ./NAME.to-label.jsonl].")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write JSON here; - prints it.")] = None,
    prompt: Annotated[str | None, typer.Option(help="The prompt's column.")] = None,
    completion: Annotated[str | None, typer.Option(help="The completion's column.")] = None,
    model: Annotated[str | None, typer.Option(help="The column of the source model.")] = None,
    confidence: Annotated[str | None, typer.Option(help="The model's own confidence, such as logprob.")] = None,
    swapped: Annotated[str | None, typer.Option(help="Pairwise verdict with the answers swapped.")] = None,
    judge_model: Annotated[str | None, typer.Option(help="The column that names the judge's model.")] = None,
    arm: Annotated[str | None, typer.Option(help="Arm of a run directory.")] = None,
    level: Annotated[float, typer.Option(help="Coverage of the intervals.")] = 0.95,
    target: Annotated[str, typer.Option(help="What they are about: process or file.")] = "process",
    everything: Annotated[bool, typer.Option("--all", help="Print the estimates of all strata too.")] = False,
) -> None:
    """Say whether to train on a file.

    One decision; the worst rows that the verifier passed; how good the verifier is, where it fails, what it can be
    fooled by; which rows to label next. Needs no model.
    """
    from openloop.auditing import audit as look
    from openloop.auditing.labelling import free_path
    from openloop.report.terminal_audit import show_audit

    said = json_file != Path("-")
    result = look(
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
        accept_at=accept_at,
        max_bad=max_bad,
        level=level,
        target=target,
        labels=labels or (),
        eval_set=eval_set,
        real=real,
        keep=keep,
        arm=arm,
        json=json_file if said else None,
        to_label=to_label or free_path(data[0].name.split(".")[0]),
    )
    if said:
        _print(show_audit(result, everything=everything))
    else:
        _print_json(result.to_json())


@app.command()
def export(
    directory: RunArgument,
    to: Annotated[str, typer.Option(help="trl, messages, sharegpt, alpaca, parquet or dpo.")],
    arm: Annotated[str | None, typer.Option(help="Arm; the one the decision names if not given.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed; the first if not given.")] = None,
    round: Annotated[int | None, typer.Option("--round", help="Round; the last if not given.")] = None,
    out: Annotated[Path | None, typer.Option(help="File; DIRECTORY/export/... if not given.")] = None,
    overwrite: Annotated[bool, typer.Option(help="Replace an existing file.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write kept rows as training data.

    With a data-set card that states sources, models, signals, selection and licences.
    """
    from openloop.cli.export import release_run

    result = release_run(directory, to, arm=arm, seed=seed, round=round, out=out, overwrite=overwrite)
    _print_result(result, as_json)


@app.command()
def sandbox(
    port: Annotated[int, typer.Option(help="Where to listen.")] = 8765,
    host: Annotated[str, typer.Option(help="Whom to hear; strangers need a token.")] = "127.0.0.1",
    runner: Annotated[str, typer.Option(help="bubblewrap, docker or podman.")] = "bubblewrap",
    at_once: Annotated[int, typer.Option(help="Programs at once; 0: as many as cores.")] = 0,
) -> None:
    """Run programs for others: the service behind `runner: http://HOST:PORT` of the signal `code`.

    For places where no sandbox works, such as inside a container. Set OPENLOOP_SANDBOX_TOKEN on both sides.
    """
    from openloop.sandbox.base import Limits
    from openloop.sandbox.runners import runner_named
    from openloop.sandbox.service import server

    made = runner_named(runner, "python:3.12-slim", "sandbox")
    serving = server(made, host, port, Limits(wall=60.0, cpu=60, memory=4096), at_once or len(os.sched_getaffinity(0)))
    typer.echo(f"running programs for http://{host}:{serving.server_port}; stop with Ctrl-C")
    serving.serve_forever()


app.add_typer(simulate, name="simulate")
app.command()(reproduce)


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


def _recipe(path: Path, settings: list[str] | None, arms: str | None) -> Any:
    from openloop.recipe import read_recipe

    recipe = read_recipe(path, settings or [])
    return recipe.with_arms([name.strip() for name in arms.split(",")] if arms else None)


def _default_directory(path: Path, recipe: Any) -> Path:
    return path.parent / "runs" / str(recipe.name)


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, indent=1, ensure_ascii=False, default=str))


def _print_result(result: dict[str, Any], as_json: bool, text: str | None = None) -> None:
    if as_json:
        _print_json(result)
    else:
        typer.echo(text or "\n".join(f"{key}: {value}" for key, value in result.items() if value != []))


def _print(renderable: Any) -> None:
    from rich.console import Console

    Console(highlight=False, width=None if sys.stdout.isatty() else 130).print(renderable)
