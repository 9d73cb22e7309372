"""The candidates of a run as rows to audit, with the verdicts that the run gave them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from openloop.data.tables import ROW, generated
from openloop.errors import InputError, nearest
from openloop.recipe.parts import Parts
from openloop.report.summary import stored_recipe
from openloop.run.kept_rows import kept_mask, sources_of
from openloop.run.store import Store

Row = Mapping[str, Any]


@dataclass
class Pool:
    """All candidates of one arm (all seeds and rounds), or of a run made by Python calls.

    Columns: ``prompt``, ``completion``, ``verdict`` (of the signal that scored them last), ``signal.NAME`` for each
    signal of the whole run, ``arm``, ``seed``, ``round``, ``logprob`` and the real data's own.
    """

    path: Path
    arm: str | None = None

    @property
    def name(self) -> str:
        return str(self.path) if self.arm is None else f"{self.path} (arm {self.arm})"

    @cached_property
    def _store(self) -> Store:
        return Store.read(self.path)

    @cached_property
    def _chosen(self) -> list[tuple[str, int, int, str, list[str]]]:
        """(arm, seed, round, pool, its score stages), each pool once."""
        steps = [entry for entry in self._store.journal.steps() if entry[0].purpose == "loop"]
        arms = sorted({step.arm for step, *_ in steps})
        if self.arm is not None and self.arm not in arms:
            raise InputError(f"--arm {self.arm!r}: {nearest(self.arm, arms)}")
        pools: dict[str, tuple[str, int, int, str, list[str]]] = {}
        for step, kind, fingerprint, _ in steps:
            if kind in ("sample", "parse") and self.arm in (None, step.arm):
                pools.setdefault(fingerprint, (step.arm, step.seed, step.round, fingerprint, []))
        for _, kind, fingerprint, _ in steps:
            if kind == "parse" and (stage := self._store.stage(fingerprint)) is not None:
                for replies in stage.upstream:  # what was read out of them is audited in their place
                    pools.pop(replies, None)
        for step, kind, fingerprint, _ in steps:
            if kind == "score":
                stage = self._store.stage(fingerprint)
                for pool in stage.upstream if stage is not None else ():
                    # Arms that share a pool may judge it by other signals.
                    if pool in pools and pools[pool][0] == step.arm and fingerprint not in pools[pool][4]:
                        pools[pool][4].append(fingerprint)
        if not pools:
            raise InputError(f"{self.path}: no candidates to audit yet. Run it first.")
        return list(pools.values())

    @cached_property
    def _signals(self) -> dict[str, dict[str, float | None]]:
        """Arm → its signals in the recipe's order, with what each accepts at; empty for a run without a recipe."""
        recipe = stored_recipe(self._store)
        if recipe is None:
            return {}
        found = {}
        for chain in recipe.chains():
            signals = Parts(recipe, chain.settings).signals
            found[chain.arm] = {name: signal.accept_at for name, signal in signals.items()}
        return found

    @property
    def accept_at(self) -> float | None:
        """Of the first signal, where all audited arms agree on it."""
        cuts = {next(iter(self._signals.get(arm, {}).values()), None) for arm, *_, scores in self._chosen if scores}
        return cuts.pop() if len(cuts) == 1 else None

    def blocks(self) -> Iterator[Sequence[Row]]:
        for arm, seed, number, pool, scores in self._chosen:
            table = generated(self._store.table([pool]))
            # Where nothing has judged the rows, those that the filters kept are what is asked about.
            rows = (table if scores or pool not in self._kept else table.filter(self._kept[pool])).to_pylist()
            names = list(self._signals.get(arm, {}))
            if len(names) != len(scores):
                names = [f"{i + 1}" for i in range(len(scores))]
            columns = [self._store.table([score], ["value"]).column("value").to_pylist() for score in scores]
            parts = self._store.table([scores[0]], ["parts"]).column("parts").to_pylist() if scores else []
            yield [
                {
                    **{key.removeprefix(ROW): value for key, value in row.items() if key.startswith(ROW)},
                    "prompt": row["prompt"],
                    "completion": row["completion"],
                    "logprob": row["logprob"],
                    "verdict": None,
                    **(scorings(columns[0][i], parts[i]) if columns else {}),
                    **{f"signal.{name}": values[i] for name, values in zip(names, columns, strict=True)},
                    "arm": arm,
                    "seed": seed,
                    "round": f"{number}",
                }
                for i, row in enumerate(rows)
            ]

    @cached_property
    def _kept(self) -> dict[str, pa.BooleanArray]:
        """Pool → whether the last selection over it kept its rows, shape [N]; only pools that were selected from."""
        masks = {}
        for step, kind, fingerprint, _ in self._store.journal.steps():
            if kind == "select" and step.purpose == "loop":
                mask, start = kept_mask(self._store, fingerprint), 0
                for pool in sources_of(self._store, fingerprint)[0]:
                    n = generated(self._store.table([pool], ["finish"])).num_rows
                    masks[pool] = mask.slice(start, n)
                    start += n
        return masks

    def where(self, index: int) -> str:
        return f"candidate {index + 1:,}"

    def reads(self, path: Path) -> bool:
        return path.resolve().is_relative_to(self.path.resolve())


def scorings(value: float | None, parts: str) -> Row:
    """``verdict``, as a list where the row was scored several times, and ``orders`` where it was asked in both.

    A judge's parts name them ``#1``, ``#2``, ..., ``#1 first``, ``#1 swapped``.
    """
    held = json.loads(parts) if parts else {}
    repeats = [part for name, part in held.items() if re.fullmatch(r"#\d+", name)]
    found: dict[str, Any] = {"verdict": repeats or value}
    if "#1 swapped" in held:
        found["orders"] = {"first": held["#1 first"], "swapped": held["#1 swapped"]}
    return found
