"""The rows that move through a loop: frozen, without behaviour.

Axis letters used in shapes throughout: P prompts, K candidates per prompt, S signals, T tokens, R rounds,
N rows, D dimensions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, TypedDict


class Message(TypedDict):
    """One turn of a chat."""

    role: str
    content: str


Content = str | Sequence[Message]
"""A prompt or a completion: plain text, or chat messages (one kind per run)."""

Row = Mapping[str, Any]
"""The real-data columns that travel with a prompt: ``answer``, ``tests``, ... (stored as ``row.answer``)."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is asked, with the real-data row it came from."""

    id: str
    """Unique within a pool; a function of the row's content and its occurrence number."""
    content: Content
    row: Row = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sampling:
    """How completions are drawn. ``temperature=0`` is greedy."""

    temperature: float = 1.0
    top_p: float = 1.0
    max_tokens: int = 256
    seed: int = 0
    """Seeds of single samples derive from it: see :func:`openloop.seeds.sample_seed`."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One sample of one prompt, as a model that streams its replies is asked for it."""

    tag: int
    """A number of the caller's, by which it knows the prompt again."""
    prompt: Prompt
    index: int
    """Which of the K samples of its prompt, from 0."""
    seed: int


@dataclass(frozen=True, slots=True)
class Usage:
    """What requests cost, as the server counts it (0 where it does not say)."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    requests: int = 1

    def plus(self, more: Usage) -> Usage:
        """Both together."""
        return Usage(
            self.prompt_tokens + more.prompt_tokens,
            self.completion_tokens + more.completion_tokens,
            self.requests + more.requests,
        )


@dataclass(frozen=True, slots=True)
class Completion:
    """One sampled answer."""

    content: Content
    logprob: float | None = None
    """Log-probability of the whole completion under the sampler, end of sequence included (nats)."""
    n_tokens: int | None = None
    finish: str = "stop"
    """``stop``, ``length`` (cut by ``max_tokens``) or ``failed`` (nothing was generated; see ``failure``)."""
    reasoning: str | None = None
    failure: str | None = None
    """Why there is no completion; such a row counts as ``request_failed`` and is never scored."""
    remark: str | None = None
    """What came otherwise than asked, with a completion that is there: ``no logprobs``, ``cut by length``."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One sampled completion with its prompt and provenance."""

    id: str
    prompt_id: str
    prompt: Content
    completion: Content
    index: int = 0
    """Which of the K samples of its prompt, from 0."""
    model: str = ""
    revision: str = ""
    seed: int = 0
    round: int = 0
    logprob: float | None = None
    n_tokens: int | None = None
    finish: str = "stop"
    reasoning: str | None = None
    row: Row = field(default_factory=dict)
    prompt_written: bool = False
    """Whether the model wrote the prompt too: a new task with its answer, read out of one reply."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a parser read out of a completion: a new prompt, or a prompt with its answer."""

    completion: Content
    """What was read; of a broken item, what stood there."""
    prompt: Content | None = None
    """A prompt that the model wrote as well; None where the item answers the prompt that was asked."""
    row: Row = field(default_factory=dict)
    """Further fields: columns of the item's row."""
    broken: str = ""
    """Why it is none. A broken item loses itself only."""


@dataclass(frozen=True, slots=True)
class Example:
    """A row to train on: the model learns ``completion`` given ``prompt``."""

    prompt: Content
    completion: Content
    row: Row = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two completions of one prompt, of which one is better: what preference training learns from."""

    prompt: Content
    chosen: Content
    rejected: Content
    row: Row = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Segment:
    """Some tokens of a row as a model reads it, and who said them."""

    tokens: tuple[int, ...]
    by: Literal["prompt", "assistant", "completion"]
    """``completion`` is what the row teaches, ``assistant`` an earlier turn of the model's; all else is ``prompt``."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """What a training made: weights in a folder, named by their content."""

    revision: str
    """Of the new model: what :attr:`openloop.contracts.Model.revision` is once it is loaded."""
    metrics: Mapping[str, float] = field(default_factory=dict)
    """What the training measured, by name, such as ``loss`` and ``tokens``."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What else is worth knowing of it, as plain values: which tokens the loss counted, what was left out."""
    curve: Sequence[Mapping[str, float]] = ()
    """What it measured step by step: ``step`` and, by name, ``loss``, ``reward``, ...; names may be absent."""


class Outcome(StrEnum):
    """What became of scoring one candidate. Only ``SCORED`` has a value: unscored is not zero."""

    SCORED = "scored"
    ABSTAINED = "abstained"
    TIMEOUT = "timeout"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A signal's answer on one candidate: a value, or none with the reason."""

    value: float | None
    outcome: Outcome = Outcome.SCORED
    reason: str = ""
    parts: Mapping[str, float] = field(default_factory=dict)
    """Sub-verdicts by name: instructions, rubric items, repeats."""
    detail: str = ""
    """What the signal saw: a judge's reply, stderr."""
    seconds: float = 0.0
    cost: float = 0.0
    """Money, in the currency of the recipe's prices."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A case whose verdict is known: a signal proves itself on it before anything is spent."""

    prompt: Content
    completion: Content
    accept: bool
    row: Row = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which candidates are kept. Every id of the pool is in exactly one of the two."""

    kept: tuple[str, ...]
    """Ids, in pool order."""
    dropped: Mapping[str, str]
    """Id → reason."""
    measured: Mapping[str, Estimate] = field(default_factory=dict)
    """What the selector measured of its own effect, by name."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number that says how sure it is; no ``low`` and ``high`` where ``n`` is too small."""

    value: float
    low: float | None
    high: float | None
    level: float
    """Coverage of the interval, 0.95 unless said otherwise."""
    n: int
    """What was counted: rows (``method`` says of how many prompts), or seeds."""
    n_unscored: int = 0
    method: str = ""
