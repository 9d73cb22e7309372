"""How much the model adds to its prompts, in an audited file and in a run."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import openloop as library
from openloop import models
from openloop.records import Sampling
from tests.support.audited import Rows

LAW = np.array([0.6, 0.3, 0.1])
TRUE = float(-(LAW * np.log(LAW)).sum())
PROMPTS = [{"prompt": f"{n}+{n}=", "answer": f"{2 * n}"} for n in range(40)]


def drawn(prompts: int = 60, k: int = 8) -> Rows:
    rng = np.random.default_rng(0)
    place = rng.choice(3, size=(prompts, k), p=LAW)
    return [
        {"prompt": f"q{p}", "completion": f"it is {place[p, i]}", "logprob": float(np.log(LAW[place[p, i]]))}
        for p in range(prompts)
        for i in range(k)
    ]


def unmeasured(audit: library.Audit) -> str:
    (found,) = [text for text in audit.unmeasured if text.startswith("information gain")]
    return found


def renamed(name: str, make: Any = lambda nats: nats) -> Rows:
    return [{"prompt": r["prompt"], "completion": r["completion"], name: make(r["logprob"])} for r in drawn()]


def test_log_probabilities_give_the_entropy_of_what_the_model_says() -> None:
    audit = library.audit(drawn())
    found = audit.estimate("information.gain")
    assert found.low is not None and found.high is not None and found.low <= TRUE <= found.high
    assert "lower bound" in found.method
    assert any("of the sampler after temperature" in text and "0.105" in text for text in audit.said)


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("cumulative_logprob", lambda nats: nats),
        ("Log Prob", str),
        ("token_logprobs", lambda nats: [nats / 2, nats / 2]),
        ("logprobs", lambda nats: {"content": [{"token": "a", "logprob": nats}]}),
        ("logprobs", lambda nats: [{"logprob": nats / 4}] * 4),
    ],
)
def test_they_are_found_by_their_names_and_summed_over_tokens(name: str, make: Any) -> None:
    found = library.audit(renamed(name, make))
    plain = library.audit(drawn()).estimate("information.gain")
    assert found.estimate("information.gain").value == pytest.approx(plain.value)


def test_lists_of_tokens_give_nats_a_token_too() -> None:
    audit = library.audit(renamed("token_logprobs", lambda nats: [nats / 2, nats / 2]))
    found = {e.stratum: e.estimate.value for e in audit.estimates if e.name == "information.gain"}
    assert found["unit=token"] == pytest.approx(found[""] / 2, rel=0.05)
    assert audit.estimate("entropy.length_normalised").value == pytest.approx(found[""] / 2)


def test_completions_that_were_cut_off_are_counted() -> None:
    rows = [{**row, "finish_reason": "length" if i % 4 == 0 else "stop"} for i, row in enumerate(drawn())]
    assert "120 of 480 completions were cut off" in library.audit(rows).estimate("information.gain").method


def test_files_without_log_probabilities_say_so() -> None:
    rows = [{k: v for k, v in row.items() if k != "logprob"} for row in drawn()]
    assert "no column of log-probabilities (logprob, " in unmeasured(library.audit(rows))
    assert "no column" in unmeasured(library.audit([{**row, "mean_logprob": -0.5} for row in rows]))


def test_what_is_no_log_probability_is_not_measured_and_the_rest_of_the_audit_is() -> None:
    audit = library.audit(renamed("logprob", math.exp))
    assert "at most 0, got" in unmeasured(audit) and "Probabilities need their logarithm" in unmeasured(audit)
    assert audit.estimate("entropy.semantic").n == 60
    some = [{**row, "logprob": math.nan if i % 2 else row["logprob"]} for i, row in enumerate(drawn())]
    assert library.audit(some).estimate("information.gain").n_unscored == 240


def audited(tmp_path: Path, model: Any, sampling: Sampling) -> library.Audit:
    run = library.Run(tmp_path / "run")
    run.sample(model, PROMPTS, k=6, temperature=sampling.temperature, top_p=sampling.top_p)
    run.close()
    return library.audit(tmp_path / "run")


@pytest.mark.parametrize("sampling", [Sampling(), Sampling(temperature=0.5), Sampling(top_p=0.7)])
def test_a_run_knows_how_its_candidates_were_drawn(tmp_path: Path, sampling: Sampling) -> None:
    model = models.categorical(table={"0": 0.6, "2": 0.3, "4": 0.1})
    law = model.probabilities(sampling)
    true = float(-(law[law > 0] * np.log(law[law > 0])).sum())
    audit = audited(tmp_path, model, sampling)
    assert audit.estimate("information.gain").value == pytest.approx(true, abs=0.12)
    assert not any("of the sampler after" in text for text in audit.said)


def test_greedy_candidates_are_not_measured(tmp_path: Path) -> None:
    audit = audited(tmp_path, models.categorical(table={"0": 0.6, "2": 0.4}), Sampling(temperature=0.0))
    assert "greedy completions are not drawn" in unmeasured(audit)
