"""Parse: what stands in a pool's completions, item by item, as a pool of its own."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypedDict

from openloop.contracts import Parser
from openloop.data.prompt_sources import items_each
from openloop.data.tables import CandidateRows, item_table
from openloop.errors import ContractError
from openloop.records import Candidate, Item
from openloop.run.engine import Died, Executor, Worksite, each
from openloop.run.record import named_options
from openloop.run.stages.base import Named, Stage, add_up, require_sum
from openloop.run.stages.rescue import rescued
from openloop.run.stages.sample import DO_NOT_TRAIN, SampleStage
from openloop.run.store import PartName, StageKind, Store
from openloop.user_code import can_travel

if TYPE_CHECKING:
    import pyarrow as pa


class ParseResult(TypedDict):
    """found = generated + broken."""

    replies: int
    found: int
    generated: int
    broken: dict[str, int]
    """Items that are none, by reason."""


@dataclass(frozen=True)
class ParseStage(Named):
    """Every item that a parser finds in the completions of a pool, part by part.

    A broken item is a row that failed, with its reason, as a failed request is: it is counted and never used.
    """

    pool: SampleStage
    parser: Parser
    kind: ClassVar[StageKind] = StageKind(
        "parse", "candidates", ParseResult, makes_candidates=True, readme=DO_NOT_TRAIN
    )

    def identity(self) -> dict[str, Any]:
        return {"pool": self.pool, "parser": self.parser}

    @property
    def inputs(self) -> tuple[Stage, ...]:
        return (self.pool,)

    def record(self) -> dict[str, Any]:
        return {"parser": named_options(self.parser), "pool": self.pool.fingerprint}

    @property
    def most(self) -> int:
        """Rows that the pool holds at most, where its prompts say how many items they ask a reply for."""
        return self.pool.requests * items_each(self.pool.prompts)

    def execute(self, store: Store, executor: Executor) -> ParseResult:
        done = store.parts(self.fingerprint)
        parts = [part for part in store.part_names(self.pool.fingerprint) if part.number not in done]
        tasks = [(part, self.parser, self._stem(part)) for part in parts]
        for position, result in each(executor, parse_part, tasks, here=not can_travel(self.parser)):
            part = parts[position]
            if isinstance(result, Died):
                store.event("part rescued", stage=self.kind.name, part=part.number, reason=result.reason)
                result = self._rescued(store, executor, part, result.reason)
            table, counts, seconds = result
            store.commit_table(self.kind, self.fingerprint, part.number, table, counts=counts, seconds=seconds)
        total = ParseResult(replies=0, found=0, generated=0, broken={}) | add_up(store.parts(self.fingerprint))
        require_sum(self.kind.name, total, "found", "generated", "broken")
        return total  # type: ignore[return-value]  # what add_up adds are the same keys

    def _stem(self, part: PartName) -> str:
        return f"{self.fingerprint[:12]}-{part.number}"

    def _rescued(self, store: Store, executor: Executor, part: PartName, reason: str) -> Parsed:
        began = time.perf_counter()
        replies = list(CandidateRows.of(store.storage.read(part)))
        items = rescued(
            executor, parse_rows, (part, self.parser), [[row] for row in range(len(replies))], _lost, reason
        )
        return _parsed(replies, [items[row] for row in range(len(replies))], self._stem(part), began)


Parsed = tuple["pa.Table", dict[str, Any], float]
"""The items as rows, the counts of the part, seconds."""


def parse_part(worksite: Worksite, part: PartName, parser: Parser, stem: str) -> Parsed:
    """Read the items of one committed part of a pool."""
    began = time.perf_counter()
    replies = list(CandidateRows.of(worksite.storage.read(part)))
    return _parsed(replies, [items_of(parser, reply) for reply in replies], stem, began)


def parse_rows(worksite: Worksite, part: PartName, parser: Parser, rows: Sequence[int]) -> list[list[Item]]:
    """The items of some replies of a part."""
    replies = list(CandidateRows.of(worksite.storage.read(part)))
    return [items_of(parser, replies[row]) for row in rows]


def items_of(parser: Parser, reply: Candidate) -> list[Item]:
    """What a parser finds in one reply; whatever it raises costs this reply and no other."""
    try:
        found = list(parser.parse(reply))  # a generator is read once, here
    except (Exception, SystemExit) as error:
        return [Item(reply.completion, broken=f"the parser raised {type(error).__name__}: {error}")]
    if not all(isinstance(item, Item) for item in found):
        raise ContractError(f"parser {parser!r} must return a list of openloop.records.Item, got {found!r:.120}.")
    return found


def _lost(reason: str) -> list[Item]:
    return [Item("", broken=f"the parser ended its process: {reason}")]


def _parsed(replies: Sequence[Candidate], items: Sequence[Sequence[Item]], stem: str, began: float) -> Parsed:
    pairs = [(reply, item) for reply, mine in zip(replies, items, strict=True) for item in mine]
    broken = Counter(item.broken for _, item in pairs if item.broken)
    counts = {
        "replies": len(replies),
        "found": len(pairs),
        "generated": len(pairs) - broken.total(),
        "broken": dict(sorted(broken.items())),
    }
    return item_table(pairs, stem=stem), counts, time.perf_counter() - began
