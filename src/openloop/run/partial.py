"""What a run that stopped early left: which selections are partial, and replies that no finished stage holds."""

from __future__ import annotations

from dataclasses import dataclass

from openloop.run.kept_rows import RecordedSelection
from openloop.run.stages.paid import NOT_ASKED
from openloop.run.store import Store


def partial_selection(store: Store, selection: RecordedSelection) -> str:
    """Why a selection has fewer rows than its round was to have; empty where it has them all."""
    stage = store.finished_stage(selection.fingerprint)
    why = []
    stages = dict.fromkeys(
        [*_behind(store, selection.pools), *(s for held in selection.verdicts.values() for s in held)]
    )
    partial = [stage for stage in map(store.finished_stage, stages) if "partial" in stage.record]
    lacking = sum(stage.result.get("failures", {}).get(NOT_ASKED, 0) for stage in partial if stage.kind == "sample")
    if lacking:
        why.append(f"{lacking:,} requests were not asked")
    if any(stage.kind == "score" for stage in partial):
        why.append("a judge was not asked about all of the rows")
    wanted = stage.record.get("limit")
    if wanted is not None and stage.result["kept"] < wanted:
        why.append(f"{stage.result['kept']:,} of the {wanted:,} rows asked for")
    return "; ".join(why)


def is_partial(store: Store, fingerprint: str) -> bool:
    """Whether a finished stage, or the pool that it judges or reads, made do with the replies that were there."""
    stage = store.stage(fingerprint)
    if stage is None:
        return False
    pool = stage.record.get("pool")
    return "partial" in stage.record or (isinstance(pool, str) and is_partial(store, pool))


def _behind(store: Store, pools: tuple[str, ...]) -> list[str]:
    """The pools and, of parsed ones, those that they were read from."""
    parsed = [store.finished_stage(pool).record.get("pool") for pool in pools]
    return [*pools, *(pool for pool in parsed if pool is not None)]


@dataclass(frozen=True, slots=True)
class UnfinishedReplies:
    """Replies that are paid for, of stages that have not finished and of which no partial rows were made."""

    requests: int
    tokens: int


def unfinished_replies(store: Store) -> UnfinishedReplies | None:
    """What a stop left in the store that no row holds yet; None where there is nothing."""
    finished = set(store.finished())
    made = {
        held["instead_of"]
        for name in finished
        if (held := store.finished_stage(name).record.get("partial")) is not None
    }
    left = [store.requests.usage(stage) for stage in store.requests.stages() if stage not in finished | made]
    requests = sum(used.requests for used in left)
    tokens = sum(used.prompt_tokens + used.completion_tokens for used in left)
    return UnfinishedReplies(requests, tokens) if requests else None
