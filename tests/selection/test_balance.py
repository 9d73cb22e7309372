"""Balancing a feature against the verdict, with what it did in the run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import openloop as package
from openloop import models, selection
from openloop.errors import InputError
from openloop.records import Candidate, Outcome, Selection, Verdict
from openloop.selection.base import VerdictList
from openloop.selection.pool_view import CandidatePool
from openloop.testing import check_selector


def pool(n: int = 3000, seed: int = 0) -> tuple[list[Candidate], dict[str, VerdictList]]:
    """Rows whose acceptance goes with being good, and with their length whether they are or not."""
    rng = np.random.default_rng(seed)
    length = np.exp2(rng.uniform(3, 8, n)).astype(int)
    good = rng.random(n) < 0.5
    accept = rng.random(n) < 0.15 + 0.35 * good + 0.08 * (np.log2(length) - 3)
    rows = [Candidate(f"c{i}", f"p{i // 4}", "q", "a" * int(k), row={"length": int(k)}) for i, k in enumerate(length)]
    verdicts = [Verdict(None, Outcome.TIMEOUT) if i % 50 == 0 else Verdict(float(a)) for i, a in enumerate(accept)]
    return rows, {
        "judge": VerdictList("judge", 1.0, verdicts),
        "gold": VerdictList("gold", 1.0, [Verdict(float(g)) for g in good]),
    }


def before_and_after(found: Selection) -> tuple[Any, Any]:
    before, after = found.measured.values()
    assert [name.rpartition(", ")[2] for name in found.measured] == ["before", "after"]
    return before, after


def test_it_keeps_the_contract() -> None:
    check_selector(selection.balance())
    check_selector(selection.balance(by="weights"))


@pytest.mark.parametrize("by", ["matching", "weights"])
@pytest.mark.parametrize("feature", ["characters", "length"])
@pytest.mark.parametrize("gold", [None, "gold"])
def test_acceptance_no_longer_goes_with_the_feature(by: Any, feature: str, gold: str | None) -> None:
    candidates, verdicts = pool()
    found = selection.balance(feature, signal="judge", gold=gold, by=by).select(CandidatePool(candidates, verdicts))
    before, after = before_and_after(found)
    assert before.low > 0
    # Inside a bin of the feature something of it is left.
    assert abs(after.value) < before.value / 4 and after.low < before.value / 4
    assert len(found.kept) > 300
    assert set(found.dropped.values()) == {"rejected", "balanced", "unscored:timeout"}
    kept = set(found.kept)
    assert all(verdicts["judge"].values[i] == 1.0 for i, c in enumerate(candidates) if c.id in kept)


def test_the_order_of_the_pool_says_nothing() -> None:
    candidates, verdicts = pool(400)
    turned = {n: VerdictList(n, 1.0, v.verdicts[::-1]) for n, v in verdicts.items()}
    for by in ("matching", "weights"):
        chooser = selection.balance(signal="judge", by=by)
        first, second = (
            chooser.select(CandidatePool(candidates, verdicts)),
            chooser.select(CandidatePool(candidates[::-1], turned)),
        )
        assert set(first.kept) == set(second.kept)


def test_another_seed_keeps_other_rows() -> None:
    candidates, verdicts = pool(1000)
    kept = [
        selection.balance(signal="judge", seed=seed).select(CandidatePool(candidates, verdicts)).kept
        for seed in (0, 0, 1)
    ]
    assert kept[0] == kept[1] != kept[2] and len(kept[0]) == len(kept[2])


def test_what_was_measured_is_in_the_run_and_survives_a_chain(tmp_path: Path) -> None:
    @package.signal(depends_on={"length"}, version="1")
    def long(candidate: Candidate) -> bool:
        return len(str(candidate.completion)) + int(candidate.id[-1], 36) % 3 > 5

    said = models.function(lambda prompt, seed: "a" * (1 + seed % 9), name="said")
    run = package.Run(tmp_path / "run")
    drawn = run.sample(said, [f"q{i}" for i in range(200)], k=3)
    verdicts = run.score(drawn, long)
    both = selection.chain(selection.balance(bins=3), selection.limit(50))
    kept = run.select(drawn, verdicts, both)
    assert len(kept.measured) == 2 and len(kept) <= 50 and "measured" not in kept.counts
    assert "measured" not in repr(kept)
    run.close()


def test_a_recipe_shows_it(openloop: Any, tmp_path: Path) -> None:
    rows = [{"prompt": f"{a} + {b} =", "answer": f"{a + b}"} for a in range(20) for b in range(10)]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "said.py").write_text(
        "from openloop import models\n"
        "def answer(prompt, seed):\n    a, _, b, _ = prompt.split()\n"
        "    return str(int(a) + int(b)) if seed % 3 else 'a long story ' * (seed % 5)\n"
        "said = models.function(answer)\n"
    )
    (tmp_path / "recipe.yaml").write_text(
        "name: b\nmodels: {m: said.py:said}\nsampler: m\nreal: rows.jsonl\nworkers: 0\n"
        "signals: exact:answer\nselect: {use: balance, feature: words, bins: 2}\n"
    )
    said = openloop("run", tmp_path / "recipe.yaml")
    assert said.code == 0 and "a doubling of words, before" in said.out
    shown = openloop("show", tmp_path / "runs" / "b", "--json").json
    (held,) = shown["arms"]["loop"]["measured"]
    assert held["seed"] == 0 and held["acceptance for a doubling of words, after"]["n"] == 200


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"by": "luck"}, "matching"),
        ({"bins": 1}, "at least 2"),
        ({"bins": 2.5}, "at least 2"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        selection.balance(**options)


def test_what_the_pool_lacks_is_named() -> None:
    candidates, verdicts = pool(50)
    with pytest.raises(InputError, match="did you mean 'length'"):
        selection.balance("lenght", signal="judge").select(CandidatePool(candidates, verdicts))
    with pytest.raises(InputError, match="no verdicts of signal 'truth'"):
        selection.balance(gold="truth", signal="judge").select(CandidatePool(candidates, verdicts))
    scores = {"judge": VerdictList("judge", None, verdicts["judge"].verdicts)}
    with pytest.raises(InputError, match="no accept_at"):
        selection.balance().select(CandidatePool(candidates, scores))
    words = [Candidate("c", "p", "q", "a", row={"length": "long"})]
    with pytest.raises(InputError, match="must hold numbers"):
        selection.balance("length").select(CandidatePool(words, {"judge": VerdictList("judge", 1.0, [Verdict(1.0)])}))


def test_the_signal_that_is_not_gold_is_balanced() -> None:
    candidates, verdicts = pool(200)
    found = selection.balance(gold="gold").select(
        CandidatePool(candidates, verdicts)
    )  # the only other one is the judge
    assert set(found.dropped.values()) <= {"rejected", "balanced", "unscored:timeout"}
