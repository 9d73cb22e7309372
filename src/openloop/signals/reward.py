"""Rewards of trainers as signals, and signals as rewards (TRL's reward functions)."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from openloop.contracts import Kind, Signal
from openloop.data import content_id
from openloop.errors import InputError
from openloop.records import Candidate, Verdict
from openloop.scoring import checked_verdicts, score_rows
from openloop.signals.base import Declaration, Declared, judge_sources, program_sources
from openloop.signals.source_reads import reward_fields_read
from openloop.time_limits import DEFAULT_SECONDS, TimeLimitExceeded, require_seconds, time_limit
from openloop.verdicts import abstained

Reward = Callable[..., Any]
"""``reward(prompts=[...], completions=[...], column=[...], ...)`` → one number, or None, a row."""
TOGETHER = 64
"""Rows of one call."""
_ONLY_IN_TRAINERS = ("completion_ids", "prompt_ids", "trainer_state")


@dataclass(frozen=True)
class RewardSignal(Declared):
    """See :func:`from_reward`."""

    reward: Reward
    declaration: Declaration
    seconds: float | None
    """What a row may take; None is no limit."""
    version: ClassVar[str] = "1"

    @property
    def declared(self) -> Declaration:
        return self.declaration

    def score(self, candidates: Sequence[Candidate]) -> list[Verdict]:
        """In small batches; one that takes too long is scored again row by row."""
        found: list[Verdict] = []
        for start in range(0, len(candidates), TOGETHER):
            mine = candidates[start : start + TOGETHER]
            try:
                with time_limit(self.seconds):
                    found += self._batch(mine)
            except TimeLimitExceeded:
                found += score_rows(mine, lambda candidate: self._batch([candidate])[0], self.seconds)
        return found

    def _batch(self, candidates: Sequence[Candidate]) -> list[Verdict]:
        names = sorted({name for candidate in candidates for name in candidate.row})
        columns = {name: [candidate.row.get(name) for candidate in candidates] for name in names}
        said = self.reward(
            prompts=[c.prompt for c in candidates], completions=[c.completion for c in candidates], **columns
        )
        values = asyncio.run(_awaited(said)) if inspect.isawaitable(said) else said
        listed = list(values)
        if len(listed) != len(candidates):
            raise ValueError(f"the reward returned {len(listed)} values for {len(candidates)} rows")
        return [abstained("none") if v is None else Verdict(float(v)) for v in listed]


async def _awaited(value: Any) -> Any:
    return await value


def from_reward(
    reward: Reward,
    *,
    name: str = "",
    range: tuple[float, float] = (0.0, 1.0),
    accept_at: float | None = None,
    kind: Kind = "hard",
    depends_on: Sequence[str] | None = None,
    trained_on: Sequence[str] = (),
    seconds: float | None = DEFAULT_SECONDS,
) -> RewardSignal:
    """A TRL reward function as a signal: it gets ``prompts``, ``completions`` and the rows' columns; None abstains.

    Coroutines are awaited. ``accept_at``: 1 for rewards in [0, 1] unless given; without one φ and ψ are undefined.
    ``depends_on`` says what it is computed from: unless given, the columns that its parameters name, or ``completion``
    where it looks at nothing else, or ``program``; ``trained_on``, of a reward model, all rows that it was trained on,
    by their files, or ``real``.

    A reward that needs what exists only inside a trainer (``completion_ids``) is refused. It gets up to 64 rows at a
    time; when that takes more than ``seconds``, row by row, and a row that does is a TIMEOUT. Raises InputError.
    """
    if not callable(reward):
        raise InputError(f"from_reward: needs a function, got {reward!r:.60}.")
    needed = [
        parameter.name
        for parameter in inspect.signature(reward).parameters.values()
        if parameter.name in _ONLY_IN_TRAINERS and parameter.default is parameter.empty
    ]
    if needed:
        raise InputError(f"from_reward: {needed[0]} exists only inside a trainer; give it a default to score rows.")
    if accept_at is None and tuple(range) == (0.0, 1.0):
        accept_at = 1.0
    own_name = name or str(getattr(reward, "__name__", "reward"))
    bounds = (float(range[0]), float(range[1]))
    sources = frozenset(depends_on or ())
    if depends_on is None:
        sources = judge_sources("", trained_on) if trained_on else program_sources(reward_fields_read(reward))
    declared = Declaration(own_name, sources, kind, bounds, accept_at)
    return RewardSignal(reward, declared, require_seconds(seconds, "from_reward"))


def as_reward(signal: Signal, *, record: str | Path | None = None) -> Reward:
    """A signal as one TRL reward function: unscored rows are None.

    Combine several signals into one first (:func:`openloop.signals.combine`): next to a second reward a trainer may
    count None as 0. ``record`` appends every scored row to a file (JSON lines), since candidates sampled inside a
    trainer are not part of any run.
    """
    if not isinstance(signal, Signal):
        raise InputError(f"as_reward: needs a signal, got {signal!r:.60}.")

    def reward(prompts: Sequence[Any], completions: Sequence[Any], **columns: Any) -> list[float | None]:
        rows = {
            name: held
            for name, held in columns.items()
            if isinstance(held, list) and len(held) == len(prompts) and name not in _ONLY_IN_TRAINERS
        }
        candidates = [
            Candidate(
                f"{i}",
                content_id(prompt),
                prompt,
                completion,
                row={name: held[i] for name, held in rows.items()},
            )
            for i, (prompt, completion) in enumerate(zip(prompts, completions, strict=True))
        ]
        verdicts = checked_verdicts(signal, candidates)
        if record is not None:
            with Path(record).open("a", encoding="utf-8") as file:
                file.writelines(_line(c, v) + "\n" for c, v in zip(candidates, verdicts, strict=True))
        return [verdict.value for verdict in verdicts]

    reward.__name__ = signal.name
    return reward


def _line(candidate: Candidate, verdict: Verdict) -> str:
    return json.dumps(
        {
            "prompt": candidate.prompt,
            "completion": candidate.completion,
            "verdict": verdict.value,
            "outcome": verdict.outcome.value,
            "reason": verdict.reason,
        }
    )
