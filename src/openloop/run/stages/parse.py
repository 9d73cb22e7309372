"""Parse: what stands in a pool's completions, item by item, as a pool of its own."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from openloop.contracts import Parser
from openloop.data.tables import CandidateRows, item_table
from openloop.errors import ContractError
from openloop.identity import fingerprint
from openloop.records import Candidate, Item
from openloop.run.engine import Engine
from openloop.run.stages.base import add_up, require_sum
from openloop.run.stages.sample import SampleStage
from openloop.run.store import Store


@dataclass(frozen=True)
class ParseStage:
    """Every item that a parser finds in the completions of a pool, part by part.

    A broken item is a row that failed, with its reason, as a failed request is: it is counted and never used.
    """

    pool: SampleStage
    parser: Parser
    kind: ClassVar[str] = "parse"

    def identity(self) -> dict[str, Any]:
        return {"pool": self.pool, "parser": self.parser}

    @cached_property
    def fingerprint(self) -> str:
        return fingerprint([self.kind, self.identity()])

    @property
    def upstream(self) -> tuple[str, ...]:
        return (self.pool.fingerprint,)

    @property
    def most(self) -> int:
        """Rows that the pool holds at most, where its prompts say how many items they ask a reply for."""
        return self.pool.requests * int(getattr(getattr(self.pool.prompts, "maker", None), "new", 1))

    def execute(self, store: Store, engine: Engine) -> dict[str, Any]:
        done = store.parts(self.fingerprint)
        parts = store.parts(self.pool.fingerprint)
        for number, replies in zip(parts, store.tables(self.pool.fingerprint), strict=True):
            if number in done:
                continue
            engine.require_running()
            began = time.perf_counter()
            rows = CandidateRows.of(replies)
            pairs = [(reply, item) for reply in rows for item in self._items(reply)]
            table = item_table(pairs, stem=f"{self.fingerprint[:12]}-{number}")
            broken = Counter(item.broken for _, item in pairs if item.broken)
            counts = {
                "replies": len(rows),
                "found": len(pairs),
                "generated": len(pairs) - broken.total(),
                "broken": dict(sorted(broken.items())),
            }
            seconds = time.perf_counter() - began
            store.commit_table(self.fingerprint, self.kind, number, table, counts=counts, seconds=seconds)
        zero: dict[str, Any] = {"replies": 0, "found": 0, "generated": 0, "broken": {}}
        total = zero | add_up(store.parts(self.fingerprint))
        require_sum(self.kind, total, "found", "generated", "broken")
        return total

    def _items(self, reply: Candidate) -> list[Item]:
        try:
            found = self.parser.parse(reply)
        except Exception as error:  # whatever a parser does, it costs its own reply and no other
            return [Item(reply.completion, broken=f"the parser raised {type(error).__name__}: {error}")]
        if not all(isinstance(item, Item) for item in found):
            raise ContractError(
                f"parser {self.parser!r} must return a list of openloop.records.Item, got {found!r:.120}."
            )
        return list(found)
