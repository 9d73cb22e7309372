"""How different completions are, through the audit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import openloop
from openloop.auditing.result import Audit
from openloop.data.write_rows import write_rows

Rows = list[dict[str, Any]]
TOPICS = 40


def rows(rng: np.random.Generator, prompts: int, each: int = 2, topics: int = TOPICS, start: str = "") -> Rows:
    """Completions of some topics, each with words of its own; those of a prompt share one topic."""
    found = []
    for prompt in range(prompts):
        topic = rng.integers(0, topics)
        number = rng.integers(0, 10**9)
        for _ in range(each):
            words = " ".join(f"{'abcdefghijklmnopqrstuvwxyz'[w % 26]}{topic}x{w}" for w in rng.integers(0, 60, 25))
            found.append({"prompt": f"question {prompt} {number}", "completion": f"{start}{words}"})
    return found


def audited(kept: Rows, real: Rows | None = None, folder: Path | None = None, **told: Any) -> Audit:
    if real is not None:
        assert folder is not None
        write_rows(real, folder / "real.jsonl", "")
        told["real"] = folder / "real.jsonl"
    return openloop.audit(kept, **told)


def findings(audit: Audit) -> set[str]:
    return {finding.id for finding in audit.findings}


def test_real_rows_are_measured_at_the_same_size(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    audit = audited(rows(rng, 300), rows(rng, 60), tmp_path)
    for name in ("distinct_1", "distinct_2", "distinct_3", "self_repetition"):
        mine, theirs = (audit.estimate(f"diversity.{name}", stratum) for stratum in ("", "rows=real"))
        assert mine.method.split(";")[0] == theirs.method.split(";")[0]
        assert mine.value == pytest.approx(theirs.value, abs=0.1)
    assert audit.estimate("diversity.vendi2").low is not None
    assert audit.estimate("diversity.compression").value > 1
    assert "narrow" not in findings(audit)


def test_rows_of_few_topics_are_narrow_beside_real_rows_of_many_and_not_the_other_way_round(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    few, many = rows(rng, 200, topics=4), rows(rng, 200)
    audit = audited(few, many, tmp_path)
    (finding,) = [finding for finding in audit.findings if finding.id == "narrow"]
    assert "of their effective number" in finding.text
    assert audit.estimate("diversity.against_real").value < 0.5
    turned = audited(many, few, tmp_path)
    assert "narrow" not in findings(turned)
    assert turned.estimate("diversity.against_real").value > 2


def test_longer_completions_are_not_narrower(tmp_path: Path) -> None:
    """Long texts share more words, whatever they say: the comparison is of beginnings of equal length."""
    rng = np.random.default_rng(2)
    long = [{**row, "completion": row["completion"] + " and so on for a while" * 12} for row in rows(rng, 200)]
    assert "narrow" not in findings(audited(long, rows(rng, 200), tmp_path))


def test_most_completions_that_begin_alike_are_narrow() -> None:
    rng = np.random.default_rng(3)
    alike = rows(rng, 150, start="Sure, I can help ")
    audit = audited(alike + rows(rng, 30))
    (finding,) = [finding for finding in audit.findings if finding.id == "narrow"]
    assert '"Sure, I can help"' in finding.text
    assert audit.estimate("diversity.same_opening").value == pytest.approx(150 / 180)
    assert "narrow" not in findings(audited(alike[:60] + rows(rng, 150)))


def test_short_answers_may_be_the_same() -> None:
    answers = [{"prompt": f"question {i}", "completion": "yes" if i % 3 else "no"} for i in range(300)]
    assert "narrow" not in findings(audited(answers))


def test_short_completions_are_not_compared_with_real_ones_and_it_is_said(tmp_path: Path) -> None:
    answers = [{"prompt": f"question {i}", "completion": f"{i % 7}"} for i in range(60)]
    audit = audited(answers, answers, tmp_path)
    assert any("completions are short" in text for text in audit.unmeasured)


def test_no_completions_are_said() -> None:
    audit = audited([{"verdict": i % 3 > 0, "gold": i % 2} for i in range(60)])
    assert any(text.startswith("diversity: no kept row") for text in audit.unmeasured)


@pytest.mark.parametrize("kept", [1, 2, 9])
def test_few_rows_have_no_intervals(kept: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    audit = audited(rows(rng, kept, each=1), rows(rng, 1, each=1), tmp_path)
    found = [line.estimate for line in audit.estimates if line.name.startswith("diversity.")]
    assert found and all(estimate.low is None for estimate in found)
    assert "narrow" not in findings(audit)


def test_the_order_of_rows_does_not_matter(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    kept, real = rows(rng, 60), rows(rng, 40)
    one = audited(kept, real, tmp_path)
    again = audited(kept[::-1], real[::-1], tmp_path)
    assert [line for line in one.estimates if "diversity" in line.name] == [
        line for line in again.estimates if "diversity" in line.name
    ]


def alarms(draws: int, folder: Path) -> int:
    """How often two halves of one source, with clusters of unequal sizes, are told apart."""
    found = 0
    for seed in range(draws):
        rng = np.random.default_rng([seed, 11])
        both = [row for _ in range(120) for row in rows(rng, 1, each=int(rng.integers(1, 6)))]
        prompts = list(dict.fromkeys(row["prompt"] for row in both))
        kept = set(rng.permutation(prompts)[: len(prompts) // 2])
        mine, theirs = ([row for row in both if (row["prompt"] in kept) is side] for side in (True, False))
        found += bool(findings(audited(mine, theirs, folder)) & {"narrow", "missing-cells"})
    return found


def test_two_halves_of_one_source_raise_no_alarm(tmp_path: Path) -> None:
    assert alarms(6, tmp_path) == 0


@pytest.mark.slow
def test_two_halves_of_one_source_raise_an_alarm_in_at_most_one_percent(tmp_path: Path) -> None:
    assert alarms(200, tmp_path) <= 2
