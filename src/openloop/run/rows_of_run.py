"""The rows of a run: the one selection whose rows `export` writes, `audit` decides about and `show --rows` prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from openloop.errors import InputError, nearest
from openloop.run.best_arm import best_arm, largest_gain
from openloop.run.comparisons import against_start, compared
from openloop.run.kept_rows import RecordedSelection, recorded_selection
from openloop.run.partial import partial_selection
from openloop.run.record import RunRecord
from openloop.run.store import Placed, Step, Store


class NothingSelected(InputError):
    """No selection of what was asked for has finished, so there are no rows of the run yet."""


@dataclass(frozen=True)
class RowsOfRun:
    """One finished selection of a run."""

    store: Store
    record: RunRecord | None
    """None where Python calls made the run."""
    step: Step
    """Its arm, seed and round."""
    selection: str
    """Fingerprint."""
    said: tuple[str, ...] = ()
    """What was chosen because nobody named it, and how to name another."""

    @cached_property
    def recorded(self) -> RecordedSelection:
        """What it chose from, and whom it heard."""
        return recorded_selection(self.store, self.selection)

    @cached_property
    def counts(self) -> dict[str, Any]:
        """``generated``, ``kept``, and ``dropped`` by reason."""
        return self.store.finished_stage(self.selection).result

    @cached_property
    def partial(self) -> str:
        """Why these are fewer rows than the round was to have; empty where it has them all."""
        return partial_selection(self.store, self.recorded)

    @property
    def where(self) -> str:
        """``arm verified, seed 0, round 2``; what of it there is in a run made by Python calls."""
        named = [f"arm {self.step.arm}"] if self.step.arm else []
        if self.record is not None or self.step.seed or self.step.round:
            named += [f"seed {self.step.seed}", f"round {self.step.round}"]
        return ", ".join(named) or "the last selection"

    @property
    def sentence(self) -> str:
        """``the 221 rows that `openloop export` writes, of arm x, seed 0, round 2: 600 candidates, ...``."""
        counts = self.counts
        how = "`openloop export` writes" if self.record is not None else "`Run.export` writes"
        return f"the {counts['kept']:,} rows that {how}, of {self.where}: {self.dropped_text}"

    @property
    def dropped_text(self) -> str:
        """``600 candidates, 221 kept, 379 dropped (200 rejected, 179 duplicate)``."""
        dropped = self.counts["dropped"]
        reasons = ", ".join(f"{n:,} {why}" for why, n in sorted(dropped.items(), key=lambda i: -i[1]))
        said = f"{self.counts['generated']:,} candidates, {self.counts['kept']:,} kept"
        return said + (f", {sum(dropped.values()):,} dropped ({reasons})" if dropped else "")


def rows_of_run(
    store: Store, *, arm: str | None = None, seed: int | None = None, round: int | None = None
) -> RowsOfRun:
    """The selection of an arm, a seed and a round; by default of the arm that the decision names, its last round.

    Raises NothingSelected where none has finished, InputError for a name that the run does not have, or where several
    arms are there and nothing tells which is better.
    """
    held = store.journal.run()
    record = None if held is None else RunRecord.read(held)
    steps = store.journal.steps()
    selections = [entry for entry in steps if entry.kind == "select" and entry.step.purpose == "loop"]
    said: list[str] = []
    if record is not None:
        arms: Sequence[str] = list(record.arms)
    else:
        arms = sorted({entry.step.arm for entry in steps if entry.step.purpose == "loop"})
    if not arms:
        raise NothingSelected(f"{store.root}: nothing has run yet.")
    if arm is None:
        arm, sentence = chosen_arm(store, record, arms, steps)
        said += [sentence] if sentence else []
    if arm not in arms:
        raise InputError(f"--arm {arm!r}: {nearest(arm, arms)}")
    mine = [entry for entry in selections if entry.step.arm == arm]
    seeds = [s for s in _seeds(record, steps, arm) if seed in (None, s)]
    if not seeds:
        raise InputError(f"--seed {seed}: allowed {_seeds(record, steps, arm)}.")
    trains = record is not None and record.trains
    finished = [s for s in seeds if any(entry.step.seed == s for entry in mine)]
    if not finished:
        which = f"seed {seeds[0]}" if len(seeds) == 1 else "no seed"
        of = f"arm {arm!r}, " if arm else ""
        raise NothingSelected(
            f"{of}{which} has no finished selection yet."
            if len(seeds) == 1
            else f"{of}{which} has a finished selection."
        )
    every = _seeds(record, steps, arm)
    if seed is None and len(every) > 1 and not trains:
        said.append(f"seed {finished[0]} of {every}: take the others with --seed")
    elif seed is None and finished[0] != every[0]:
        said.append(f"seed {finished[0]}: the first that has a finished selection")
    seed = finished[0]
    rounds = sorted({entry.step.round for entry in mine if entry.step.seed == seed})
    if round is None and len(rounds) > 1 and not trains:
        said.append(f"round {rounds[-1]} of {len(rounds)}: take the others with --round")
    round = rounds[-1] if round is None else round
    if round not in rounds:
        raise InputError(f"--round {round}: finished rounds are {rounds}.")
    last = [entry for entry in mine if (entry.step.seed, entry.step.round) == (seed, round)][-1]
    return RowsOfRun(store, record, last.step, last.fingerprint, tuple(said))


def chosen_arm(store: Store, record: RunRecord | None, arms: Sequence[str], steps: Sequence[Placed]) -> tuple[str, str]:
    """The arm that the decision names, or else the one with the largest gain, and a sentence that says which."""
    if len(arms) == 1:
        return arms[0], "the only arm there is" if arms[0] and record is not None and not record.trains else ""
    named = ", ".join(arms)
    if record is None or not record.trains:
        raise InputError(
            f"--arm: nothing was trained, so no arm is known to be better; name one of {named}, as in --arm {arms[0]}."
        )
    comparisons = compared(store, record, steps)
    changes = {name: against_start(comparisons, name, record) for name in arms}
    best = best_arm(changes)
    if best is not None:
        return best, f"arm {best!r}, which the decision names"
    gained = largest_gain(changes)
    if gained is None:
        raise InputError(f"--arm: no arm has finished, so none is chosen for you; name one of {named}.")
    return gained, f"arm {gained!r}: the largest gain, but no arm is known to have improved; name another with --arm"


def _seeds(record: RunRecord | None, steps: Sequence[Placed], arm: str) -> list[int]:
    if record is not None:
        return list(record.seeds)
    return sorted({entry.step.seed for entry in steps if entry.step.arm == arm and entry.step.purpose == "loop"})


def partial_rows(store: Store, record: RunRecord) -> list[tuple[RowsOfRun, str]]:
    """The last selection of every arm, seed and round that is partial, and why it is."""
    last: dict[Step, str] = {}
    for entry in store.journal.steps():
        if entry.kind == "select" and entry.step.purpose == "loop" and entry.step.arm in record.arms:
            last[entry.step] = entry.fingerprint
    every = [RowsOfRun(store, record, step, selection) for step, selection in last.items()]
    return [(rows, rows.partial) for rows in every if rows.partial]
