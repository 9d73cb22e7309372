"""From a recipe to a finished run directory: check, plan, run, and say what failed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from openloop import filesystem
from openloop.errors import InputError
from openloop.recipe.loop import run_recipe
from openloop.recipe.record import record_of
from openloop.recipe.schema import Recipe
from openloop.recipe.validation import validate
from openloop.run.plan import Plan
from openloop.run.planning import Planning
from openloop.run.run import Run
from openloop.run.store import Step, Store

log = logging.getLogger("openloop")
Watch = Callable[[Plan, Store], AbstractContextManager[object]]
"""Shows how a run goes on, from its plan and the store it may observe, for as long as the context lasts."""


def plan_recipe(recipe: Recipe, directory: Path, *, probes: bool = False) -> Plan:
    """What a run would do. Writes nothing; a directory that does not exist yet has everything to do.

    ``probes``: time three steps of each kind of training.
    """
    store = Store.read(directory) if (directory / "store.sqlite").exists() else Store.empty(directory)
    session = Planning(store, probes=probes)
    run_recipe(Run.over(session, Step()), recipe)
    return session.plan


def execute(
    recipe: Recipe,
    directory: Path,
    *,
    yes: bool = False,
    asks: bool = True,
    watch: Watch = lambda _plan, _store: nullcontext(),
) -> bool:
    """Run a recipe into a directory; True when some chain failed (an arm that ended is no failure).

    ``asks=False`` asks paid models nothing: rounds end with the rows that their replies so far give, marked partial.
    """
    said = validate(recipe)["said"]
    log.info("%s", "; ".join(said))
    run = Run(directory, workers=recipe.workers)
    try:
        plan = plan_recipe(recipe, directory)
        if plan.pays_again and asks and not yes:
            raise InputError(
                "this recipe differs from the one that ran here: "
                f"{sum(stage.requests for stage in plan.todo if stage.paid):,} requests would be paid for again. "
                "See `openloop plan`; add --yes to continue, or use another directory with --dir."
            )
        record = record_of(recipe)
        run.store.journal.begin_run(record.to_json(), [(chain.arm, chain.seed) for chain in recipe.chains()])
        filesystem.write_text(run.store.root / "recipe.yaml", record.recipe)
        with watch(plan, run.store):
            run_recipe(run if asks else run.without_asking(), recipe)
        status = run.store.journal.chains()  # also of arms that the recipe had before
        return any(status[chain.arm, chain.seed][0] == "failed" for chain in recipe.chains())
    finally:
        run.close()
