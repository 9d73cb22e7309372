"""A recipe carried out: ordinary durable calls, arm by arm and seed by seed.

Every arm starts from the same generator. One round: draw prompts, sample, score, select until enough rows
are kept, train, evaluate. Chains (one arm under one seed) run side by side; stages they share are computed
once. Seeds depend on the chain's seed and the round but not on the arm, so that arms are compared in pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait

from openloop.contracts import Model
from openloop.contracts.models import has_weights
from openloop.recipe.parts import Parts
from openloop.recipe.references import references
from openloop.recipe.round_schema import Mix
from openloop.recipe.rounds import embed, gather
from openloop.recipe.schema import Chain, Recipe
from openloop.run.results import Kept, Student
from openloop.run.run import Run
from openloop.seeds import derive

POLL_SECONDS = 0.2


def run_recipe(run: Run, recipe: Recipe) -> None:
    """Carry out every chain. An arm that ends or fails says why, and the others go on."""
    todo = recipe.chains()
    parts = {chain.arm: Parts(recipe, chain.settings) for chain in todo}
    if run.session.side_by_side == 1:
        for chain in todo:
            run_chain(run, recipe, chain, parts[chain.arm])
        return
    side_by_side = min(len(todo), run.session.side_by_side)
    with ThreadPoolExecutor(side_by_side, thread_name_prefix="chain") as pool:
        futures = [pool.submit(run_chain, run, recipe, chain, parts[chain.arm]) for chain in todo]
        try:
            while wait(futures, timeout=POLL_SECONDS).not_done:  # wakes often, so that Ctrl-C is heard
                if broken := [f.exception() for f in futures if f.done() and f.exception() is not None]:
                    raise broken[0]  # type: ignore[misc]
        except BaseException:
            run.session.stop()
            raise
    for future in futures:
        future.result()


def run_chain(run: Run, recipe: Recipe, chain: Chain, parts: Parts) -> None:
    """All rounds of one arm under one seed. What ends or breaks it is recorded, not raised."""
    with run.session.chain(chain.arm, chain.seed):
        _rounds(run, recipe, chain, parts)


def _rounds(run: Run, recipe: Recipe, chain: Chain, parts: Parts) -> None:
    at, settings = run.at(arm=chain.arm, seed=chain.seed), chain.settings
    for source, role, name in references(parts):
        at.keep_reference(source, role, name)
    if settings.real_share is not None:
        at.keep_real(parts.real)
    own = parts.model(chain.seed)
    if own is None or not parts.tests:
        for number in range(1, recipe.rounds + 1):
            gather(run.at(arm=chain.arm, seed=chain.seed, round=number), parts, settings, None)
        return
    base = pretrained(at, parts, own)
    generator = base
    if recipe.generator is not None:
        seed, options = derive("train", chain.seed, 0), recipe.generator.fit
        generator = at.train(base, real=parts.real, seed=seed, using=parts.first_trainer, **options)
    evaluated(at, parts, generator)
    starts = {"generator": generator, "model": base}
    student = generator
    history: list[Kept] = []
    students: list[tuple[Student, float]] = []
    for number in range(1, recipe.rounds + 1):
        at = run.at(arm=chain.arm, seed=chain.seed, round=number)
        trained = train_round(at, parts, starts.get(settings.start, student), student, history)
        student = trained
        students.append((trained, evaluated(at, parts, trained)))
        retain(run, recipe.keep_models, students)


def evaluated(at: Run, parts: Parts, model: Model | Student) -> float:
    """Take every test; the first estimate of the first one, which arms and rounds are compared by."""
    found = [test.evaluate(at, model, parts.settings.sampling.max_tokens) for test in parts.tests]
    return found[0].value


def pretrained(at: Run, parts: Parts, model: Model) -> Model | Student:
    """The model itself where it has weights; else what its pretraining makes of it, the same for all seeds."""
    made = parts.recipe.pretrain
    if made is None or has_weights(model):
        return model
    return at.train(model, real=parts.pretraining, seed=derive("pretrain"), using=parts.pretrainer, **made.fit)


def train_round(
    at: Run, parts: Parts, start: Model | Student, sampler: Model | Student, history: list[Kept]
) -> Student:
    """One round's training of ``start`` on what ``sampler`` answers; what is kept is added to the ``history``."""
    settings, trainer = parts.round, parts.trainer
    seed = derive("train", at.step.seed, at.step.round)
    if parts.rewarded:
        prompts = parts.prompts(derive("prompts", at.step.seed, at.step.round), 0)
        policy = at.train(start, prompts, seed=seed, using=trainer)
        if settings.select:
            columns = embed(at, parts, policy.rollouts)
            at.select(policy.rollouts, policy.verdicts, parts.selector, limit=settings.train_rows, columns=columns)
        return policy
    rows: list[Kept] = []
    if settings.mix != "real":
        history.append(gather(at, parts, settings, sampler))
        rows = list(history) if settings.accumulates else history[-1:]
    return at.train(
        start,
        rows,
        real=None if settings.mix == "replace" else parts.real,
        real_share=settings.real_share,
        most_rows=settings.mix.accumulate if isinstance(settings.mix, Mix) else None,
        seed=seed,
        using=trainer,
        **settings.fit,
    )


def retain(run: Run, keep: str, students: Sequence[tuple[Student, float]]) -> None:
    """Delete the weights that the retention rule no longer keeps; ``students`` with accuracies, by round."""
    if keep == "all":
        return
    best = max(students, key=lambda pair: pair[1])[0]
    wanted = {students[-1][0].stage.fingerprint}  # the next round starts from it
    if keep == "best":
        wanted.add(best.stage.fingerprint)
    for student, _ in students:
        if student.stage.fingerprint not in wanted:
            run.session.drop_files(student.stage)
