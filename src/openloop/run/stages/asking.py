"""Signals that ask a model: where its replies are paid for, each is committed before the signal sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from openloop.contracts import Model, Signal
from openloop.records import Completion, Prompt, Sampling
from openloop.run.engine import Engine
from openloop.run.stages.base import PART
from openloop.run.stages.paid import Paid
from openloop.run.store import Store


@dataclass(frozen=True)
class Committed:
    """A paid model inside a stage: what was answered before comes from the store, the rest is stored first."""

    model: Model
    store: Store
    engine: Engine
    stage: str
    """Fingerprint of the stage that asks."""
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
        paid = Paid(self.store, self.engine, self.model, self.stage, k, sampling)
        found = {number: groups for number, (groups, _) in paid.sample(parts)}
        return [group for number, _ in parts for group in found[number]]


def askers(signal: Signal) -> Iterator[Any]:
    """Every signal with a ``model``: itself, or parts of it."""
    if isinstance(getattr(signal, "model", None), Model):
        yield signal
    for part in getattr(signal, "signals", ()):
        yield from askers(part)


def with_models(signal: Any, change: Callable[[Model], Model]) -> Any:
    """The same signal (a dataclass) asking other models."""
    model, parts = getattr(signal, "model", None), getattr(signal, "signals", ())
    changed: dict[str, Any] = {}
    if isinstance(model, Model):
        changed["model"] = change(model)
    if parts:
        changed["signals"] = tuple(with_models(part, change) for part in parts)
    return replace(signal, **changed) if changed else signal
