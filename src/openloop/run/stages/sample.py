"""Sample: a model answers prompts."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from openloop.contracts import Model
from openloop.data.prompt_sources import PromptSource
from openloop.data.tables import FAILED, candidate_table
from openloop.errors import ContractError
from openloop.identity import fingerprint
from openloop.records import Completion, Prompt, Sampling
from openloop.run.engine import Died, Engine
from openloop.run.stages.base import PART, add_up, require_sum
from openloop.run.stages.paid import Paid, Sampled
from openloop.run.store import Store
from openloop.seeds import sample_seed
from openloop.user_code import can_travel

MOST_REASONS = 8

if TYPE_CHECKING:
    import pyarrow as pa

    from openloop.run.stages.train import TrainStage


@dataclass(frozen=True)
class SampleStage:
    """K completions for each of P prompts, in parts of :data:`PART` candidates."""

    model: Model | TrainStage
    prompts: PromptSource
    k: int
    sampling: Sampling
    round: int
    kind: ClassVar[str] = "sample"

    def identity(self) -> dict[str, Any]:
        return {
            "model": self.model,
            "prompts": self.prompts,
            "k": self.k,
            "sampling": asdict(self.sampling),
            "round": self.round,
            "part": PART,
        }

    @cached_property
    def fingerprint(self) -> str:
        return fingerprint([self.kind, self.identity()])

    @property
    def upstream(self) -> tuple[str, ...]:
        before: tuple[str, ...] = getattr(self.prompts, "upstream", ())
        return before if isinstance(self.model, Model) else (self.model.fingerprint, *before)

    @property
    def origin(self) -> Model:
        """The model, or the one that its trainings began with."""
        return self.model if isinstance(self.model, Model) else self.model.origin

    @property
    def metered(self) -> bool:
        """Whether each reply is paid for."""
        return bool(getattr(self.origin, "metered", False))

    @property
    def requests(self) -> int:
        """Completions asked for: P·K."""
        return self.prompts.count * self.k

    @property
    def most(self) -> int:
        """Rows that the pool holds at most."""
        return self.requests

    def execute(self, store: Store, engine: Engine) -> dict[str, Any]:
        model = self.model if isinstance(self.model, Model) else self.model.load(store)
        prompts = self.prompts.load()
        per_part = max(1, PART // self.k)
        done = store.parts(self.fingerprint)
        parts = [
            (number, prompts[start : start + per_part])
            for number, start in enumerate(range(0, len(prompts), per_part))
            if number not in done
        ]
        results: Iterable[tuple[int, Sampled | Died]]
        if self.metered:
            paid = Paid(store, engine, model, self.fingerprint, self.k, self.sampling)
            results = paid.sample(parts)
        else:
            work = [(model, chunk, self.k, self.sampling) for _, chunk in parts]
            here = getattr(model, "one_process", False) or not can_travel(model)
            results = engine.map(sample_part, work, here=here)
        for position, result in results:
            number, chunk = parts[position]
            if isinstance(result, Died):
                store.event("part failed", stage=self.kind, part=number, reason=result.reason)
                nothing = Completion("", finish=FAILED, failure=result.reason)
                completions, seconds = [[nothing] * self.k for _ in chunk], 0.0
            else:
                completions, seconds = result
            table = self._table(model, number, chunk, completions)
            failed = sum(c.finish == FAILED for group in completions for c in group)
            counts: dict[str, Any] = {
                "requested": table.num_rows,
                "generated": table.num_rows - failed,
                "request_failed": failed,
            }
            counts |= by_reason("failures", [c.failure for group in completions for c in group])
            counts |= by_reason("remarks", [c.remark for group in completions for c in group])
            store.commit_table(self.fingerprint, self.kind, number, table, counts=counts, seconds=seconds)
        total = {"requested": 0, "generated": 0, "request_failed": 0} | add_up(store.parts(self.fingerprint))
        require_sum(self.kind, total, "requested", "generated", "request_failed")
        return total

    def _table(
        self, model: Model, part: int, prompts: Sequence[Prompt], completions: Sequence[Sequence[Completion]]
    ) -> pa.Table:
        seeds = [[sample_seed(self.sampling.seed, prompt.id, i) for i in range(self.k)] for prompt in prompts]
        return candidate_table(
            prompts,
            completions,
            seeds,
            stem=f"{self.fingerprint[:12]}-{part}",
            model=model.name,
            revision=model.revision,
            round=self.round,
        )


def by_reason(what: str, reasons: Sequence[str | None]) -> dict[str, dict[str, int]]:
    """``{what: {reason: n}}``, the rarest of many reasons together; empty where there are none."""
    found = Counter(reason.partition(" (")[0][:80] for reason in reasons if reason)
    common = dict(found.most_common(MOST_REASONS))
    if rest := found.total() - sum(common.values()):
        common["other"] = rest
    return {what: dict(sorted(common.items()))} if common else {}


def sample_part(model: Model, prompts: Sequence[Prompt], k: int, sampling: Sampling) -> Sampled:
    """Sample one part; returns the completions, [P][K], and the seconds it took."""
    began = time.perf_counter()
    completions = require_shape(model.sample(prompts, k, sampling), len(prompts), k, model)
    return completions, time.perf_counter() - began


def require_shape(completions: list[list[Completion]], p: int, k: int, model: Model) -> list[list[Completion]]:
    """Check that a model returned what was asked for."""
    if len(completions) != p or any(len(group) != k for group in completions):
        got = sorted({len(group) for group in completions})
        raise ContractError(
            f"model {model.name!r} was asked for {k} completions for each of {p} prompts and returned "
            f"{len(completions)} lists of {got}. Return one list of K per prompt; a reply that failed is a "
            f"Completion with finish={FAILED!r} and the reason."
        )
    return completions
