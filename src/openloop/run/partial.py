"""What a run that stopped early left: which selections are partial, and replies that no finished stage holds."""

from __future__ import annotations

from openloop.run.kept_rows import RecordedSelection
from openloop.run.store import Store


def partial_selection(store: Store, selection: RecordedSelection) -> str:
    """Why a selection has fewer rows than its round was to have; empty where it has them all."""
    stage = store.finished_stage(selection.fingerprint)
    why = []
    stages = dict.fromkeys(
        [*_behind(store, selection.pools), *(s for held in selection.verdicts.values() for s in held)]
    )
    lacking = [store.finished_stage(name).record.get("lacking", 0) for name in stages]
    if sum(lacking):
        why.append(f"{sum(lacking):,} requests were never answered")
    wanted = stage.record.get("limit")
    if wanted is not None and stage.result["kept"] < wanted:
        why.append(f"{stage.result['kept']:,} of the {wanted:,} rows asked for")
    return "; ".join(why)


def _behind(store: Store, pools: tuple[str, ...]) -> list[str]:
    """The pools and, of parsed ones, those that they were read from."""
    parsed = [store.finished_stage(pool).record.get("pool") for pool in pools]
    return [*pools, *(pool for pool in parsed if pool is not None)]
