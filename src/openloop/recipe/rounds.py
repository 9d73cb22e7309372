"""How the rows of a round come about: prompts drawn or proposed, answered, read, judged, selected."""

from __future__ import annotations

from openloop import selection
from openloop.contracts import Model
from openloop.data.prompt_sources import First, PromptSource, Share
from openloop.errors import ArmEnded, RecipeError, SpendingEnded
from openloop.recipe.parts import Parts
from openloop.recipe.round_schema import Round
from openloop.run.embedded import Embedded
from openloop.run.results import Kept, Pool, Student, Verdicts
from openloop.run.run import Run
from openloop.run.session import Batch
from openloop.seeds import derive

PROPOSE = "propose"


def gather(at: Run, parts: Parts, settings: Round, student: Model | Student | None) -> Kept:
    """Sample batches of prompts until the selection keeps ``train_rows`` rows; one batch when none are asked.

    Where a model may spend no more, what was answered is selected, marked partial, before the arm ends.
    """
    if not at.session.asks:
        kept = _answered(at, parts, settings, student)
        if kept is not None and not kept.partial and kept.reaches(settings.train_rows):
            return kept
        raise ArmEnded(f"round {at.step.round}: nothing more was asked. {_partial_text(kept)}")
    try:
        return _batches(at, parts, settings, student)
    except SpendingEnded as end:
        kept = _answered(at.without_asking(), parts, settings, student)
        raise SpendingEnded(f"{end} {_partial_text(kept)}") from end


def _answered(at: Run, parts: Parts, settings: Round, student: Model | Student | None) -> Kept | None:
    """What is kept of the replies that are there; None where there are none."""
    try:
        return _batches(at, parts, settings, student)
    except ArmEnded:
        return None


def _partial_text(kept: Kept | None) -> str:
    if kept is None or not len(kept):
        return "No row was kept of what was answered."
    return f"{len(kept):,} rows are kept of what was answered, marked partial."


def _batches(at: Run, parts: Parts, settings: Round, student: Model | Student | None) -> Kept:
    """See :func:`gather`. Where nothing may be asked, as many batches as have replies."""
    pool: Pool | None = None
    verdicts: dict[str, Verdicts] = {}
    columns: dict[str, Embedded] = {}
    kept: Kept | None = None
    for batch in range(settings.max_batches if settings.train_rows else 1):
        try:
            more = draw(at, parts, student, propose(at, parts, student, batch), batch)
        except ArmEnded:
            if at.session.asks or kept is None:
                raise
            return kept
        if not at.session.asks and not len(more):
            return kept if kept is not None else at.select(more, {}, selection.everything())
        pool = more if pool is None else pool + more
        for name, scored in judge(at, parts, more).items():
            verdicts[name] = verdicts[name] + scored if name in verdicts else scored
        for name, vectors in embed(at, parts, more).items():
            columns[name] = columns[name] + vectors if name in columns else vectors
        kept = at.select(pool, verdicts, parts.selector, limit=settings.train_rows, columns=columns)
        if kept.reaches(settings.train_rows, Batch(batch + 1, settings.max_batches)):
            return kept
    assert kept is not None, "a round has at least one batch"
    if not at.session.asks:
        return kept
    if not kept.reaches():
        raise ArmEnded(f"round {at.step.round}: no candidate was kept ({kept!r}).")
    raise ArmEnded(
        f"round {at.step.round}: {len(kept):,} of the {settings.train_rows:,} rows requested were kept in "
        f"{settings.max_batches} batches ({kept!r}). Raise max_batches or lower train_rows."
    )


def propose(
    at: Run, parts: Parts, student: Model | Student | None, batch: int, first: int | None = None
) -> PromptSource:
    """The prompts of one batch: drawn from rows, or first written by a model and selected.

    ``first``: ask for proposals by the first so many prompts alone.
    """
    proposer = parts.proposer
    if proposer is None:
        return parts.prompts(derive("prompts", at.step.seed, at.step.round), batch)
    inner = at.during(PROPOSE if at.step.purpose == "loop" else f"{at.step.purpose} {PROPOSE}")
    asked = proposer.prompts(derive("prompts", at.step.seed, at.step.round), batch)
    pool = draw(inner, proposer, student, asked, batch, first)
    verdicts = judge(inner, proposer, pool)
    kept = inner.select(pool, verdicts, proposer.selector, columns=embed(inner, proposer, pool))
    if not kept.reaches():
        broken = pool.first_broken()
        raise ArmEnded(
            f"round {at.step.round}: no proposed prompt was kept ({pool!r}; {kept!r})."
            + (f" First failure: {broken}" if broken else "")
        )
    return kept.as_prompts()


def draw(
    at: Run,
    parts: Parts,
    student: Model | Student | None,
    prompts: PromptSource,
    batch: int,
    first: int | None = None,
) -> Pool:
    """What the samplers answer, each its share of the prompts, read by the parser where there is one.

    ``first``: only the first so many prompts, each asked as it is when all are.
    """
    sampling = parts.settings.sampling.model_dump()
    purpose = [PROPOSE] if at.step.purpose.endswith(PROPOSE) else []
    luck = derive("sample", at.step.seed, at.step.round, batch, *purpose)
    own: list[tuple[Model | Student, float]] = [] if student is None else [(student, 1.0)]
    shares = list(parts.samplers) or own
    pool: Pool | None = None
    below = 0.0
    for model, share in shares:
        mine = prompts if share == 1 else Share(prompts, below, min(1.0, below + share))
        below += share
        mine = mine if first is None else First(mine, max(1, round(share * first)))
        sampled = at.sample(model, mine, seed=luck, **sampling)
        sampled = sampled if parts.parser is None else at.parse(sampled, parts.parser)
        pool = sampled if pool is None else pool + sampled
    if pool is None:
        raise RecipeError("sampler: required, because there is no `model` to answer.")
    return pool


def judge(at: Run, parts: Parts, pool: Pool) -> dict[str, Verdicts]:
    """The verdicts of every signal, by the names that the recipe gives them."""
    verdicts = {}
    for name, signal in parts.signals.items():
        verdicts[name] = at.score(pool, signal, name=name)
        if at.session.asks:
            require_scored(verdicts[name], parts.settings.unscored.max_share)
    return verdicts


def embed(at: Run, parts: Parts, pool: Pool) -> dict[str, Embedded]:
    """The vectors that selectors find, by the names of their columns."""
    return {vectors.name: vectors.embed(at, pool) for vectors in parts.vectors}


def require_scored(scored: Verdicts, most: float) -> None:
    """End the arm when too many rows could not be scored: the rest would not be a fair sample."""
    counts = scored.counts
    total = counts.get("generated", 0)
    unscored = total - counts.get("scored", 0)
    if total and unscored > most * total:
        raise ArmEnded(
            f"signal {scored.signal!r} left {unscored:,} of {total:,} rows unscored ({scored!r}), more than "
            f"unscored.max_share = {most}."
        )
