"""A recipe tried on a few prompts: what is asked, what comes back, what becomes of it and what it costs.

The first prompts of the recipe's first batch are asked in its own run directory, exactly as the run asks them, so that
replies that are paid for are not paid for again. Nothing of it counts as a row of the run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from openloop.contracts import Priced
from openloop.data.content import text_of
from openloop.errors import ArmEnded, InputError
from openloop.recipe.parts import Parts
from openloop.recipe.rounds import draw, embed, propose
from openloop.recipe.schema import Recipe
from openloop.recipe.validation import validate
from openloop.records import Usage
from openloop.run.expected_requests import RowsPerRequest, rows_per_request
from openloop.run.explained_rows import ExplainedRow, explained_rows
from openloop.run.planning import stages_behind
from openloop.run.rows_of_run import RowsOfRun
from openloop.run.run import Run
from openloop.run.stages.base import AsksModels
from openloop.run.store import Placed, Step, Store

PREVIEW = "preview"


@dataclass(frozen=True, slots=True)
class PreviewedReply:
    """One reply, and the rows that were made of it."""

    step: str
    """``propose`` or ``answer``."""
    prompt: str
    reply: str
    failure: str
    """Why the request failed; empty where it did not."""
    rows: Sequence[ExplainedRow]
    """The reply itself, or where a parser reads it, its items."""
    parsed: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What a few prompts of one arm gave."""

    arm: str
    seed: int
    replies: Sequence[PreviewedReply]
    requests: int
    sent: Usage
    """What was asked of paid models now; replies that were there already cost nothing again."""
    money: float
    seen: RowsPerRequest | None
    said: Sequence[str]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def preview(recipe: Recipe, directory: Path, n: int = 10) -> Preview:
    """Ask the first ``n`` prompts of the first arm. Raises what a run would raise, and InputError for ``n`` below 1."""
    if n < 1:
        raise InputError(f"-n: at least 1 prompt, got {n}.")
    validate(recipe)
    chain = recipe.chains()[0]
    parts = Parts(recipe, chain.settings)
    said = [] if len(recipe.arms) == 1 else [f"arm {chain.arm!r}, the first; another with --arms NAME"]
    student = None if parts.samplers else parts.model(chain.seed)
    if student is not None:
        said.append(f"{student.name!r} answers as it is before any training")
    run = Run(directory)
    try:
        store = run.store
        at = Run.over(run.session, Step(chain.arm, chain.seed, 1, PREVIEW))
        before = _spent(store)
        asked: list[Any] = []
        try:
            prompts = propose(at, parts, student, 0, first=n)
            pool = draw(at, parts, student, prompts, 0, first=n)
            verdicts = {name: at.score(pool, signal, name=name) for name, signal in parts.signals.items()}
            asked.append(at.select(pool, verdicts, parts.selector, columns=embed(at, parts, pool)).stage)
        except ArmEnded as end:
            said.append(str(end))
        steps = [one for one in store.journal.steps() if _here(one, at.step)]
        sent, money = _since(store, before, asked)
        if student is None and sent.requests == 0 and any(before.values()):
            said.append("every reply was there already: nothing was paid for now")
        return Preview(
            chain.arm,
            chain.seed,
            [reply for one in _in_order(steps) for reply in _replies(store, one)],
            sum(one.result["requested"] for one in steps if one.kind == "sample"),
            sent,
            money,
            rows_per_request(store, chain.arm, steps),
            said,
        )
    finally:
        run.close()


def _here(placed: Placed, step: Step) -> bool:
    same = (placed.step.arm, placed.step.seed, placed.step.round) == (step.arm, step.seed, step.round)
    return same and placed.step.purpose.startswith(PREVIEW)


def _in_order(steps: Sequence[Placed]) -> list[Placed]:
    """The selections, that of proposals first."""
    return sorted((one for one in steps if one.kind == "select"), key=lambda one: one.step.purpose == PREVIEW)


def _replies(store: Store, select: Placed) -> list[PreviewedReply]:
    """In the order in which they were asked for."""
    rows = explained_rows(RowsOfRun(store, None, select.step, select.fingerprint))
    step = "answer" if select.step.purpose == PREVIEW else "propose"
    pools = store.finished_stage(select.fingerprint).record["pools"]
    read_from = [store.finished_stage(pool).record.get("pool") for pool in pools]
    if not any(read_from):
        return [
            PreviewedReply(step, row.prompt, row.completion, row.reason if row.fate == "failed" else "", [row], False)
            for row in rows
        ]
    items: dict[str, list[ExplainedRow]] = {}
    for row in rows:
        items.setdefault(row.reply, []).append(row)
    columns = ["id", "prompt", "completion", "failure"]
    asked = store.table([pool for pool in read_from if pool is not None], columns).to_pylist()
    return [
        PreviewedReply(
            step,
            text_of(one["prompt"]),
            text_of(one["completion"]),
            one["failure"] or "",
            items.get(one["id"], []),
            True,
        )
        for one in asked
    ]


def _spent(store: Store) -> dict[str, Usage]:
    """By stage: what its answered requests used before now."""
    return {stage: store.requests.usage(stage) for stage in store.requests.stages()}


def _since(store: Store, before: dict[str, Usage], selections: Sequence[Any]) -> tuple[Usage, float]:
    """What was used since, and its price by the models that the stages ask."""
    models = {
        stage.fingerprint: ask.model
        for stage in stages_behind(selections)
        if isinstance(stage, AsksModels)
        for ask in stage.asks()
    }
    total, money = Usage(0, 0, 0), 0.0
    for stage, used in _spent(store).items():
        was = before.get(stage, Usage(0, 0, 0))
        new = Usage(
            used.prompt_tokens - was.prompt_tokens,
            used.completion_tokens - was.completion_tokens,
            used.requests - was.requests,
        )
        total = total.plus(new)
        model = models.get(stage)
        money += model.cost(new) if isinstance(model, Priced) else 0.0
    return total, money
