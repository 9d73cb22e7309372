"""From a recipe to a finished run directory: check, plan, run, and say what failed."""

from __future__ import annotations

import json
import logging
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import yaml

from openloop import filesystem
from openloop.errors import InputError
from openloop.recipe import Recipe
from openloop.recipe.loop import run_recipe
from openloop.recipe.validation import validate
from openloop.run.engine import Engine
from openloop.run.plan import Plan
from openloop.run.run import Run
from openloop.run.session import Session
from openloop.run.store import Step, Store

log = logging.getLogger("openloop")


def plan_recipe(recipe: Recipe, directory: Path) -> Plan:
    """What a run would do. Writes nothing; a directory that does not exist yet has everything to do."""
    made = Plan()
    store = Store.read(directory) if (directory / "store.sqlite").exists() else Store.empty(directory)
    run_recipe(Run.over(Session(store, Engine(0), made), Step()), recipe)
    return made


def carry_out(recipe: Recipe, directory: Path, *, yes: bool = False, quiet: bool = False) -> bool:
    """Run a recipe into a directory; True when some chain failed (an arm that ended is no failure)."""
    said = validate(recipe)["said"]
    log.info("%s", "; ".join(said))
    run = Run(directory, workers=recipe.workers)
    try:
        plan = plan_recipe(recipe, directory)
        if plan.pays_again and not yes:
            raise InputError(
                "this recipe differs from the one that ran here, and would pay again for "
                f"{sum(stage.requests for stage in plan.todo if stage.paid):,} requests. Look at `openloop plan`; "
                "add --yes to go on, or choose another directory with --dir."
            )
        write_recipe(recipe, run.store.root)
        with _progress(plan, run.store, quiet):
            run_recipe(run, recipe)
        return any(status == "failed" for status, _ in run.store.journal.chains().values())
    finally:
        run.close()


def write_recipe(recipe: Recipe, root: Path) -> None:
    """Keep the recipe in the run directory, as `show` and `export` read it."""
    values = json.loads(recipe.model_dump_json(exclude_unset=True))
    values |= {"arms": recipe.arms}
    text = yaml.safe_dump({"base": str(recipe.base.resolve()), "recipe": values}, sort_keys=False, allow_unicode=True)
    filesystem.write_text(root / "recipe.yaml", text)


def _progress(plan: Plan, store: Store, quiet: bool) -> AbstractContextManager[object]:
    if quiet or not plan.todo:
        return nullcontext()
    from rich.console import Console

    from openloop.report.terminal_progress import ProgressDisplay

    display = ProgressDisplay(plan, Console(stderr=True, highlight=False))
    store.observers.append(display)
    return display
