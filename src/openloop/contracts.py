"""What a model, a signal and a selector must offer. Nothing here is inherited: any object that fits will do.

`openloop.testing` holds the public suites that check an implementation against these contracts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from openloop.records import (
    Candidate,
    Completion,
    Example,
    Item,
    Probe,
    Prompt,
    Row,
    Sampling,
    Selection,
    Verdict,
)

Kind = Literal["hard", "reference", "judge", "likelihood", "human"]
Scope = Literal["candidate", "prompt", "pair"]

INSIDE = frozenset({"generator", "real"})
"""What the loop's own model already knows: itself, and the real data it was trained on. A signal whose
``depends_on`` holds nothing else brings no outside information (information-open, §3.3)."""


@runtime_checkable
class Model(Protocol):
    """What samples candidates.

    Optional attributes: ``one_process = True`` when it is sampled in the main process only, so that its weights are
    in memory once; ``metered = True`` when every reply is paid for, so that each is committed to the
    store before it is used; ``prices`` (money per request); ``depends_on`` (as for a signal) when the model
    is a fixed teacher that knows something the student does not; ``stream(asked, sampling, record, ledger)`` when
    replies come one by one, which yields batches of (asked, completion, usage) after ``record(batch, requests about to
    leave)`` (see :class:`openloop.models.endpoint.Endpoint`); ``logprobs(prompts, completions)`` (nats, at T=1) and
    ``token_counts(completions)`` when it can say how probable a text is that it did not sample.
    """

    @property
    def name(self) -> str: ...

    @property
    def revision(self) -> str:
        """Content hash of the weights, or what an endpoint reports. Equal revisions sample equal rows."""
        ...

    def sample(self, prompts: Sequence[Prompt], k: int, sampling: Sampling) -> list[list[Completion]]:
        """Draw K completions for each of P prompts: a list of P lists of K.

        A pure function of its arguments and the revision: sample ``i`` of prompt ``p`` uses
        ``seeds.sample_seed(sampling.seed, p.id, i)`` and nothing else that is random.
        """
        ...


@runtime_checkable
class Trainable(Model, Protocol):
    """A model that learns. ``fit`` returns a new model and leaves this one unchanged."""

    def fit(self, examples: Sequence[Example], *, seed: int, **options: Any) -> Self:
        """Train on the examples, starting from the current weights unless ``options`` say otherwise."""
        ...

    def save(self, folder: Path) -> None:
        """Write the weights into an existing empty folder."""
        ...

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        ...


@runtime_checkable
class Signal(Protocol):
    """A verifier, judge or reward: what judges candidates.

    Optional attributes of a dataclass: ``model``, when it asks one (where each reply is paid for, it is given another
    in its place that commits them first); ``signals``, when it is made of others; ``requests`` per candidate and
    ``sampling``, for a plan.
    """

    @property
    def name(self) -> str: ...

    @property
    def kind(self) -> Kind: ...

    @property
    def depends_on(self) -> frozenset[str]:
        """What its verdicts are computed from; openness is derived from it (see :data:`INSIDE`)."""
        ...

    @property
    def range(self) -> tuple[float, float]:
        """Smallest and largest value; a verdict outside it is an ERROR, never a score."""
        ...

    @property
    def accept_at(self) -> float | None:
        """Values at or above it accept. φ and ψ are undefined without it."""
        ...

    @property
    def scope(self) -> Scope:
        """What must be scored together: a scope is never split between batches."""
        ...

    @property
    def probes(self) -> Sequence[Probe]: ...

    def score(self, candidates: Sequence[Candidate]) -> Sequence[Verdict]:
        """One verdict per candidate, in the same order."""
        ...


@runtime_checkable
class Parser(Protocol):
    """Reads items out of a completion that holds many: a list of tasks, a conversation."""

    def parse(self, candidate: Candidate) -> Sequence[Item]:
        """Every item that stands there, in order, broken ones with their reason. A pure function."""
        ...


@runtime_checkable
class Maker(Protocol):
    """Makes prompts of real rows (reverse-bottleneck, §3.2: p = E(task, condition, demos))."""

    def count(self, rows: int) -> int:
        """How many prompts make one batch where nobody says, for so many rows."""
        ...

    def make(self, rows: Sequence[Row], ids: Sequence[str], seed: int, start: int, count: int) -> list[Prompt]:
        """Prompts ``start`` to ``start + count`` of an endless sequence that ``seed`` names.

        ``rows`` hold a ``prompt`` and perhaps a ``completion``; ``ids`` name them, shape [N].
        """
        ...


class Verdicts(Protocol):
    """The verdicts of one signal over a pool, in pool order, with what the signal said of itself."""

    @property
    def signal(self) -> str: ...

    @property
    def accept_at(self) -> float | None: ...

    @property
    def values(self) -> NDArray[np.float64]:
        """Shape [N]; NaN where unscored."""
        ...

    @property
    def outcomes(self) -> Sequence[str]: ...

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> Verdict: ...


@runtime_checkable
class Selector(Protocol):
    """Decides what is kept, over the whole pool at once.

    Optional attribute: ``uses_verdicts = False`` when no verdict can change the selection.
    """

    def select(self, candidates: Sequence[Candidate], verdicts: Mapping[str, Verdicts]) -> Selection:
        """Keep or drop every candidate. ``verdicts``: by signal name, each aligned with the pool."""
        ...
