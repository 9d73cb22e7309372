"""Signals that ask a model: where its replies are paid for, each is committed before the signal sees it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from openloop.contracts import Asking, Combined, Model, Signal
from openloop.records import Completion, Prompt, Sampling
from openloop.run.engine import Executor
from openloop.run.stages.base import PART
from openloop.run.stages.paid import Paid
from openloop.run.store import Store


@dataclass(frozen=True)
class Committed:
    """A paid model inside a stage: what was answered before comes from the store, the rest is stored first."""

    model: Model
    store: Store
    executor: Executor
    stage: str
    """Fingerprint of the stage that asks."""
    asks: bool = True
    """See :class:`openloop.run.stages.paid.Paid`."""
    one_process: ClassVar[bool] = True

    @property
    def name(self) -> str:
        return self.model.name

    @property
    def revision(self) -> str:
        return self.model.revision

    def sample(self, prompts: Sequence[Prompt], k: int, sampling: Sampling) -> list[list[Completion]]:
        """See :class:`openloop.contracts.Model`."""
        parts = [(n, prompts[start : start + PART]) for n, start in enumerate(range(0, len(prompts), PART))]
        paid = Paid(self.store, self.executor, self.model, self.stage, k, sampling, self.asks)
        found = {number: groups for number, (groups, _) in paid.sample(parts)}
        return [group for number, _ in parts for group in found[number]]


def with_models(signal: Signal, change: Callable[[Model], Model]) -> Signal:
    """The same signal (a dataclass) asking other models."""
    changed: dict[str, Any] = {}
    if isinstance(signal, Asking) and signal.model is not None:
        changed["model"] = change(signal.model)
    if isinstance(signal, Combined):
        changed["signals"] = tuple(with_models(part, change) for part in signal.signals)
    return replace(signal, **changed) if changed else signal  # type: ignore[type-var]  # it is a dataclass
