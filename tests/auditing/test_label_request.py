"""What to label next: as many rows as it takes, those that are unknown first, and none that has a label."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from openloop.auditing.decision import Recommendation, recommend
from openloop.auditing.label_design import label_design
from openloop.auditing.label_request import FIRST_BATCH, LEAST_BATCH, LabelRequest
from openloop.auditing.labelling import draw
from openloop.auditing.options import Options
from openloop.auditing.result import Decision
from openloop.auditing.row_arrays import RowArrays
from openloop.testing.decision_worlds import DecisionWorld, SimulatedFile
from tests.support.row_arrays import decided, keys, only_at, row_arrays, stratum

LOOKS = 60


def asked(arrays: RowArrays, options: Options | None = None) -> LabelRequest:
    said = decided(arrays, options)
    assert said.decision is Decision.LABEL_FIRST and said.labels is not None
    return said.labels


def labelled_of(arrays: RowArrays) -> int:
    """Labelled texts."""
    return len(np.unique(arrays.key[~np.isnan(arrays.gold)]))


def looks(file: SimulatedFile, arrays: RowArrays) -> list[tuple[RowArrays, Recommendation]]:
    """Every look of somebody who labels what is asked for."""
    found = []
    for _ in range(LOOKS):
        said = recommend(label_design(arrays), Options(target=file.target), file.unfit)
        found.append((arrays, said))
        if said.labels is None or not said.labels.batch:
            return found
        drawn = np.isin(arrays.key, arrays.key[draw(arrays, said.labels.rows, said.labels.batch)])
        arrays = replace(
            arrays,
            gold=np.where(drawn, file.arrays.gold, arrays.gold),
            labels_read=True,
            asked=drawn if arrays.asked is None else arrays.asked | drawn,
            asked_from=tuple(dict.fromkeys((*arrays.asked_from, said.labels.frame))),
        )
    raise AssertionError("asked on after as many looks")


def as_supposed(bad: float, labels: int, rows: int, alike: float, seed: int) -> tuple[SimulatedFile, RowArrays]:
    """A file with as many labels, among which the share of bad ones is the true one."""
    world = DecisionWorld(bad=bad, prompts=3000 // rows, rows=rows, alike=alike, labels="asked")
    file = world.draw(np.random.default_rng([bad > 0.1, seed]))
    gold, known = file.arrays.gold, np.zeros(len(file.arrays), dtype=bool)
    rng = np.random.default_rng(seed)
    for value, n in ((0.0, round(bad * labels)), (1.0, labels - round(bad * labels))):
        known[rng.choice(np.flatnonzero(gold == value), n, replace=False)] = True
    return file, replace(file.arrays, gold=only_at(gold, known), labels_read=True, asked=known)


@pytest.mark.parametrize(
    ("bad", "labels", "rows", "alike"),
    [(0.02, 50, 1, 0.0), (0.05, 100, 1, 0.0), (0.2, 60, 1, 0.0), (0.05, 100, 6, 0.0), (0.2, 100, 6, 0.3)],
)
def test_it_takes_about_as_many_labels_as_expected(bad: float, labels: int, rows: int, alike: float) -> None:
    """Where the share is as it seems; what is said is the mean, over files that differ by as much again."""
    used, expected = [], []
    for seed in range(14):
        seen = looks(*as_supposed(bad, labels, rows, alike, seed))
        request = seen[0][1].labels
        if request is not None:
            used.append(labelled_of(seen[-1][0]))
            expected.append(request.expected)
    assert len(used) >= 10
    assert 1 / 1.5 <= np.mean(used) / np.mean(expected) <= 1.5, (np.mean(used), np.mean(expected))


def test_the_nearer_the_target_the_more_labels() -> None:
    """Of sixty labels one to four are bad, or eleven to eight."""

    def expected(bad: int) -> float:
        gold = only_at((np.arange(2000) >= bad).astype(float), np.arange(2000) < 60)
        return asked(row_arrays(gold, labels_read=True, asked=np.arange(2000) < 60)).expected

    below, above = [expected(bad) for bad in (1, 2, 3, 4)], [expected(bad) for bad in (11, 10, 9, 8)]
    assert below == sorted(below) and above == sorted(above) and below[0] < 130 and above[0] < 200
    assert expected(6) > 1000  # at the target


def test_rows_of_a_prompt_that_are_alike_make_it_more() -> None:
    """Three labels of each of sixty prompts, one in twenty bad: all three of a prompt, or each on its own."""
    prompt = np.repeat(np.arange(400), 6)
    row = np.arange(2400) % 6
    known = (prompt < 60) & (row < 3)
    alike, apart = prompt % 20 > 0, (3 * prompt + row) % 20 > 0
    one, other = (
        asked(row_arrays(only_at(gold, known), prompt=prompt, labels_read=True, asked=known)) for gold in (alike, apart)
    )
    assert one.plan.expected == other.plan.expected
    assert one.remaining > 1.5 * other.remaining
    assert other.plan.n is not None and (one.plan.n is None or one.plan.n > 1.5 * other.plan.n)


def test_few_prompts_are_named() -> None:
    gold = np.full(1000, np.nan)
    few = decided(row_arrays(gold, prompt=np.arange(1000) % 20))
    assert few.labels is not None and few.labels.few_prompts == 20 and math.isinf(few.labels.remaining)
    assert "20 prompts may not settle it: rows for new prompts are needed" in few.sentence
    many = decided(row_arrays(gold, prompt=np.arange(1000) // 2))
    assert many.labels is not None and many.labels.few_prompts == 0 and "prompts may not settle" not in many.sentence
    of_file = asked(row_arrays(gold, prompt=np.arange(1000) % 20), Options(target="file"))
    assert of_file.few_prompts == 0 and math.isfinite(of_file.remaining)


def half_known(*, own: bool = True) -> RowArrays:
    """Of four sources two have labels, a tenth of them bad; of the others nothing is known."""
    rng = np.random.default_rng(0)
    source = np.arange(2000) % 4
    known = (source < 2) & (rng.random(2000) < 0.3)
    gold = only_at((rng.random(2000) >= 0.05).astype(float), known if own else rng.random(2000) < 0.05)
    return row_arrays(gold, strata={"source": stratum(source, ["a", "b", "c", "d"])}, labels_read=True)


def test_groups_without_labels_are_asked_for_first() -> None:
    arrays = half_known()
    request = asked(arrays)
    assert request.unknown and request.frame.column == "source" and request.frame.among == ("c", "d")
    assert np.array_equal(request.rows, arrays.strata["source"][0] >= 2)
    assert request.frame.name(arrays) == "rows where source is c or d" and request.batch == FIRST_BATCH
    sentence = decided(arrays).sentence
    assert "Label 60 more of the rows where source is c or d: hardly any of them is labelled." in sentence
    whole = half_known(own=False)
    uniform = asked(whole)
    assert not uniform.unknown and uniform.frame.column == ""
    assert np.array_equal(uniform.rows, np.isnan(whole.gold))


def test_then_of_all_rows() -> None:
    """Once the labels that were asked for are there, no group is unknown."""
    arrays = half_known()
    request = asked(arrays)
    drawn = np.zeros(2000, dtype=bool)
    drawn[draw(arrays, request.rows, request.batch)] = True
    gold = np.where(drawn, (np.arange(2000) % 12 > 0).astype(float), arrays.gold)
    after = decided(replace(arrays, gold=gold, asked=drawn, asked_from=(request.frame,)))
    assert after.labels is None or not after.labels.unknown


def test_rejected_rows_are_asked_for_where_they_may_help() -> None:
    """All kept rows have labels and are too bad; of the others nobody knows."""
    accept = (np.arange(1000) < 500).astype(float)
    gold = only_at((np.arange(1000) % 4 > 0).astype(float), accept == 1)
    arrays = row_arrays(gold, accept=accept)
    request = asked(arrays)
    assert request.selection.name == "every row, whatever the verdict" and not request.frame.kept
    assert not request.rows[:500].any() and request.unknown
    assert request.frame.name(arrays) == "rows that the verdict does not keep"


FOLLOWED = {
    "independent": DecisionWorld(bad=0.06, prompts=400, labels="asked"),
    "at the target": DecisionWorld(prompts=250, labels="asked"),
    "alike": DecisionWorld(prompts=40, rows=8, alike=0.4, labels="asked"),
    "copies": DecisionWorld(prompts=150, copies=True, labels="asked"),
    "a score": DecisionWorld(prompts=400, by_score=(0.35, 0.1), labels="asked"),
    "strata": DecisionWorld(prompts=400, strata=(0.05, 0.3), labels="one source", n_labels=100, then_asked=True),
    "rejected rows": DecisionWorld(bad=0.3, rejected=0.12, prompts=300, labels="asked"),
    "the file": DecisionWorld(prompts=300, labels="asked", target="file"),
}


@pytest.mark.parametrize("name", FOLLOWED)
def test_what_is_asked_for_is_there_and_new(name: str) -> None:
    file = FOLLOWED[name].draw(np.random.default_rng(1))
    seen = looks(file, replace(file.arrays, gold=np.where(file.given, file.arrays.gold, np.nan)))
    for arrays, said in seen:
        if said.labels is None:
            continue
        request = said.labels
        assert request.free == len(np.unique(arrays.key[request.rows & np.isnan(arrays.gold)]))
        assert (request.batch > 0) is (request.free > 0) and request.batch <= request.free
        drawn = draw(arrays, request.rows, request.batch)
        assert len(np.unique(arrays.key[drawn])) == len(drawn) == request.batch
        assert not np.isin(arrays.key[drawn], arrays.key[~np.isnan(arrays.gold)]).any()
        assert request.frame.mask(arrays, label_design(arrays).compared)[request.rows].all()
    assert len(seen) > 1


def test_no_text_is_asked_for_again() -> None:
    """Each text stands twice, and one of the two came with its label."""
    key = np.r_[keys(100), keys(100)]
    gold = np.r_[(np.arange(100) % 12 > 0).astype(float), np.full(100, np.nan)]
    said = decided(row_arrays(gold, key=key, prompt=np.arange(200) % 100))
    assert said.labels is None or said.labels.free == 0


def test_when_all_have_labels_new_prompts_are_asked_for() -> None:
    gold = (np.arange(120) % 12 > 0).astype(float)
    said = decided(row_arrays(gold, labels_read=True))
    assert said.labels is not None and (said.labels.free, said.labels.batch) == (0, 0)
    assert "generate rows for new prompts" in said.sentence


@pytest.mark.parametrize(
    ("have", "remaining", "free", "batch"),
    [
        (0, 20.4, 500, 21),
        (0, 3.0, 500, LEAST_BATCH),
        (0, 900.0, 500, FIRST_BATCH),
        (0, math.inf, 500, FIRST_BATCH),
        (400, 900.0, 5000, 200),
        (9000, math.inf, 50_000, 1000),
        (400, 900.0, 7, 7),
        (400, 0.0, 3, 3),
        (400, 900.0, 0, 0),
    ],
)
def test_how_many_are_asked_for_at_once(have: int, remaining: float, free: int, batch: int) -> None:
    """What will do on average; half as many as there are, or sixty, where that is much."""
    request = asked(row_arrays(np.full(100, np.nan)))
    assert replace(request, have=have, remaining=remaining, free=free).batch == batch


def test_without_any_label_a_fifth_of_the_target_is_supposed() -> None:
    request = asked(row_arrays(np.full(3000, np.nan)), Options(max_bad=0.2))
    assert request.plan.expected == pytest.approx(0.04) and request.have == 0


def test_unfit_rows_are_not_drawn() -> None:
    unfit = np.arange(600) % 3 == 0
    said = recommend(label_design(row_arrays(np.full(600, np.nan))), Options(), unfit, ("contamination",))
    assert said.labels is not None and not (said.labels.rows & unfit).any()
