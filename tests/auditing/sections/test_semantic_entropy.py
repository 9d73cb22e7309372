"""How many different things the model says to one prompt, in an audited file."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

import openloop as library
from tests.support.audited import Rows


def answers(
    kinds: int, *, prompts: int = 40, k: int = 6, text: str = "Well.\nThe answer is {}.", seed: int = 0
) -> Rows:
    """Completions that each give one of so many answers, worked out in words of their own."""
    rng = np.random.default_rng(seed)
    return [
        {"prompt": f"question {p}", "completion": f"Way {rng.integers(10**9)}. " + text.format(rng.integers(kinds))}
        for p in range(prompts)
        for _ in range(k)
    ]


def test_completions_with_one_final_answer_are_one_meaning_however_it_is_reached() -> None:
    one = library.audit(answers(1))
    assert one.estimate("entropy.semantic").value == 0.0
    many = library.audit(answers(50))
    assert many.estimate("entropy.semantic").value > 1.6  # ln 6 = 1.79
    assert one.estimate("entropy.semantic").method.endswith("equal: final answers")


@pytest.mark.parametrize("text", ["so\n#### {}", "so $\\boxed{{{}}}$", "<answer>{}</answer>", "Final answer: {}"])
def test_answers_are_found_as_people_mark_them(text: str) -> None:
    found = library.audit(answers(3, text=text)).estimate("entropy.semantic")
    assert 0.7 < found.value < math.log(3) and found.n == 40


def test_texts_without_a_marked_answer_are_compared_whole_and_that_is_said() -> None:
    rows = answers(3, text="It may be {}")
    audit = library.audit(rows)
    assert audit.estimate("entropy.semantic").value == pytest.approx(math.log(6))
    assert "equal: whole texts" in audit.estimate("entropy.semantic").method
    assert any("in 100% of the prompts all texts differ" in text for text in audit.unmeasured)
    short = [{**row, "completion": str(row["completion"]).split()[-1].upper()} for row in rows]
    assert library.audit(short).estimate("entropy.semantic").value < math.log(3)


def test_languages_without_spaces_are_compared_as_others_are() -> None:
    rng = np.random.default_rng(0)
    said_in = ["東京です。", "大阪です。", "京都です。"]
    rows = [{"prompt": f"問題{p}", "completion": said_in[rng.integers(3)]} for p in range(30) for _ in range(5)]
    found = library.audit(rows).estimate("entropy.semantic")
    assert 0.6 < found.value < math.log(3)


def test_one_completion_a_prompt_is_not_measured() -> None:
    audit = library.audit(answers(3, k=1))
    assert any("no prompt has two completions" in text for text in audit.unmeasured)
    assert not any(e.name.startswith("entropy") for e in audit.estimates)


def test_the_order_of_rows_does_not_matter() -> None:
    rows = answers(4)
    shuffled = random.Random(1).sample(rows, len(rows))
    one, other = (library.audit(r).estimate("entropy.semantic") for r in (rows, shuffled))
    assert one == other


def test_each_source_model_is_measured_at_the_same_number_of_completions() -> None:
    rows = [{**row, "model": "gpt-one"} for row in answers(1, k=4)]
    rows += [{**row, "model": "gpt-many"} for row in answers(9, k=8)]
    found = {e.stratum: e.estimate for e in library.audit(rows).estimates if e.name == "entropy.semantic"}
    assert found["model=gpt-one, K=4"].value == 0.0 < found["model=gpt-many, K=4"].value
    swapped = [{**row, "model": "gpt-many" if row["model"] == "gpt-one" else "gpt-one"} for row in rows]
    found = {e.stratum: e.estimate for e in library.audit(swapped).estimates if e.name == "entropy.semantic"}
    assert found["model=gpt-many, K=4"].value == 0.0 < found["model=gpt-one, K=4"].value


def test_rows_that_a_verdict_keeps_are_measured_beside_all() -> None:
    rows = [{**row, "verdict": str(row["completion"]).endswith("0.")} for row in answers(4, k=12)]
    found = {e.stratum: e.estimate for e in library.audit(rows).estimates if e.name == "entropy.semantic"}
    assert found["rows=kept, K=2"].value == 0.0 < found["rows=all, K=2"].value


def phrased(words: int, *, seed: int = 0) -> Rows:
    """Good answers in three phrasings, bad ones about something else; half of each, all texts of their own."""
    rng = np.random.default_rng(seed)
    right = ("The capital of the country is {}", "It is {}, the capital of this country", "{} is the country's capital")
    vocabulary = [f"w{i}x{i * i}" for i in range(400)]
    rows: Rows = []
    for p in range(40):
        for i in range(8):
            noise = " ".join(rng.choice(vocabulary, words))
            good = i % 2 == 0
            text = right[i // 2 % 3].format(f"City{p}") if good else " ".join(rng.choice(vocabulary, 9))
            rows.append({"prompt": f"capital {p}", "completion": f"{text} {noise}", "gold": good})
    return rows


def test_gold_calibrates_how_near_vectors_must_be() -> None:
    audit = library.audit(phrased(1))
    found = {e.stratum: e.estimate for e in audit.estimates if e.name == "entropy.semantic"}
    assert found[""].value == pytest.approx(math.log(8))  # no text is there twice
    assert (
        found["by=vectors"].value < math.log(8) - 0.5
        and "hashed-512, cosine distance up to" in found["by=vectors"].method
    )


def test_vectors_that_do_not_tell_are_not_used_and_that_is_said() -> None:
    audit = library.audit(phrased(60))
    assert not any(e.stratum == "by=vectors" for e in audit.estimates)
    assert any("do not tell which answers mean the same" in text for text in audit.unmeasured)
    unlabelled = library.audit([{**row, "gold": None} for row in phrased(1)])
    assert not any("by vectors" in text for text in unlabelled.unmeasured)
