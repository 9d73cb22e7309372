"""How often the audit's decision is wrong in a simulated world, what it finds and costs, beside an oracle's."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace
from zlib import crc32

import numpy as np

from openloop.auditing.decision import Recommendation, recommend
from openloop.auditing.label_design import label_design
from openloop.auditing.labelling import draw
from openloop.auditing.options import Options
from openloop.auditing.result import Decision
from openloop.auditing.row_arrays import RowArrays
from openloop.auditing.selections import LEAST
from openloop.auditing.strata import selecting_splits
from openloop.measures.operating_curve import thresholds
from openloop.testing.decision_worlds import TARGET, DecisionWorld, SimulatedFile

SLACK = 1e-9


@dataclass(frozen=True)
class DecisionErrors:
    """Over a number of files of one world."""

    files: int
    decided: Counter[Decision]
    wrong: Counter[Decision]
    """Decisions that are wrong: TRAIN above the target, SELECT FIRST of rows that are, DO NOT TRAIN where the file as
    it stands or a selection of a twentieth of it is within the target."""
    labels: float
    """Mean number of labelled texts at the end."""
    undecided: int
    """Files in which all rows that were asked for have labels and LABEL FIRST is still said."""

    def rate(self, decision: Decision) -> float:
        """Share of the files in which this decision was said and wrong."""
        return self.wrong[decision] / self.files


def errors(world: DecisionWorld, files: int, seed: int = 0) -> DecisionErrors:
    """Draw files, label as the world says, decide, and compare with the truth."""
    decided: Counter[Decision] = Counter()
    wrong: Counter[Decision] = Counter()
    labels, undecided = 0, 0
    for i in range(files):
        file = world.draw(np.random.default_rng([seed, i, crc32(repr(world).encode())]))
        said, known = followed(file, world.max_looks)
        decided[said.decision] += 1
        wrong[said.decision] += is_wrong(said, file)
        labels += known
        undecided += said.decision is Decision.LABEL_FIRST
    return DecisionErrors(files, decided, wrong, labels / files, undecided)


def followed(file: SimulatedFile, looks: int) -> tuple[Recommendation, int]:
    """Do as the audit says: label what it asks for and look again. Returns its last word and the labelled texts."""
    options = Options(target=file.target)
    arrays = replace(file.arrays, gold=np.where(file.given, file.arrays.gold, np.nan))
    for _ in range(looks):
        said = recommend(label_design(arrays), options, file.unfit, ("contamination",), file.rules)
        if said.labels is None or not said.labels.batch or not file.follows:
            break
        arrays = _labelled(arrays, file, said)
    return said, len(np.unique(arrays.key[~np.isnan(arrays.gold)]))


def _labelled(arrays: RowArrays, file: SimulatedFile, said: Recommendation) -> RowArrays:
    assert said.labels is not None
    drawn = np.isin(arrays.key, arrays.key[draw(arrays, said.labels.rows, said.labels.batch)])
    asked = drawn if arrays.asked is None else arrays.asked | drawn
    return replace(
        arrays,
        gold=np.where(drawn, file.arrays.gold, arrays.gold),
        labels_read=True,
        asked=asked,
        asked_from=tuple(dict.fromkeys((*arrays.asked_from, said.labels.frame))),
    )


def is_wrong(said: Recommendation, file: SimulatedFile, max_bad: float = TARGET) -> bool:
    """Whether the truth contradicts the decision. At the target itself both TRAIN and DO NOT TRAIN are wrong."""
    if said.decision in (Decision.TRAIN, Decision.SELECT_FIRST):
        assert said.selection is not None
        # Of a file that is known whole, 10 % is within a target of 10 %; to find a process to be so is as good as luck.
        slack = -SLACK if file.target == "process" else SLACK
        return file.truth(said.selection.keep) >= max_bad + slack
    return said.decision is Decision.DO_NOT_TRAIN and least_bad_share(file) <= max_bad + SLACK


def least_bad_share(file: SimulatedFile) -> float:
    """The least true share of bad rows that a selection of a twentieth of the kept rows has."""
    arrays = file.arrays
    kept = arrays.kept & ~file.unfit
    least = LEAST * arrays.kept.sum()
    found = [file.truth(kept), file.truth(~file.unfit)]
    for split in selecting_splits(arrays):
        masks = [kept & (split.codes == code) for code in range(len(split.names))]
        masks = sorted((mask for mask in masks if mask.any()), key=file.truth)
        together = np.zeros(len(arrays), dtype=bool)
        for mask in masks:
            together |= mask
            if together.sum() >= least:
                found.append(file.truth(together))
                break
    found += [file.truth(rule.keep & ~file.unfit) for rule in file.rules if rule.keep.sum() >= least]
    if not arrays.two_class:
        cuts = thresholds(arrays.score[~np.isnan(arrays.score)])
        found += [file.truth((arrays.score >= at) & ~file.unfit) for at in cuts]
    return min(found)


def oracle_labels(world: DecisionWorld) -> float | None:
    """Labels that Wald's sequential test needs on average, told the true share; rows are taken as independent.

    None where labels are not asked for, where they cannot settle anything (at the target), or where it is a part of the
    rows that has to be found.
    """
    if world.labels != "asked" or world.bad == TARGET or world.strata or world.by_score is not None:
        return None
    gain = world.bad * math.log(world.bad / TARGET) + (1 - world.bad) * math.log((1 - world.bad) / (1 - TARGET))
    return max(1.0, math.log(40) / gain)


def oracle_power(world: DecisionWorld, files: int = 200) -> float | None:
    """How often a bound that knows the true spread of the share excludes the target, where all rows are labelled."""
    if world.labels != "all" or world.bad == TARGET or world.strata or world.by_score is not None:
        return None
    seen = []
    for i in range(files):
        arrays = world.draw(np.random.default_rng([7, i])).arrays
        seen.append(1 - float(arrays.gold[arrays.kept].mean()))
    spread = float(np.std(seen))
    return float(np.mean(np.abs(np.array(seen) - TARGET) > 1.96 * spread))
