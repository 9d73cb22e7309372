"""The public suites pass everything shipped, and catch what breaks the contracts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

import openloop
from openloop import models, selection, signals
from openloop.contracts import Model, PoolView, Selector, Signal
from openloop.records import Candidate, Completion, Example, Probe, Prompt, Sampling, Selection, Verdict
from openloop.seeds import sample_seed, uniforms
from openloop.testing import check_model, check_selector, check_signal


@openloop.signal(accepts=[("2+2=", "4")], rejects=[("2+2=", "")])
def has_digits(candidate: Candidate) -> bool:
    return any(character.isdigit() for character in candidate.completion)


@openloop.signal(scope="prompt")
def agrees_with_the_most(candidates: list[Candidate]) -> list[bool]:
    texts = [c.completion for c in candidates]
    return [texts.count(text) == max(map(texts.count, texts)) for text in texts]


SIGNALS = [
    signals.exact("answer"),
    signals.exact("answer", normalise=False),
    signals.likelihood(),
    signals.likelihood(per_token=False),
    signals.simulated(phi=0.8, psi=0.3, abstain=0.1, timeout=0.1, error=0.1),
    signals.simulated(noise="fixed", strata={"answer": {"0008": (1.0, 1.0)}}),
    has_digits,
    agrees_with_the_most,
]
SELECTORS = [
    selection.everything(),
    selection.threshold(accept=True),
    selection.threshold(at=0.5, unscored="keep"),
    selection.top(rate=0.3),
    selection.top(n=5, unscored="keep"),
    selection.random(rate=0.5),
    selection.random(n=4, seed=1),
    selection.limit(5),
    selection.chain(selection.threshold(at=0.5), selection.random(rate=0.5), selection.top(n=2)),
]


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda s: s.name)
def test_every_shipped_signal_keeps_the_contract(signal: Signal) -> None:
    check_signal(signal)


@pytest.mark.parametrize("selector", SELECTORS, ids=str)
def test_every_shipped_selector_keeps_the_contract(selector: Selector) -> None:
    check_selector(selector)


@pytest.mark.parametrize(
    ("model", "fit"),
    [
        (models.simulated(error=0.4, spread=0.2, styles=4, systematic=0.3), {}),
        (models.categorical(kinds=5), {}),
        (models.oracle(), {}),
        (models.tiny(d_model=16, layers=1, heads=2), {"steps": 4, "lr": 0.01}),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_every_shipped_model_keeps_the_contract(model: Model, fit: dict[str, Any]) -> None:
    check_model(model, fit=fit)


def broken(score: Callable[[Sequence[Candidate]], Any], **changes: Any) -> Signal:
    @dataclass(frozen=True)
    class Broken:
        version = "1"
        name = "broken"
        kind = "hard"
        depends_on = frozenset({"program"})
        range = (0.0, 1.0)
        accept_at = 1.0
        scope = "candidate"
        probes = changes.get("probes", ())

        def score(self, candidates: Sequence[Candidate]) -> Any:
            return score(candidates)

    return Broken()  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("score", "rule"),
    [
        (lambda rows: [Verdict(1.0)] * max(0, len(rows) - 1), "returned 17 verdicts for 18"),
        (lambda rows: [Verdict(2.0)] * len(rows), "outside its range"),
        (lambda rows: [Verdict(float("nan"))] * len(rows), "outside its range"),
        (lambda rows: [Verdict(None)] * len(rows), "only a value is SCORED"),
        (lambda rows: [1.0] * len(rows), "not a Verdict"),
        (lambda rows: [Verdict(float(i % 2)) for i in range(len(rows))], "what else is in the batch"),
        (lambda rows: [Verdict(float(len(rows) > 1))] * len(rows), "what else is in the batch"),
        (lambda rows: (rows.reverse(), [Verdict(1.0)] * len(rows))[1], "changed what it was given"),
    ],
)
def test_a_broken_signal_is_caught(score: Callable[[Any], Any], rule: str) -> None:
    with pytest.raises(AssertionError, match=rule):
        check_signal(broken(score))


@pytest.mark.parametrize(
    ("select", "rule"),
    [
        (lambda ids: Selection(tuple(ids[:-1]), {}), "not the whole pool"),
        (lambda ids: Selection(tuple(ids), dict.fromkeys(ids, "why")), "both keeps and drops"),
        (lambda ids: Selection(tuple(ids[::-1]), {}), "order of the pool"),
        (lambda ids: Selection((), dict.fromkeys(ids, "")), "without a reason"),
        (lambda ids: Selection((*ids, *ids[:1]), {}), "twice"),
    ],
)
def test_a_broken_selector_is_caught(select: Callable[[list[str]], Selection], rule: str) -> None:
    class Broken:
        version = "1"
        fingerprint = "broken"

        def select(self, pool: PoolView, /) -> Selection:
            return select(list(pool.ids))

    with pytest.raises(AssertionError, match=rule):
        check_selector(Broken())


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
        ("short", "asked for 3 completions"),
        ("batch", "what else is in the batch"),
        ("order", "order of the prompts"),
        ("k", "how many are drawn"),
        ("logprob", "above 0"),
        ("greedy", "greedy answers"),
    ],
)
def test_a_broken_model_is_caught(how: str, rule: str) -> None:
    with pytest.raises(AssertionError, match=rule):
        check_model(BrokenModel(how))


def test_a_signal_that_fails_its_own_probes_is_caught() -> None:
    probes = (Probe("2+2=", "5", accept=False),)
    with pytest.raises(AssertionError, match="must reject '5'"):
        check_signal(broken(lambda rows: [Verdict(1.0)] * len(rows), probes=probes))


def test_a_selector_that_writes_into_the_verdicts_is_caught() -> None:
    class Spoils:
        fingerprint = "spoils"

        def select(self, pool: PoolView, /) -> Selection:
            for mine in pool.verdicts.values():
                mine.values[:] = 0.0
            return selection.everything().select(pool)

    with pytest.raises(AssertionError, match="changed the verdicts"):
        check_selector(Spoils())


@pytest.mark.parametrize("signal", SIGNALS[:-1], ids=lambda s: s.name)
def test_shipped_signals_keep_the_contract_on_ten_thousand_rows(signal: Signal) -> None:
    rows = [
        Candidate(f"c{i}", f"p{i // 4}", "q", str(i % 7), index=i % 4, logprob=-1.0, n_tokens=2, row={"answer": "3"})
        for i in range(10_000)
    ]
    check_signal(signal, rows)


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

    @classmethod
    def load(cls, folder: Path) -> BrokenLearner:
        return cls("", revision="other")


@pytest.mark.parametrize(
    ("how", "rule"),
    [
        ("itself", "fit changed the model itself"),
        ("again", "gives other weights"),
        ("load", "save and load change"),
    ],
)
def test_a_broken_learner_is_caught(how: str, rule: str) -> None:
    with pytest.raises(AssertionError, match=rule):
        check_model(BrokenLearner(how))
