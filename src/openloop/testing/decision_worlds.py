"""Simulated files whose true share of bad rows is known: in which the audit's decisions can be wrong, and are counted.

    rng = np.random.default_rng(0)
    file = WORLDS["prompts alike"].draw(rng)    # rows with all gold, and the risk behind it
    file.truth(keep)                            # what a selection's p′ is in truth

Each world is one everyday situation at the target of 10 % (``bad=.1``: deciding is wrong whichever way), or to a side
of it. ``labels`` says how gold is come by: with the file for every row, for some of them, or as the audit asks for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from openloop.arrays import Codes, Mask, Values
from openloop.auditing.row_arrays import RowArrays
from openloop.auditing.selections import KEPT_FILE, SelectionRule

TARGET = 0.1
Sizes = Literal["equal", "giant", "geometric", "lognormal"]
Labels = Literal["all", "asked", "some", "top scores", "one source", "whole prompts", "many copies"]


@dataclass(frozen=True)
class SimulatedFile:
    """Rows with all their gold, and what is true of them."""

    arrays: RowArrays
    risk: Values
    """Shape [N]: the chance that a row like this one (its stratum, score, copies) is bad."""
    given: Mask
    """Shape [N]: rows whose gold comes with the file."""
    unfit: Mask
    """Shape [N]: rows that must not be trained on."""
    target: str
    follows: bool
    """Whether what the audit asks for is labelled."""
    rules: tuple[SelectionRule, ...] = ()
    """Selections that would repair a finding."""

    def truth(self, keep: Mask) -> float:
        """The share of bad rows among ``keep`` [N]: of the process behind the file, or of the file."""
        return float((self.risk if self.target == "process" else 1 - self.arrays.gold)[keep].mean())


@dataclass(frozen=True)
class DecisionWorld:
    """One situation. Rows of a prompt are alike to ``alike`` (intraclass correlation)."""

    bad: float = TARGET
    """Share of bad rows among the kept ones, where ``strata`` or ``by_score`` say nothing else."""
    prompts: int = 250
    rows: int = 1
    """Of each prompt, or on average."""
    sizes: Sizes = "equal"
    giant: float = 0.0
    """Share of all rows that the first prompt has."""
    alike: float = 0.0
    strata: tuple[float, ...] = ()
    """Share of bad rows in each stratum of a column ``source``."""
    shares: tuple[float, ...] = ()
    """Share of the rows in each; empty for equal ones."""
    pairs: bool = False
    """Whether rows are pairs: those of the first stratum are the ones on which both orders of a judge agree, which no
    column tells but a rule. A pair that gold calls a tie is one of the bad ones."""
    columns: int = 0
    """Further columns of three values that say nothing."""
    copies: bool = False
    """Whether texts repeat: answers given often are the good ones."""
    rejected: float | None = None
    """Share of bad rows among those that the verdict rejects (as many as it keeps); None: there is no verdict."""
    unscored: float = 0.0
    """Share of the rows that would be kept and are not scored; all of them bad."""
    by_score: tuple[float, float] | None = None
    """The risk of a row of the lowest score and of the highest; linear between them."""
    saturated: float = 0.0
    """Share of the rows that have the highest score."""
    contaminated: float = 0.0
    """Share of the rows that are good and unfit."""
    labels: Labels = "all"
    n_labels: int = 300
    then_asked: bool = False
    """Whether the audit is followed after such labels."""
    target: str = "process"
    max_looks: int = 30

    def draw(self, rng: np.random.Generator) -> SimulatedFile:
        """One file."""
        prompt = self._prompts(rng)
        n = len(prompt)
        source = rng.choice(len(self.strata), n, p=self.shares or None) if self.strata else np.zeros(n, dtype=np.int64)
        risk = np.array(self.strata)[source] if self.strata else np.full(n, self.bad)
        score, accept = np.full(n, np.nan), np.full(n, np.nan)
        if self.by_score is not None:
            score = np.where(rng.random(n) < self.saturated, 1.0, rng.random(n))
            risk = self.by_score[0] + score * (self.by_score[1] - self.by_score[0])
        if self.rejected is not None:
            accept = (rng.random(n) < 0.5).astype(float)
            risk = np.where(accept == 1, risk, self.rejected)
        if self.unscored:
            lost = rng.random(n) < self.unscored
            accept, risk = np.where(lost, np.nan, 1.0), np.where(lost, 1.0, risk)
        unfit = rng.random(n) < self.contaminated
        risk = np.where(unfit, 0.0, risk)
        key = rng.integers(1, 2**63, n).astype(np.uint64)
        if self.copies:
            # One text in five stands 13 times and is good but for one in fifty; the others stand once and are worse.
            often = rng.random(n) < 0.2
            single = (self.bad * 3.4 - 0.02 * 2.6) / 0.8  # so that a row is bad with probability ``bad``
            risk = np.where(often, 0.02, single)
            repeat = np.repeat(np.arange(n), np.where(often, 13, 1))
            prompt, source, key = prompt[repeat], source[repeat], key[repeat]
            risk, score, accept, unfit = risk[repeat], score[repeat], accept[repeat], unfit[repeat]
        gold = 1.0 - self._bad(rng, prompt, risk, key)
        strata: dict[str, tuple[Codes, tuple[str, ...]]] = {}
        if self.strata and not self.pairs:
            strata["source"] = (source.astype(np.int64), tuple(f"s{i:02d}" for i in range(len(self.strata))))
        for column in range(self.columns):
            strata[f"column{column}"] = (rng.integers(0, 3, len(key)), ("x", "y", "z"))
        arrays = RowArrays(
            name="simulated",
            said=(),
            place=np.arange(len(key)),
            key=key,
            prompt=prompt,
            gold=gold,
            score=accept if self.by_score is None else score,
            accept=accept,
            strata=strata,
            accept_at=None if np.isnan(accept).all() else 0.5,
            verdict="" if self.by_score is None and np.isnan(accept).all() else "verdict",
            two_class=self.by_score is None,
        )
        follows = self.labels == "asked" or self.then_asked
        agree = SelectionRule("pairs on which both orders agree", arrays.kept & (source == 0), KEPT_FILE)
        rules = (agree,) if self.pairs else ()
        return SimulatedFile(arrays, risk, self._given(rng, arrays, source), unfit, self.target, follows, rules)

    def _prompts(self, rng: np.random.Generator) -> Codes:
        """Shape [N]: the prompt of each row."""
        count = np.full(self.prompts, self.rows)
        if self.sizes == "geometric":
            count = rng.geometric(1 / self.rows, self.prompts)
        elif self.sizes == "lognormal":
            count = np.maximum(1, np.round(rng.lognormal(np.log(self.rows), 1.0, self.prompts))).astype(np.int64)
        elif self.sizes == "giant":
            count[0] = round(self.giant / (1 - self.giant) * count[1:].sum())
        return np.repeat(np.arange(self.prompts), count)

    def _bad(self, rng: np.random.Generator, prompt: Codes, risk: Values, key: NDArray[np.uint64]) -> Values:
        """1 where a row is bad: alike within prompts (a Gaussian copula would change the risk; a switch does not)."""
        own, shared = rng.random(len(prompt)), rng.random(int(prompt.max()) + 1)[prompt]
        # With probability √alike a row follows its prompt's lot, so two rows of a prompt agree by it with ``alike``.
        lot = np.where(rng.random(len(prompt)) < np.sqrt(self.alike), shared, own)
        if self.copies:
            lot = lot[np.unique(key, return_index=True, return_inverse=True)[1]][np.unique(key, return_inverse=True)[1]]
        return (lot < risk).astype(float)

    def _given(self, rng: np.random.Generator, arrays: RowArrays, source: Codes) -> Mask:
        n, kept = len(arrays), arrays.kept
        if self.labels == "all":
            return np.ones(n, dtype=bool)
        if self.labels == "asked":
            return np.zeros(n, dtype=bool)
        chance = np.where(kept, 1.0, 0.0) * rng.random(n)
        if self.labels == "top scores":
            chance = np.where(kept, np.nan_to_num(arrays.score), -1.0)
        elif self.labels == "one source":
            chance = np.where(source == 0, 2.0, 0.02) * rng.random(n)
        elif self.labels == "whole prompts":
            chance = rng.random(int(arrays.prompt.max()) + 1)[arrays.prompt]
        elif self.labels == "many copies":
            chance = np.unique(arrays.key, return_inverse=True, return_counts=True)[2].astype(float)[
                np.unique(arrays.key, return_inverse=True)[1]
            ] * rng.random(n)
        given = np.zeros(n, dtype=bool)
        given[np.argsort(-chance, kind="stable")[: self.n_labels]] = True
        return given


def _worlds() -> Mapping[str, DecisionWorld]:
    world = DecisionWorld
    tasks = (*(0.04,) * 3, *(0.45,) * 24)
    return {
        # Everything labelled, one look.
        "independent rows, at the target": world(prompts=600),
        "independent rows, half the target": world(bad=0.05, prompts=400),
        "independent rows, 1.5 times the target": world(bad=0.15, prompts=600),
        "prompts alike (.3), at the target": world(rows=8, prompts=100, alike=0.3),
        "prompts alike (.6), at the target": world(rows=8, prompts=100, alike=0.6),
        "twenty prompts alike (.3)": world(rows=30, prompts=20, alike=0.3),
        "largest prompt 14 %": world(rows=10, prompts=50, sizes="giant", giant=0.14, alike=0.3),
        "largest prompt 16 %": world(rows=10, prompts=50, sizes="giant", giant=0.16, alike=0.6),
        "largest prompt 28 %": world(rows=10, prompts=50, sizes="giant", giant=0.28, alike=0.3),
        "geometric sizes": world(rows=8, prompts=80, sizes="geometric", alike=0.3),
        "lognormal sizes": world(rows=6, prompts=80, sizes="lognormal", alike=0.3),
        "copies, at the target": world(prompts=400, copies=True),
        "nine columns that say nothing": world(prompts=800, columns=9),
        "all bad but one stratum of six": world(prompts=900, strata=(0.03, *(0.3,) * 5)),
        "one stratum of six at the target": world(prompts=900, strata=(0.1, *(0.3,) * 5)),
        "one bad stratum of seven": world(prompts=900, strata=(*(0.03,) * 6, 0.46)),
        "three good tasks of 27": world(prompts=1600, strata=tasks),
        "27 tasks at the target": world(prompts=1600, strata=(0.1,) * 27),
        "12 strata a little above": world(prompts=900, strata=(0.12,) * 12),
        "four of 27 tasks bad": world(prompts=1600, strata=(*(0.055,) * 23, *(0.6,) * 4)),
        "a score that helps": world(prompts=900, by_score=(0.55, 0.0)),
        "a score whose best rows are at the target": world(prompts=900, by_score=(0.3, 0.1)),
        "half of the scores saturated, at the target": world(prompts=900, by_score=(0.5, 0.1), saturated=0.5),
        "unscored rows are the bad ones": world(prompts=900, unscored=0.2),
        "rejected rows labelled too": world(prompts=900, bad=0.14, rejected=0.6),
        "a quarter contaminated, the rest at the target": world(prompts=900, contaminated=0.25),
        # Pairs whose judge was asked in both orders: where the orders disagree, half of the verdicts are wrong.
        "pairs, all at the target": world(prompts=800, strata=(0.1, 0.1), pairs=True),
        "pairs, agreeing ones at the target": world(prompts=800, strata=(0.1, 0.5), shares=(0.6, 0.4), pairs=True),
        "pairs, agreeing ones a little above": world(prompts=900, strata=(0.12, 0.5), shares=(0.7, 0.3), pairs=True),
        "pairs, agreeing ones good": world(prompts=800, strata=(0.04, 0.5), shares=(0.65, 0.35), pairs=True),
        "pairs, agreeing ones at the target, prompts alike (.3)": world(
            rows=6, prompts=130, alike=0.3, strata=(0.1, 0.5), shares=(0.6, 0.4), pairs=True
        ),
        # Gold for some rows, which may not be a uniform draw.
        "300 uniform labels": world(prompts=1500, labels="some"),
        "labels on the top scores": world(prompts=1500, by_score=(0.6, 0.0), labels="top scores"),
        "labels in one source": world(prompts=1500, strata=(0.02, 0.3, 0.3), labels="one source"),
        "labels on whole prompts": world(prompts=200, rows=8, alike=0.5, labels="whole prompts", n_labels=320),
        "labels where there are copies": world(prompts=900, copies=True, bad=0.226, labels="many copies"),
        "labels on kept rows, rejected ones bad": world(prompts=1500, bad=0.13, rejected=0.9, labels="some"),
        # Labels as they are asked for, with a look after each batch.
        "asked, at the target": world(prompts=3000, labels="asked"),
        "asked, half the target": world(bad=0.05, prompts=3000, labels="asked"),
        "asked, 1.5 times the target": world(bad=0.15, prompts=3000, labels="asked"),
        "asked, prompts alike (.5)": world(prompts=300, rows=8, alike=0.5, labels="asked"),
        "asked, largest prompt 16 %": world(prompts=200, rows=8, sizes="giant", giant=0.16, alike=0.3, labels="asked"),
        "asked, copies": world(prompts=900, copies=True, labels="asked"),
        "asked, copies, far above": world(prompts=900, copies=True, bad=0.226, labels="asked"),
        "asked, strata at the target": world(prompts=1500, strata=(0.1, 0.1, 0.3, 0.3), labels="asked"),
        "asked, one good stratum": world(prompts=1500, strata=(0.02, 0.4, 0.4, 0.4), labels="asked"),
        "asked, all bad": world(prompts=800, bad=0.95, rejected=0.95, labels="asked"),
        "asked, rejected rows may help": world(prompts=800, bad=0.3, rejected=0.1, labels="asked"),
        "asked, about the file": world(prompts=500, labels="asked", target="file"),
        "asked, cuts at the target": world(prompts=800, by_score=(0.3, 0.1), labels="asked"),
        "asked, 27 tasks, three good": world(prompts=3000, strata=tasks, labels="asked"),
        "asked, eight idle columns and a bad stratum": world(
            prompts=700, strata=(*(0.03,) * 4, 0.4), columns=8, max_looks=12, labels="asked"
        ),
        "asked, pairs, agreeing ones at the target": world(
            prompts=1500, strata=(0.1, 0.5), shares=(0.6, 0.4), pairs=True, labels="asked"
        ),
        "asked, pairs, agreeing ones good": world(
            prompts=1500, strata=(0.03, 0.5), shares=(0.6, 0.4), pairs=True, labels="asked"
        ),
        "asked, pairs, agreeing ones far above": world(
            prompts=800, strata=(0.3, 0.5), shares=(0.6, 0.4), pairs=True, labels="asked"
        ),
        "asked, contaminated": world(prompts=1500, contaminated=0.25, labels="asked"),
        "labels where there are copies, then asked": world(
            prompts=900, copies=True, labels="many copies", then_asked=True
        ),
        "labels in one source, then asked": world(
            prompts=1500, strata=(0.02, 0.13, 0.15), labels="one source", then_asked=True
        ),
        "the file, one source labelled, then asked": world(
            prompts=1000,
            strata=(0.05, 0.2),
            shares=(0.7, 0.3),
            labels="one source",
            n_labels=600,
            then_asked=True,
            target="file",
        ),
        "the file, all labelled": world(prompts=500, target="file"),
    }


WORLDS: Mapping[str, DecisionWorld] = _worlds()
"""By name."""
