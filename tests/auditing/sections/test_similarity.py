"""What the audit says of kept rows beside real ones: how near, and that they are copies where they are."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

import openloop as library
from openloop.auditing import Audit
from tests.support.audited import ids, write

WORDS = ["".join(random.Random(n).choices("abcdefghijklmnopqrstuvwxyz", k=6)) for n in range(600)]
Rows = list[tuple[str, str]]


def made(n: int, seed: int, each: int = 1, length: int = 30) -> Rows:
    rng = random.Random(seed)

    def text(k: int) -> str:
        return " ".join(rng.choice(WORDS) for _ in range(k))

    return [(prompt, text(length)) for prompt in (text(10) for _ in range(n)) for _ in range(each)]


def changed(rows: Rows, share: float, seed: int) -> Rows:
    """The same completions, some of their words others."""
    rng = random.Random(seed)
    return [
        (prompt, " ".join(rng.choice(WORDS) if rng.random() < share else word for word in text.split()))
        for prompt, text in rows
    ]


def audited(rows: Rows, real: Rows, tmp_path: Path, **how) -> Audit:
    name = write(tmp_path / "real.jsonl", [{"prompt": p, "completion": c} for p, c in real])
    return library.audit([{"prompt": p, "completion": c, "gold": True} for p, c in rows], real=name, **how)


@pytest.mark.parametrize("share", [0.0, 0.04])
@pytest.mark.parametrize("other_prompts", [True, False])
def test_rows_that_repeat_real_ones_are_found_and_others_are_not(
    share: float, other_prompts: bool, tmp_path: Path
) -> None:
    real, rows = made(200, 0), made(300, 1)
    copies = changed(real[:60], share, 2)
    if other_prompts:
        copies = [(prompt, text) for (prompt, _), (_, text) in zip(rows, copies, strict=False)]
    found = audited([*copies, *rows[60:]], real, tmp_path)
    if share == 0.0 or other_prompts:  # of the same prompt only equal texts count: two answers to it may be near
        (finding,) = [f for f in found.findings if f.id == "near-copies-of-real"]
        assert "20% of the kept responses nearly repeat one of" in finding.text
        assert set(finding.rows) <= set(range(60)) and len(finding.rows) == 20
        assert not finding.blocking
    assert "near-copies-of-real" not in ids(audited(rows, real, tmp_path))


def test_prompts_that_paraphrase_real_ones_are_found_and_prompts_taken_from_them_are_not(tmp_path: Path) -> None:
    real, rows = made(200, 0, length=30), made(200, 1)
    taken = [(prompt, text) for (prompt, _), (_, text) in zip(real, rows, strict=True)]
    assert "near-copies-of-real" not in ids(audited(taken, real, tmp_path))
    near = [(f"{prompt} please", text) for prompt, text in taken]
    (finding,) = [f for f in audited(near, real, tmp_path).findings if f.id == "near-copies-of-real"]
    assert "100% of the kept prompts nearly repeat one of" in finding.text and '" beside "' in finding.text


def test_estimates_say_how_near_with_what_real_rows_are_to_each_other(tmp_path: Path) -> None:
    found = audited(made(150, 3, each=2), made(200, 4), tmp_path)
    for name in ("prompts", "responses"):
        kept, real = found.estimate(f"similarity.{name}"), found.estimate(f"similarity.real_{name}")
        assert kept.low < kept.value < kept.high
        assert kept.value == pytest.approx(real.value, abs=0.02)
        shares = [found.estimate("similarity.band", f"of={name} {where}") for where in ("below", "inside", "above")]
        assert sum(e.value for e in shares) == pytest.approx(1)
        assert shares[1].value > 0.8
        assert "hashed-512" in kept.method
    assert found.estimate("similarity.prompts").n == 150
    assert found.estimate("similarity.responses").n == 300
    titles = [c.title for c in found.curves if "nearest real one" in c.title]
    assert titles == [f"share of {of} {name} by their nearest real one (cosine)" for name in ("prompts", "responses")
                      for of in ("kept", "real")]  # fmt: skip
    off = audited([(p, "1234 5678 " * 9 + str(n)) for n, (p, _) in enumerate(made(100, 5))], made(200, 4), tmp_path)
    assert off.estimate("similarity.band", "of=responses below").value == 1


def test_the_order_of_rows_does_not_matter(tmp_path: Path) -> None:
    rows, real = made(60, 6, each=2), made(80, 7)
    one = audited(rows, real, tmp_path)
    other = audited(rows[::-1], real[::-1], tmp_path)
    for a, b in zip(one.estimates, other.estimates, strict=True):
        if a.name.startswith(("similarity", "dependence")):
            assert (a.name, a.stratum) == (b.name, b.stratum)
            assert a.estimate.value == pytest.approx(b.estimate.value, rel=1e-4)


@pytest.mark.parametrize(
    ("rows", "real"),
    [
        (made(1, 8), made(1, 9)),
        (made(40, 8), made(1, 9)),
        ([("q", "same")] * 30, [("q", "same")] * 30),
        ([("", text) for _, text in made(30, 8)], [(text, "") for _, text in made(30, 9)]),
        ([(f"q {n}", "") for n in range(30)], made(30, 9)),
        (
            [(f"質問{n}", "東京は日本の首都です" * (n % 3 + 1)) for n in range(30)],
            [(f"問{n}", "答えは四十二") for n in range(30)],
        ),
    ],
)
def test_what_cannot_be_compared_is_said(rows: Rows, real: Rows, tmp_path: Path) -> None:
    found = audited(rows, real, tmp_path)
    told = [e for e in found.estimates if e.name.startswith("similarity.")]
    said = [text for text in found.unmeasured if text.startswith("similarity")]
    assert said or any(np.isfinite(e.estimate.value) for e in told)
    assert "near-copies-of-real" not in ids(found)


def test_without_real_rows_that_is_said() -> None:
    found = library.audit([{"prompt": p, "completion": c, "gold": True} for p, c in made(20, 0)])
    assert "similarity to real rows: no --real" in found.unmeasured


@pytest.mark.slow
@pytest.mark.parametrize("by", ["rows", "prompts"])
@pytest.mark.parametrize("each", [1, 4])
def test_exchangeable_splits_have_no_copies(by: str, each: int, tmp_path: Path) -> None:
    """Halves of one file: one finding in 300 splits (1, 4 or geometric rows a prompt, with and without copies)."""
    wrong = 0
    for seed in range(40):
        rows, rng = made(100, seed, each=each), random.Random(seed)
        side = {prompt: rng.random() < 0.5 for prompt, _ in rows}
        first = [side[prompt] if by == "prompts" else rng.random() < 0.5 for prompt, _ in rows]
        halves = [[row for row, mine in zip(rows, first, strict=True) if mine is half] for half in (True, False)]
        wrong += "near-copies-of-real" in ids(audited(*halves, tmp_path))
    assert wrong <= 1
