"""Sample: a model answers prompts."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, NotRequired, TypedDict

from openloop.contracts import Model, Pretrained
from openloop.contracts.models import in_one_process, is_metered
from openloop.data.prompt_sources import PromptSource, stages_behind
from openloop.data.tables import FAILED, candidate_table
from openloop.errors import ContractError
from openloop.records import Completion, Prompt, Sampling
from openloop.run.engine import Died, Executor, Worksite, each
from openloop.run.record import ModelRecord
from openloop.run.stages.base import (
    PART,
    Ask,
    ModelSource,
    ModelStage,
    Named,
    Stage,
    add_up,
    load_model,
    require_sum,
)
from openloop.run.stages.paid import Paid, Sampled
from openloop.run.stages.partial import Partial, identity_of, record_of
from openloop.run.store import StageKind, Store
from openloop.seeds import sample_seed
from openloop.user_code import can_travel

MOST_REASONS = 8
DO_NOT_TRAIN = """\
These files hold every candidate of one stage, the rejected ones included. Do not train on them by hand:
trainable rows leave a run only through `openloop export` or `Run.export`.
"""


class SampleResult(TypedDict):
    """requested = generated + request_failed."""

    requested: int
    generated: int
    request_failed: int
    failures: NotRequired[dict[str, int]]
    """Why requests failed, by reason."""
    remarks: NotRequired[dict[str, int]]
    """What came otherwise than asked, by reason."""


@dataclass(frozen=True)
class SampleStage(Named):
    """K completions for each of P prompts, in parts of :data:`PART` candidates."""

    model: Model | ModelStage
    prompts: PromptSource
    k: int
    sampling: Sampling
    round: int
    partial: Partial | None = None
    kind: ClassVar[StageKind] = StageKind(
        "sample", "candidates", SampleResult, weight=3.0, makes_candidates=True, readme=DO_NOT_TRAIN
    )

    def identity(self) -> dict[str, Any]:
        return {
            "model": self.model,
            "prompts": self.prompts,
            "k": self.k,
            "sampling": asdict(self.sampling),
            "round": self.round,
            "part": PART,
            **identity_of(self.partial),
        }

    @property
    def inputs(self) -> tuple[Stage, ...]:
        before: tuple[Stage, ...] = stages_behind(self.prompts)
        return before if isinstance(self.model, Model) else (self.model, *before)

    def record(self) -> dict[str, Any]:
        return {
            "model": asdict(ModelRecord.of(self.origin)),
            "k": self.k,
            "sampling": asdict(self.sampling),
            "prompts": {"count": self.prompts.count, "fingerprint": self.prompts.fingerprint},
            "round": self.round,
            **record_of(self.partial),
        }

    @property
    def origin(self) -> Model:
        """The model, or the one that its trainings began with."""
        return self.model if isinstance(self.model, Model) else self.model.origin

    @property
    def device(self) -> str | None:
        """See :class:`openloop.run.stages.base.OnDevice`."""
        return self.origin.device if isinstance(self.origin, Pretrained) else None

    @property
    def requests(self) -> int:
        """Completions asked for: P·K."""
        return self.prompts.count * self.k

    @property
    def most(self) -> int:
        """Rows that the pool holds at most."""
        return self.requests

    def asks(self) -> Iterator[Ask]:
        """See :class:`openloop.run.stages.base.AsksModels`."""
        yield Ask(self.origin, self.requests, self.sampling.max_tokens, self.prompts)

    def execute(self, store: Store, executor: Executor) -> SampleResult:
        source: ModelSource = self.model if isinstance(self.model, Model) else self.model.source
        name, revision = self._sampler(store)
        prompts = self.prompts.load()
        per_part = max(1, PART // self.k)
        done = store.parts(self.fingerprint)
        parts = [
            (number, prompts[start : start + per_part])
            for number, start in enumerate(range(0, len(prompts), per_part))
            if number not in done
        ]
        for position, result in self._answers(store, executor, source, parts):
            number, chunk = parts[position]
            if isinstance(result, Died):
                store.event("part failed", stage=self.kind.name, part=number, reason=result.reason)
                nothing = Completion("", finish=FAILED, failure=result.reason)
                completions, seconds = [[nothing] * self.k for _ in chunk], 0.0
            else:
                completions, seconds = result
            table = candidate_table(
                chunk,
                completions,
                [[sample_seed(self.sampling.seed, prompt.id, i) for i in range(self.k)] for prompt in chunk],
                stem=f"{self.fingerprint[:12]}-{number}",
                model=name,
                revision=revision,
                round=self.round,
            )
            store.commit_table(
                self.kind, self.fingerprint, number, table, counts=_counted(completions), seconds=seconds
            )
        total = SampleResult(requested=0, generated=0, request_failed=0) | add_up(store.parts(self.fingerprint))
        require_sum(self.kind.name, total, "requested", "generated", "request_failed")
        return total  # type: ignore[return-value]  # what add_up adds are the same keys

    def _sampler(self, store: Store) -> tuple[str, str]:
        """Name and revision of what answers, without reading any weights."""
        if isinstance(self.model, Model):
            return self.model.name, self.model.revision
        return self.origin.name, str(store.finished_stage(self.model.fingerprint).result["revision"])

    def _answers(
        self, store: Store, executor: Executor, source: ModelSource, parts: Sequence[tuple[int, Sequence[Prompt]]]
    ) -> Iterable[tuple[int, Sampled | Died]]:
        if is_metered(self.origin):
            model = load_model(source, store.storage)
            return Paid(store, executor, model, self.fingerprint, self.k, self.sampling, self.partial is None).sample(
                parts
            )
        here = not executor.workers or in_one_process(self.origin) or not can_travel(source)
        tasks = [
            (source, chunk if here else store.storage.put_input(self.fingerprint, number, chunk), self.k, self.sampling)
            for number, chunk in parts
        ]
        return each(executor, sample_part, tasks, here=here)


def _counted(completions: Sequence[Sequence[Completion]]) -> dict[str, Any]:
    flat = [completion for group in completions for completion in group]
    failed = sum(completion.finish == FAILED for completion in flat)
    counts: dict[str, Any] = {"requested": len(flat), "generated": len(flat) - failed, "request_failed": failed}
    counts |= by_reason("failures", [completion.failure for completion in flat])
    return counts | by_reason("remarks", [completion.remark for completion in flat])


def by_reason(what: str, reasons: Sequence[str | None]) -> dict[str, dict[str, int]]:
    """``{what: {reason: n}}``, the rarest of many reasons together; empty where there are none."""
    found = Counter(reason.partition(" (")[0][:80] for reason in reasons if reason)
    common = dict(found.most_common(MOST_REASONS))
    if rest := found.total() - sum(common.values()):
        common["other"] = rest
    return {what: dict(sorted(common.items()))} if common else {}


def sample_part(
    worksite: Worksite, source: ModelSource, prompts: str | Sequence[Prompt], k: int, sampling: Sampling
) -> Sampled:
    """Sample one part, named by the input that holds its prompts; completions [P][K] and the seconds it took."""
    asked: Sequence[Prompt] = worksite.storage.take_input(prompts) if isinstance(prompts, str) else prompts
    model = load_model(source, worksite.storage)
    began = time.perf_counter()
    completions = require_shape(model.sample(asked, k, sampling), len(asked), k, model)
    return completions, time.perf_counter() - began


def require_shape(completions: list[list[Completion]], p: int, k: int, model: Model) -> list[list[Completion]]:
    """Check that a model returned what was asked for."""
    if not isinstance(completions, Sequence) or not all(
        isinstance(group, Sequence) and all(isinstance(one, Completion) for one in group) for group in completions
    ):
        raise ContractError(
            f"model {model.name!r} must return a list of openloop.records.Completion for each prompt, got "
            f"{completions!r:.120}. For a function that returns text there is openloop.models.function."
        )
    if len(completions) != p or any(len(group) != k for group in completions):
        got = sorted({len(group) for group in completions})
        raise ContractError(
            f"model {model.name!r} was asked for {k} completions for each of {p} prompts and returned "
            f"{len(completions)} lists of {got}. Return one list of K per prompt; a reply that failed is a "
            f"Completion with finish={FAILED!r} and the reason."
        )
    return completions
