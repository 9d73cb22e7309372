"""What samples candidates, and what only some models can do besides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, Self, runtime_checkable

from openloop.errors import InputError
from openloop.records import Asked, Completion, Content, Example, Prompt, Sampling, Segment, Usage

Answer = tuple[Asked, Completion, Usage]


class Commit(Protocol):
    """``commit(done, sending)``: stores the replies that came and notes the requests that are about to leave.

    ``unpaid``: requests announced earlier that the server refused, or that never left: they cost nothing.
    """

    def __call__(self, done: Sequence[Answer], sending: Sequence[Asked], unpaid: Sequence[Asked] = ()) -> None: ...


@runtime_checkable
class Model(Protocol):
    """What samples candidates."""

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
class Metered(Protocol):
    """A model whose replies are paid for: each is committed to the store before it is used."""

    @property
    def metered(self) -> bool:
        """False where this one costs nothing after all."""
        ...


@runtime_checkable
class Streaming(Protocol):
    """A model whose replies come one by one."""

    def stream(
        self, asked: Iterable[Asked], sampling: Sampling, commit: Commit, ledger: Any = None
    ) -> Iterator[list[Answer]]:
        """Replies in batches, in the order they come.

        ``commit(done, sending)`` is called before the replies ``done`` are handed on and before the requests
        ``sending`` leave. Raises RunError when a budget or a deadline is reached, and when going on is vain.
        """
        ...

    def ledger(self, before: Usage) -> Any:
        """Where spending is added up, after what was spent ``before``; shared by all stages of a run."""
        ...


@runtime_checkable
class Priced(Protocol):
    """A model that knows what it costs. Money is in one currency, the user's."""

    def request_price(self, max_tokens: int, prompt_tokens: float) -> float:
        """The most that one request can cost."""
        ...

    def cost(self, usage: Usage) -> float:
        """What was spent."""
        ...

    @property
    def limits(self) -> Mapping[str, float | None]:
        """The most that a run may spend, by ``requests``, ``tokens``, ``money``; None is no limit."""
        ...


@runtime_checkable
class Scorer(Protocol):
    """A model that says how probable a text is that it did not sample."""

    def logprobs(self, prompts: Sequence[Content], completions: Sequence[Content]) -> list[float]:
        """Log-probability of each completion and its end token given its prompt, at T=1 (nats)."""
        ...

    def token_counts(self, completions: Sequence[Content]) -> list[int]:
        """Tokens of each completion as :meth:`logprobs` counts them."""
        ...


@runtime_checkable
class Trains(Model, Protocol):
    """A model that learns by itself. ``fit`` returns a new model and leaves this one unchanged."""

    def fit(self, examples: Sequence[Example], *, seed: int, **options: Any) -> Self:
        """Train on the examples, starting from the current weights unless ``options`` say otherwise."""
        ...

    def save(self, folder: Path) -> None:
        """Write the weights into an existing empty folder."""
        ...

    def load(self, folder: Path) -> Self:
        """A model like this one (its device, precision and options) with the weights that ``save`` wrote."""
        ...


@runtime_checkable
class Pretrained(Model, Protocol):
    """A model whose network and tokenizer lie in a folder, in the form of the Hugging Face transformers library."""

    folder: Path
    adapter: Path | None
    """Folder of a LoRA adapter over the network in ``folder``."""
    device: str
    """``cpu``, ``cuda`` or ``cuda:N``."""
    dtype: Any
    """``float32``, ``bfloat16`` or ``float16``."""
    threads: int | None

    @property
    def context(self) -> int:
        """Most tokens of a prompt and its completion."""
        ...

    def tokenizer(self) -> Any:
        """The tokenizer of the folder, without its network."""
        ...

    def network(self, dtype: Any = None) -> Any:
        """A fresh copy of the network in ``folder`` (without the adapter), in memory of the CPU, in its own precision
        or another."""
        ...

    @property
    def end_tokens(self) -> tuple[int, ...]:
        """Tokens at which an answer ends."""
        ...

    def prompt_tokens(self, prompt: Content) -> list[int]:
        """A prompt in tokens, up to where the model answers. Raises InputError."""
        ...

    def answer(self, prompt: Content, tokens: Sequence[int]) -> Completion:
        """Sampled tokens (the end token included, unless the answer was cut) as the completion that they are."""
        ...

    def segments(self, prompt: Content, completion: Content, *, turns: bool = False) -> list[Segment]:
        """A row in tokens exactly as the model reads and writes it when it is sampled.

        ``turns`` tells the assistant's earlier turns from the rest of the prompt. Raises InputError where the model's
        chat template does not allow that.
        """
        ...

    def asked(self, prompt: Content) -> Content:
        """A prompt as a library that applies the chat template by itself is to be given it."""
        ...

    def load(self, folder: Path) -> Self:
        """A model like this one with what is in ``folder``: a network, or an adapter over this one's network."""
        ...

    def release(self) -> None:
        """Let go of networks held in memory; they are read again when they are next needed."""
        ...


@runtime_checkable
class FromScratch(Protocol):
    """A model that may have no weights yet, only a configuration."""

    @property
    def has_weights(self) -> bool: ...


@runtime_checkable
class SingleProcess(Protocol):
    """A model that is sampled in the main process only, so that its weights are in memory once."""

    @property
    def one_process(self) -> bool: ...


@runtime_checkable
class Sourced(Protocol):
    """A model that declares what its answers are computed from; openness is derived from it."""

    @property
    def depends_on(self) -> frozenset[str]: ...


@runtime_checkable
class NamesWeights(Protocol):
    """A model whose revision says more than its weights (a system turn, a batch size): what names those alone."""

    @property
    def weight_names(self) -> tuple[str, ...]:
        """First the name of the weights that answer; after it, other names of theirs, and of weights they build on."""
        ...


def weights_of(model: Model) -> tuple[str, ...]:
    """What names a model's weights: equal for two models that are the same network asked in two ways."""
    return model.weight_names if isinstance(model, NamesWeights) else (model.revision,)


_WHOLE: Sequence[tuple[type, tuple[str, ...]]] = (
    (Streaming, ("stream", "ledger")),
    (Priced, ("request_price", "cost", "limits")),
    (Scorer, ("logprobs", "token_counts")),
    (Trains, ("fit", "save", "load")),
)
"""Capabilities of several methods. A model that has the first one must have them all."""


def require_model(value: object, what: str = "model") -> Model:
    """A model whose capabilities are whole. Raises InputError that names what is missing."""
    if not isinstance(value, Model):
        raise InputError(f"{what}: {value!r:.120} is not a model; see openloop.models and openloop.contracts.Model.")
    for capability, (first, *others) in _WHOLE:
        lacking = [name for name in others if not hasattr(value, name)]
        if hasattr(value, first) and lacking:
            raise InputError(
                f"{what}: {value.name!r} has `{first}` but no `{lacking[0]}`. Offer everything that "
                f"openloop.contracts.{capability.__name__} asks for, or leave `{first}` out."
            )
    if isinstance(value, Streaming) and not is_metered(value):
        raise InputError(
            f"{what}: {value.name!r} streams its replies but is not metered: only replies that are committed one by "
            "one are streamed. Set `metered = True`."
        )
    return value


def is_metered(model: object) -> bool:
    """Whether each reply of a model is paid for."""
    return isinstance(model, Metered) and model.metered


def in_one_process(model: object) -> bool:
    """Whether a model is to be sampled in the main process."""
    return isinstance(model, SingleProcess) and model.one_process


def has_weights(model: object) -> bool:
    """Whether there is anything that a model has learned, as far as it says."""
    return not isinstance(model, FromScratch) or model.has_weights
