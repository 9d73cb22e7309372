"""How probable another model finds a text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from openloop import models, signals
from openloop.errors import InputError
from openloop.identity import fingerprint
from openloop.records import Candidate, Example, Outcome
from openloop.scoring import checked_verdicts
from openloop.testing import check_signal
from tests.support.small_models import make_model
from tests.support.toy_signals import outcome

pytest.importorskip("torch")
ROWS = [Candidate(f"c{i}", f"p{i}", "12+30=", said) for i, said in enumerate(["42", "43", "99", ""])]


@pytest.fixture(scope="module")
def adder() -> Any:
    """A model that has seen one sum many times."""
    start = models.tiny(alphabet="0123456789+=", d_model=16, layers=1, heads=2)
    return start.fit([Example("12+30=", "42")] * 32, seed=0, steps=60, lr=0.01, batch=32)


def test_it_keeps_the_contract(adder: Any) -> None:
    check_signal(signals.likelihood(model=adder), ROWS)


def test_what_a_model_was_taught_it_finds_likely(adder: Any) -> None:
    right, near, far, empty = signals.likelihood(model=adder, per_token=False).score(ROWS)
    assert right.value is not None and near.value is not None and far.value is not None
    assert -0.2 < right.value <= 0 and near.value < -2 and far.value < near.value + 5 and empty.value is not None


def test_per_token_it_is_the_mean_over_characters_and_the_end(adder: Any) -> None:
    whole = signals.likelihood(model=adder, per_token=False).score(ROWS)
    mean = signals.likelihood(model=adder).score(ROWS)
    for row, total, each in zip(ROWS, whole, mean, strict=True):
        assert total.value is not None and each.value == pytest.approx(total.value / (len(row.completion) + 1))


def test_it_agrees_with_what_the_sampler_recorded(tmp_path: Path) -> None:
    from openloop.records import Prompt, Sampling

    model = models.transformers(path=str(make_model(tmp_path / "small")), device="cpu", dtype="float32")
    (drawn,) = model.sample([Prompt("p", "12+30=")], 4, Sampling(1.0, 1.0, 6, 0))
    rows = [
        Candidate(f"{i}", "p", "12+30=", d.content, logprob=d.logprob, n_tokens=d.n_tokens, finish=d.finish)
        for i, d in enumerate(drawn)
        if d.finish == "stop"
    ]
    other, own = signals.likelihood(model=model).score(rows), signals.likelihood().score(rows)
    counts = model.token_counts([row.completion for row in rows])
    for row, count, a, b in zip(rows, counts, other, own, strict=True):
        if count == row.n_tokens:
            assert a.value == pytest.approx(b.value, abs=1e-4)


def test_a_text_the_model_cannot_read_costs_its_own_row(adder: Any) -> None:
    rows = [*ROWS[:2], Candidate("x", "p", "12+30=", "forty-two"), Candidate("y", "p", "1+1=", "9" * 90)]
    found = checked_verdicts(signals.likelihood(model=adder), rows)
    assert [v.outcome for v in found] == [Outcome.SCORED] * 2 + [Outcome.ERROR] * 2


def test_whose_likelihood_it_is_decides_what_it_depends_on(adder: Any) -> None:
    assert signals.likelihood().depends_on == {"generator"}
    assert signals.likelihood(model=adder).depends_on == {"model:tiny"}
    other = models.tiny(alphabet="0123456789+=", d_model=16, layers=1, heads=2, seed=1)
    names = [fingerprint(signals.likelihood(model=m)) for m in (None, adder, other)]
    assert len(set(names)) == 3


def test_a_model_that_cannot_tell_is_refused() -> None:
    with pytest.raises(InputError, match="has no logprobs"):
        signals.likelihood(model=models.function(lambda prompt, seed: "a", name="f"))


def test_likelihood_is_the_samplers_own_and_abstains_without_it() -> None:
    rows = [Candidate("a", "p", "q", "4", logprob=-3.0, n_tokens=3), Candidate("b", "p", "q", "4")]
    assert [v.value for v in signals.likelihood().score(rows)] == [-1.0, None]
    assert [v.value for v in signals.likelihood(per_token=False).score(rows)] == [-3.0, None]


@pytest.mark.parametrize("logprob", [float("nan"), float("-inf"), float("inf"), 0.5])
@pytest.mark.parametrize("per_token", [True, False])
def test_what_is_no_log_probability_is_never_a_likelihood(logprob: float, per_token: bool) -> None:
    rows = [Candidate("a", "p", "q", "4", logprob=logprob, n_tokens=2)]
    (verdict,) = signals.likelihood(per_token=per_token).score(rows)
    assert outcome(verdict) == (None, "error", "not_a_logprob")


def test_likelihood_per_token_abstains_without_a_number_of_tokens() -> None:
    rows = [
        Candidate("a", "p", "q", "4", logprob=-2.0),
        Candidate("b", "p", "q", "4", logprob=1e-9, n_tokens=1),
    ]
    assert [outcome(v) for v in signals.likelihood().score(rows)] == [
        (None, "abstained", "no_n_tokens"),
        (0.0, "scored", ""),
    ]
    assert signals.likelihood(per_token=False).score(rows)[0].value == -2.0
