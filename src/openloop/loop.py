"""A recipe carried out: ordinary durable calls, arm by arm and seed by seed.

Every arm starts from the same generator. One round: draw prompts, sample, score, select until enough rows
are kept, train, evaluate. Chains (one arm under one seed) run side by side; stages they share are computed
once. Seeds depend on the chain's seed and the round but not on the arm, so that arms are compared in pairs.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress

from openloop.contracts import Model
from openloop.errors import ArmEnded, DiskFullError, InputError, OpenloopError
from openloop.handles import Kept, Pool, Student, Verdicts
from openloop.recipe import Chain, Recipe, Round
from openloop.recipe.parts import Parts
from openloop.run import Run
from openloop.seeds import derive

log = logging.getLogger("openloop")
POLL_SECONDS = 0.2


def run_recipe(run: Run, recipe: Recipe) -> None:
    """Carry out every chain. An arm that ends or fails says why, and the others go on."""
    todo = recipe.chains()
    parts = {chain.arm: Parts(recipe, chain.settings) for chain in todo}
    if run.session.plan is not None or run.session.engine.workers == 0:
        for chain in todo:
            run_chain(run, recipe, chain, parts[chain.arm])
        return
    with ThreadPoolExecutor(len(todo), thread_name_prefix="chain") as pool:
        futures = [pool.submit(run_chain, run, recipe, chain, parts[chain.arm]) for chain in todo]
        try:
            while wait(futures, timeout=POLL_SECONDS).not_done:  # wakes often, so that Ctrl-C is heard
                if broken := [f.exception() for f in futures if f.done() and f.exception() is not None]:
                    raise broken[0]  # type: ignore[misc]
        except BaseException:
            run.session.engine.stop()
            raise
    for future in futures:
        future.result()


def run_chain(run: Run, recipe: Recipe, chain: Chain, parts: Parts) -> None:
    """All rounds of one arm under one seed. What ends or breaks it is recorded, not raised."""
    if run.session.plan is not None:
        with suppress(ArmEnded):
            _rounds(run, recipe, chain, parts)
        return
    journal = run.store.journal
    journal.begin_chain(chain.arm, chain.seed)
    try:
        _rounds(run, recipe, chain, parts)
    except ArmEnded as end:
        journal.set_chain(chain.arm, chain.seed, "ended", str(end))
        log.warning("arm %s, seed %d ended: %s", chain.arm, chain.seed, end)
    except (DiskFullError, InputError):
        raise  # nothing else could be written either, or nothing else would fit either
    except Exception as error:
        if run.session.engine.stopped:
            raise
        reason = str(error) if isinstance(error, OpenloopError) else f"{type(error).__name__}: {error}"
        journal.set_chain(chain.arm, chain.seed, "failed", reason)
        log.error("arm %s, seed %d failed: %s", chain.arm, chain.seed, reason, exc_info=error)
    else:
        journal.set_chain(chain.arm, chain.seed, "done")


def _rounds(run: Run, recipe: Recipe, chain: Chain, parts: Parts) -> None:
    at, settings = run.at(arm=chain.arm, seed=chain.seed), chain.settings
    untrained = parts.model(chain.seed)
    generator: Model | Student = untrained
    if recipe.generator is not None:
        seed = derive("train", chain.seed, 0)
        generator = at.train(untrained, real=parts.real, seed=seed, **recipe.generator.fit)
    at.evaluate(generator, parts.test, parts.judge, max_tokens=settings.sampling.max_tokens)
    starts = {"generator": generator, "model": untrained}
    student: Model | Student = generator
    history: list[Kept] = []
    students: list[tuple[Student, float]] = []
    for number in range(1, recipe.rounds + 1):
        at = run.at(arm=chain.arm, seed=chain.seed, round=number)
        kept = gather(at, chain, parts, student)
        history.append(kept)
        accumulate = settings.mix == "accumulate"
        student = at.train(
            starts.get(settings.start, student),
            history if accumulate else kept,
            real=parts.real if accumulate else None,
            seed=derive("train", chain.seed, number),
            **settings.fit,
        )
        evaluation = at.evaluate(student, parts.test, parts.judge, max_tokens=settings.sampling.max_tokens)
        students.append((student, evaluation.value))
        retain(run, recipe.keep_models, students)


def gather(at: Run, chain: Chain, parts: Parts, student: Model | Student) -> Kept:
    """Sample batches of prompts until the selection keeps ``train_rows`` rows; one batch when none are asked."""
    settings, number = chain.settings, at.step.round
    pool: Pool | None = None
    verdicts: dict[str, Verdicts] = {}
    kept: Kept | None = None
    for batch in range(settings.max_batches if settings.train_rows else 1):
        prompts = parts.prompts(derive("prompts", chain.seed, number), batch)
        seed = derive("sample", chain.seed, number, batch)
        more = at.sample(parts.sampler or student, prompts, seed=seed, **settings.sampling.model_dump())
        pool = more if pool is None else pool + more
        for name, signal in parts.signals.items():
            scored = at.score(more, signal)
            require_scored(scored, settings)
            verdicts[name] = verdicts[name] + scored if name in verdicts else scored
        kept = at.select(pool, verdicts, parts.selector, limit=settings.train_rows)
        if at.session.plan is not None and not kept.counts:
            at.session.plan.open_ended |= settings.train_rows is not None
            return kept
        if settings.train_rows and len(kept) >= settings.train_rows:
            return kept
    if kept is None or len(kept) == 0:
        raise ArmEnded(f"round {number}: no candidate was kept ({kept!r}).")
    if settings.train_rows:
        raise ArmEnded(
            f"round {number}: {len(kept):,} of the {settings.train_rows:,} rows asked for were kept in "
            f"{settings.max_batches} batches ({kept!r}). Raise max_batches or lower train_rows."
        )
    return kept


def require_scored(scored: Verdicts, settings: Round) -> None:
    """End the arm when too many rows could not be scored: the rest would not be a fair sample."""
    counts = scored.counts
    total = counts.get("generated", 0)
    unscored = total - counts.get("scored", 0)
    if total and unscored > settings.unscored.max_share * total:
        raise ArmEnded(
            f"signal {scored.signal!r} left {unscored:,} of {total:,} rows unscored ({scored!r}), more than "
            f"unscored.max_share = {settings.unscored.max_share}."
        )


def retain(run: Run, keep: str, students: Sequence[tuple[Student, float]]) -> None:
    """Delete the weights that the retention rule no longer keeps; ``students`` with accuracies, by round."""
    if keep == "all" or run.session.plan is not None:
        return
    best = max(students, key=lambda pair: pair[1])[0]
    wanted = {students[-1][0].stage.fingerprint}  # the next round starts from it
    if keep == "best":
        wanted.add(best.stage.fingerprint)
    for student, _ in students:
        if student.stage.fingerprint not in wanted:
            run.store.delete_artifact(student.stage.fingerprint)
