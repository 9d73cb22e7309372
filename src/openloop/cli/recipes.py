"""Verbs about a recipe and the run it makes: init, validate, plan, run, show, export."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openloop.cli.options import ArmsOption, DirOption, JsonOption, RecipeArgument, RunArgument, SetOption
from openloop.cli.output import print_json, print_result, print_table

if TYPE_CHECKING:
    from openloop.recipe import Recipe


def init(
    name: Annotated[str, typer.Argument(metavar="FOLDER", help="Folder to create.")],
    template: Annotated[
        str, typer.Option(metavar="NAME", help="One of loop, instructions, reasoning, code, judge, finetune.")
    ] = "loop",
    as_json: JsonOption = False,
) -> None:
    """Create a folder with a recipe that runs as it is.

    Every template runs offline and without an API key, all but finetune without torch:

    \b
    loop          three rounds of training, with a verifier of your own
    instructions  new instructions and answers from forty real rows
    reasoning     several answers per question, an exact check, a pass-rate filter
    code          programs that must pass their tests, and pass@k
    judge         a language model as judge, and how good it is
    finetune      three ways to train a small Hugging Face model, compared
    """
    from openloop.recipe.starter import make_starter

    files = make_starter(Path(name), template)
    if as_json:
        print_json({"files": [str(file) for file in files]})
        return
    typer.echo("\n".join(f"wrote {file}" for file in files))
    typer.echo(f"next: openloop run {Path(name) / 'recipe.yaml'}")


def validate(recipe: RecipeArgument, settings: SetOption = None, as_json: JsonOption = False) -> None:
    """Check a recipe without spending anything.

    Builds every part, reads the data, tries every signal on its accept and reject cases, and counts the work.
    """
    from openloop.recipe.validation import validate as check

    result = check(_read(recipe, settings, "all"))
    print_result(result, as_json, "\n".join([*result["said"], "valid"]))


def plan(
    recipe: RecipeArgument,
    directory: DirOption = None,
    settings: SetOption = None,
    arms: ArmsOption = None,
    probe: Annotated[bool, typer.Option("--probe", help="Time three steps of each training.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show what a run would compute and cost.

    Lists for each stage whether it is reused, recomputed or new, with its requests, tokens, money and minutes, and
    for each training its parameters, tokens, steps and memory. Spends nothing.
    """
    from dataclasses import asdict

    from openloop.recipe.execute import plan_recipe
    from openloop.report.plan_table import plan_blocks
    from openloop.report.terminal import draw

    parsed = _read(recipe, settings, arms)
    made = plan_recipe(parsed, directory or _default_directory(recipe, parsed), probes=probe)
    if as_json:
        print_json(asdict(made) | {"seconds": made.seconds, "pays_again": made.pays_again})
    else:
        print_table(draw(plan_blocks(made)))


def run(
    recipe: RecipeArgument,
    directory: DirOption = None,
    settings: SetOption = None,
    arms: ArmsOption = None,
    workers: Annotated[
        int | None, typer.Option(metavar="N", help="Worker processes, overriding the recipe; 0: run in this process.")
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Pay again for requests that a changed recipe invalidates.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Run a recipe, or resume it.

    After an interruption the same command continues where it stopped. Nothing that is finished is computed or paid
    for twice.
    """
    from contextlib import nullcontext

    from openloop.recipe.execute import execute
    from openloop.report.run_summary import summarise
    from openloop.report.terminal_progress import watch

    parsed = _read(recipe, settings, arms)
    if workers is not None:
        parsed = parsed.model_copy(update={"workers": workers})
    directory = directory or _default_directory(recipe, parsed)
    command = shlex.join(["openloop", *sys.argv[1:]])
    try:
        quiet = (lambda _plan, _store: nullcontext()) if as_json else watch
        failed = execute(parsed, directory, yes=yes, watch=quiet)
    except KeyboardInterrupt:
        typer.echo(f"\nInterrupted. Finished work is saved in {directory}. Resume with: {command}", err=True)
        raise typer.Exit(130) from None
    if as_json:
        print_json(summarise(directory))
    else:
        show(directory)
        typer.echo(f"\nSaved in {directory}. Show this again with: openloop show {directory}")
    if failed:
        raise typer.Exit(1)


def show(directory: RunArgument, as_json: JsonOption = False) -> None:
    """Show the results of a run.

    Accuracy per arm and round with intervals over seeds, where every row went, whether outside information reached
    each arm, what went wrong in trainings, every pair of arms compared on every test, and which arm to train on.
    """
    from openloop.report.run_sections import run_blocks
    from openloop.report.run_summary import run_summary, summarise
    from openloop.report.stages_table import loose_blocks
    from openloop.report.terminal import draw
    from openloop.run.store import Store

    if as_json:
        print_json(summarise(directory))
        return
    store = Store.read(directory)
    summary = run_summary(store)
    print_table(draw(loose_blocks(store) if summary is None else run_blocks(summary)))


def export(
    directory: RunArgument,
    to: Annotated[str, typer.Option(metavar="FORMAT", help="One of trl, messages, sharegpt, alpaca, parquet, dpo.")],
    arm: Annotated[str | None, typer.Option(metavar="NAME", help="Arm [default: the one `show` recommends].")] = None,
    seed: Annotated[int | None, typer.Option(metavar="N", help="Seed [default: the first].")] = None,
    round: Annotated[int | None, typer.Option("--round", metavar="N", help="Round [default: the last].")] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Output file: .jsonl, .jsonl.gz or .parquet [default: in RUN/export]."),
    ] = None,
    plain: Annotated[
        bool, typer.Option("--plain", help="trl, dpo: leave text as text, for models without a chat template.")
    ] = False,
    holdout: Annotated[
        float, typer.Option(metavar="SHARE", help="Share of the prompts to set aside, such as 0.1.")
    ] = 0.0,
    hub: Annotated[
        bool, typer.Option("--hub", help="Write a folder that a data-set hub reads: README.md and data/*.parquet.")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing file.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write the selected rows as training data.

    Text becomes chat messages in the formats of TRL, so that it applies the model's chat template. A data-set card
    beside the file lists sources, models, signals, selection and licences.
    """
    from openloop.cli.export import export_run

    result = export_run(
        directory,
        to,
        arm=arm,
        seed=seed,
        round=round,
        out=out,
        plain=plain,
        holdout=holdout,
        hub=hub,
        overwrite=overwrite,
    )
    print_result(result, as_json)


def _read(path: Path, settings: list[str] | None, arms: str | None) -> Recipe:
    from openloop.recipe import read_recipe

    recipe = read_recipe(path, settings or [])
    return recipe.with_arms([name.strip() for name in arms.split(",")] if arms else None)


def _default_directory(path: Path, recipe: Recipe) -> Path:
    return path.parent / "runs" / recipe.name
