"""The suite of a model passes what is shipped and catches what breaks the contract."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

from openloop import models
from openloop.contracts import Model
from openloop.contracts.models import Answer, Commit
from openloop.records import Asked, Completion, Content, Example, Prompt, Sampling, Usage
from openloop.seeds import sample_seed, uniforms
from openloop.testing import check_model


def echo(prompt: Content, seed: int) -> str:
    return f"{prompt} {seed % 5}"


@pytest.mark.parametrize(
    ("model", "fit"),
    [
        (models.simulated(error=0.4, spread=0.2, styles=4, systematic=0.3), {}),
        (models.categorical(kinds=5), {}),
        (models.oracle(), {}),
        (models.simulated(metered=True, price=0.5), {}),
        (models.function(echo), {}),
        (models.tiny(d_model=16, layers=1, heads=2), {"steps": 4, "lr": 0.01}),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_every_shipped_model_keeps_the_contract(model: Model, fit: dict[str, Any]) -> None:
    check_model(model, fit=fit)


@dataclass(frozen=True)
class BrokenModel:
    how: str
    version = "1"
    name = "broken"
    revision = "1"

    def sample(self, prompts: Sequence[Prompt], k: int, sampling: Sampling) -> list[list[Completion]]:
        seeds = [sample_seed(sampling.seed, p.id, i) for p in prompts for i in range(k)]
        luck = uniforms(seeds, 1)[:, 0].tolist() if seeds else []
        rows = [[Completion(str(luck[p * k + i])) for i in range(k)] for p in range(len(prompts))]
        match self.how:
            case "short":
                return rows[:-1]
            case "batch":
                return [[Completion(f"{len(prompts)}")] * k for _ in prompts]
            case "order":
                return [[Completion(str(p))] * k for p in range(len(prompts))]
            case "k":
                return [[Completion(f"{luck[p * k]} of {k}")] * k for p in range(len(prompts))]
            case "logprob":
                return [[replace(c, logprob=0.5) for c in row] for row in rows]
        return rows


@pytest.mark.parametrize(
    ("how", "rule"),
    [
        ("short", "was asked for 3 completions"),
        ("batch", "what else is in the batch"),
        ("order", "order of the prompts"),
        ("k", "how many are drawn"),
        ("logprob", "above 0"),
        ("greedy", "different greedy answers"),
    ],
)
def test_a_broken_model_is_caught(how: str, rule: str) -> None:
    with pytest.raises(AssertionError, match=rule):
        check_model(BrokenModel(how))


@dataclass(frozen=True)
class BrokenLearner:
    how: str
    runs: list[int] = field(default_factory=list)
    revision: str = "1"
    version = "1"
    name = "learner"

    def sample(self, prompts: Sequence[Prompt], k: int, sampling: Sampling) -> list[list[Completion]]:
        return [[Completion(self.revision)] * k for _ in prompts]

    def fit(self, examples: Sequence[Example], *, seed: int) -> BrokenLearner:
        self.runs.append(seed)
        if self.how == "itself":
            object.__setattr__(self, "revision", "2")
        return replace(self, revision=str(len(self.runs)) if self.how == "again" else "2")

    def save(self, folder: Path) -> None:
        (folder / "x").write_text(self.revision)

    def load(self, folder: Path) -> BrokenLearner:
        return replace(self, revision="other")


@pytest.mark.parametrize(
    ("how", "rule"),
    [
        ("itself", "is changed itself by fit"),
        ("again", "has other weights when trained again"),
        ("load", "another revision after save and load"),
    ],
)
def test_a_broken_learner_is_caught(how: str, rule: str) -> None:
    with pytest.raises(AssertionError, match=rule):
        check_model(BrokenLearner(how))


# ---- capabilities -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fair:
    """A model whose answers, log-probabilities and prices agree."""

    version: ClassVar[str] = "1"
    name: ClassVar[str] = "fair"
    revision: ClassVar[str] = "1"
    depends_on: ClassVar[Any] = frozenset({"model:fair"})

    def sample(self, prompts: Sequence[Prompt], k: int, sampling: Sampling) -> list[list[Completion]]:
        del sampling
        return [[Completion(str(p.content), logprob=-1.0, n_tokens=1)] * k for p in prompts]

    def logprobs(self, prompts: Sequence[Content], completions: Sequence[Content]) -> list[float]:
        return [-1.0 for _ in zip(prompts, completions, strict=True)]

    def token_counts(self, completions: Sequence[Content]) -> list[int]:
        return [1] * len(completions)

    def request_price(self, max_tokens: int, prompt_tokens: float) -> float:
        return max_tokens + prompt_tokens

    def cost(self, usage: Usage) -> float:
        return float(usage.prompt_tokens + usage.completion_tokens)

    @property
    def limits(self) -> Mapping[str, float | None]:
        return {"tokens": 10, "money": None}


@dataclass(frozen=True)
class Stream(Fair):
    """The same, one reply at a time."""

    metered: ClassVar[bool] = True
    commits: bool = True
    announces: bool = True

    def ledger(self, before: Usage) -> Usage:
        return before

    def stream(
        self, asked: Iterable[Asked], sampling: Sampling, commit: Commit, ledger: Any = None
    ) -> Iterator[list[Answer]]:
        for one in asked:
            commit([], [one] if self.announces else [])
            answer = one, self.sample([one.prompt], 1, sampling)[0][0], Usage(1, 1)
            if self.commits:
                commit([answer], [])
            yield [answer]


@pytest.mark.parametrize("model", [Fair(), Stream()])
def test_a_model_whose_capabilities_are_sound_passes(model: Model) -> None:
    check_model(model)


@dataclass(frozen=True)
class Odd(Fair):
    """The same, but for one answer: ``how`` names it, ``value`` is given in its place."""

    how: str = ""
    value: Any = None

    @property
    def depends_on(self) -> Any:
        return self.value if self.how == "depends_on" else Fair.depends_on

    @property
    def metered(self) -> Any:
        return self.value if self.how == "metered" else False

    @property
    def limits(self) -> Mapping[str, float | None]:
        return self.value if self.how == "limits" else {}

    def logprobs(self, prompts: Sequence[Content], completions: Sequence[Content]) -> list[float]:
        each = len(prompts) * self.value if self.how == "batch" else self.value if self.how == "logprobs" else -1.0
        return [each for _ in completions]

    def token_counts(self, completions: Sequence[Content]) -> list[int]:
        return self.value if self.how == "token_counts" else [1] * len(completions)

    def request_price(self, max_tokens: int, prompt_tokens: float) -> float:
        return self.value if self.how == "request_price" else super().request_price(max_tokens, prompt_tokens)

    def cost(self, usage: Usage) -> float:
        return self.value if self.how == "cost" else super().cost(usage)


@pytest.mark.parametrize(
    ("model", "rule"),
    [
        (Odd("cost", 7.0), "charges for no request"),
        (Odd("request_price", 0.5), "for a request priced at 0.5 at most"),
        (Odd("request_price", -1.0), "prices a request at -1.0"),
        (Odd("limits", {"euros": 3}), r"limits \['euros'\]; allowed: money, requests, tokens"),
        (Odd("limits", {"money": -3}), "limit below 0"),
        (Odd("depends_on", ["x"]), "as a frozenset of texts"),
        (Odd("metered", "yes"), "`metered` with something else"),
        (Odd("logprobs", -2.0), "samples at -1.0 nats what it scores with -2.0"),
        (Odd("logprobs", 0.5), "above 0"),
        (Odd("batch", -1.0), "what else is in the batch"),
        (Odd("token_counts", []), "one log-probability and count"),
        (Odd("token_counts", [0] * 36), "not whole"),
        (Stream(commits=False), "not committed"),
        (Stream(announces=False), "did not announce"),
    ],
    ids=repr,
)
def test_a_broken_capability_is_caught(model: Model, rule: str) -> None:
    with pytest.raises(AssertionError, match=rule):
        check_model(model)


def test_half_a_capability_is_refused_with_what_is_missing() -> None:
    class Half:
        name = "half"
        revision = "1"

        def sample(self, prompts: Sequence[Prompt], k: int, sampling: Sampling) -> list[list[Completion]]:
            del sampling
            return [[Completion("")] * k for _ in prompts]

        def logprobs(self, prompts: Sequence[Content], completions: Sequence[Content]) -> list[float]:
            del prompts
            return [0.0] * len(completions)

    class Free(Stream):
        metered = False

    with pytest.raises(AssertionError, match="has `logprobs` but no `token_counts`"):
        check_model(Half())
    with pytest.raises(AssertionError, match="Set `metered = True`"):
        check_model(Free())
