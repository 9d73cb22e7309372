"""How many requests a round that asks for a number of rows will take, from the share of requests that gave a row."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from openloop.data.tables import ROW
from openloop.measures import clustered
from openloop.measures.combined_intervals import square_and_add
from openloop.records import Estimate
from openloop.run.stages.paid import NOT_ASKED
from openloop.run.stages.select import SURPLUS
from openloop.run.store import Placed, Step, Store

FIELDS = ["id", "prompt_id", "failure"]
Range = tuple[float, float | None, float | None]
"""At least, expected, at most; None where nobody can tell."""


@dataclass(frozen=True, slots=True)
class RowsPerRequest:
    """What requests of an arm have given so far: those that begin a batch, such as proposals, are counted."""

    rows: Estimate
    """Kept rows per request that begins a batch; surplus rows count as kept."""
    requests: float
    """Requests of all kinds for each one that begins a batch."""


@dataclass(frozen=True, slots=True)
class ExpectedRound:
    """A round that draws batches until it has enough rows, and has not got them yet."""

    step: Step
    selection: str
    """Fingerprint of the selection that is to keep them."""
    wanted: int
    """Rows that are still to be kept."""
    batch: int
    """Requests that begin a batch."""
    batch_most: int
    """Rows that one batch can give at most."""
    batches_left: int
    seen: RowsPerRequest | None
    """None before any batch of the arm was selected from."""
    tokens: float
    """Of one batch, as planned."""
    money: float
    seconds: float | None

    @property
    def batches(self) -> Range:
        """Further batches, the first planned one included."""
        least = math.ceil(self.wanted / max(1, self.batch_most))
        if self.seen is None:
            return least, None, None
        low, middle, high = requests_for(self.wanted, self.seen.rows)
        expected, most = (None if value is None else math.ceil(value / self.batch) for value in (middle, high))
        return max(1, least, math.ceil(low / self.batch)), expected, most

    @property
    def requests(self) -> Range:
        """Requests of all kinds."""
        each = self.batch * (1.0 if self.seen is None else self.seen.requests)
        low, middle, high = self.batches
        return low * each, None if middle is None else middle * each, None if high is None else high * each

    @property
    def falls_short(self) -> bool:
        """Whether even the most that ``max_batches`` allows is surely too little."""
        return self.batches[0] > self.batches_left

    @property
    def may_fall_short(self) -> bool:
        """Whether as many batches as expected are more than ``max_batches`` allows."""
        return self.falls_short or (self.batches[1] or 0) > self.batches_left


def requests_for(rows: int, seen: Estimate) -> Range:
    """Requests until so many rows are kept, with the interval of a prediction: what is seen errs, and so does luck.

    The n requests that were seen tell the yield with an error; the N that are to come have one of their own, so the
    interval of the yield is widened by √(1 + n/N).
    """
    if not seen.value > 0:
        return 0.0 if seen.high is None else rows / seen.high, None, None
    expected = rows / seen.value
    wider = math.sqrt(1 + seen.n / expected)
    high = None if seen.high is None else seen.value + (seen.high - seen.value) * wider
    # On the scale of logarithms a lower bound stays above zero.
    low = None if not seen.low else seen.value * (seen.low / seen.value) ** wider
    return 0.0 if high is None else rows / high, expected, None if low is None else rows / low


def rows_per_request(store: Store, arm: str, steps: Sequence[Placed], level: float = 0.95) -> RowsPerRequest | None:
    """Over the last selection of every round of an arm; before there is one, by its preview; None without either."""
    mine = [entry for entry in steps if entry.step.arm == arm]
    by_round = {(s.step.seed, s.step.round): s for s in mine if s.kind == "select" and s.step.purpose == "loop"}
    if by_round:
        return _together(store, [_beside(mine, one, "loop", "propose") for one in by_round.values()], level)
    tried = [entry for entry in mine if entry.step.purpose.startswith("preview")]
    answered = _together(store, [[entry for entry in tried if entry.step.purpose == "preview"]], level)
    proposed = _together(store, [[entry for entry in tried if entry.step.purpose != "preview"]], level)
    if answered is None or proposed is None:
        return answered or proposed
    # A preview answers only some of the prompts that it proposes, so that its two steps are looked at one by one.
    low, high = square_and_add(lambda a, b: a * b, [proposed.rows, answered.rows])
    rows = replace(proposed.rows, value=proposed.rows.value * answered.rows.value, low=low, high=high)
    return RowsPerRequest(rows, 1 + proposed.rows.value)


def _beside(steps: Sequence[Placed], selection: Placed, *purposes: str) -> list[Placed]:
    """A selection and what stands where it does; of its purpose no other selection."""
    where = (selection.step.seed, selection.step.round)
    here = [one for one in steps if (one.step.seed, one.step.round) == where and one.step.purpose in purposes]
    return [one for one in here if one.kind != "select" or one.fingerprint == selection.fingerprint]


def _together(store: Store, rounds: Sequence[Sequence[Placed]], level: float) -> RowsPerRequest | None:
    """Kept rows per request that no reply before it was asked by: clustered by the prompt of that request."""
    passed: list[str] = []
    prompts: dict[str, str] = {}
    parents: dict[str, str] = {}
    requests = 0
    for here in rounds:
        samples = {one.fingerprint: one.result for one in here if one.kind == "sample"}
        requests += sum(
            result["requested"] - result.get("failures", {}).get(NOT_ASKED, 0) for result in samples.values()
        )
        for fingerprint in (*samples, *(one.fingerprint for one in here if one.kind == "parse")):
            parents |= _parents(store, fingerprint)
        for fingerprint in samples:
            # What nobody asked, as a budget was spent, tells nothing of what a request gives.
            asked = (row for row in store.table([fingerprint], FIELDS).to_pylist() if row["failure"] != NOT_ASKED)
            prompts |= {row["id"]: row["prompt_id"] for row in asked}
        for choice in (one.fingerprint for one in here if one.kind == "select"):
            rows = store.table([choice], ["id", "kept", "reason"]).to_pylist()
            passed += [row["id"] for row in rows if row["kept"] or row["reason"] == SURPLUS]
    parents = {id: parent for id, parent in parents.items() if parent in prompts}  # a user's column may be called so
    kept = Counter(_root(id, parents) for id in passed)
    roots = [id for id in prompts if id not in parents]
    if not roots:
        return None
    counts = np.array([kept[root] for root in roots], dtype=np.float64)
    groups = np.unique([prompts[root] for root in roots], return_inverse=True)[1].astype(np.int64)
    most = max(1.0, float(counts.max()))
    found = clustered.proportion(counts, groups, level) if most == 1 else clustered.share(counts / most, groups, level)
    scaled = replace(
        found,
        value=found.value * most,
        low=None if found.low is None else found.low * most,
        high=None if found.high is None else found.high * most,
    )
    return RowsPerRequest(scaled, requests / len(roots))


def _parents(store: Store, fingerprint: str) -> dict[str, str]:
    """Candidate → the one that it was read from, or that wrote its prompt."""
    table = store.table([fingerprint], ["id", ROW + "reply"])
    if ROW + "reply" not in table.column_names:
        return {}
    pairs = zip(table.column("id").to_pylist(), table.column(ROW + "reply").to_pylist(), strict=True)
    return {id: reply for id, reply in pairs if isinstance(reply, str)}


def _root(id: str, parents: dict[str, str]) -> str:
    seen = set()
    while id in parents and id not in seen:
        seen.add(id)
        id = parents[id]
    return id
