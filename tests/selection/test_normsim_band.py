"""The NormSim band keeps rows as near to the real ones as those are to each other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import openloop
from openloop import models, selection
from openloop.errors import DataError, InputError
from openloop.selection.pool_view import CandidatePool
from openloop.selection.reference import references_of
from openloop.testing import check_selector
from tests.selection.vector_pools import kept_places, pool_of_vectors, unit

RNG = np.random.default_rng(0)
CENTRES = np.eye(10, 64)


def drawn(n: int, noise: float = 0.12) -> np.ndarray:
    return unit(CENTRES[RNG.integers(0, 10, n)] + noise * RNG.normal(size=(n, 64)))


REAL = drawn(600)
NEW = drawn(200)
COPIES = unit(REAL[:100] + 1e-3 * RNG.normal(size=(100, 64)))
FAR = unit(RNG.normal(size=(100, 64)))
PLANTED = np.concatenate([NEW, COPIES, FAR])


def reasons_of(vectors: np.ndarray, band: Any) -> list[str]:
    chosen = band.select(pool_of_vectors(vectors))
    return [chosen.dropped.get(f"c{i}", "") for i in range(len(vectors))]


def test_planted_copies_and_far_rows_are_dropped_and_new_ones_kept() -> None:
    found = reasons_of(PLANTED, selection.normsim_band(REAL))
    assert found[:200].count("") >= 160  # nine of ten, as of the real rows themselves
    assert found[200:300] == ["near_copy_of_real"] * 100
    assert found[300:] == ["too_far_from_real"] * 100


def test_shares_are_measured_with_intervals_and_the_band_is_told() -> None:
    measured = selection.normsim_band(REAL).select(pool_of_vectors(PLANTED)).measured
    near = measured["near and new rows, by NormSim"]
    assert near.low is not None and near.low < 0.45 < near.high  # type: ignore[operator]
    assert measured["too far rows, by NormSim"].value >= 0.25
    assert 0 < measured["NormSim band, low"].value < measured["NormSim band, high"].value < 1


def test_real_rows_that_repeat_each_other_do_not_let_copies_in() -> None:
    repeated = np.concatenate([REAL, REAL, REAL])
    assert reasons_of(COPIES, selection.normsim_band(repeated)) == ["near_copy_of_real"] * 100
    jittered = unit(np.concatenate([REAL, REAL[:300] + 1e-5]))
    assert reasons_of(COPIES, selection.normsim_band(jittered)) == ["near_copy_of_real"] * 100
    with pytest.raises(InputError, match="every real row has a near copy among the others"):
        selection.normsim_band(jittered[:300].repeat(2, axis=0) + np.arange(600)[:, None] * 1e-7).select(
            pool_of_vectors(NEW)
        )


def test_cosines_may_be_given() -> None:
    everything = selection.normsim_band(REAL, low=-1, high=1)
    assert set(reasons_of(PLANTED, everything)) == {""}
    assert set(reasons_of(PLANTED, selection.normsim_band(REAL, low=1, high=1))) >= {"too_far_from_real"}
    no_copies = reasons_of(PLANTED, selection.normsim_band(REAL, low=-1))
    assert set(no_copies[300:]) == {""} and set(no_copies[200:300]) == {"near_copy_of_real"}


def test_the_order_of_pool_and_real_rows_changes_nothing_but_the_order() -> None:
    order = np.random.default_rng(1).permutation(len(PLANTED)).tolist()
    one = selection.normsim_band(REAL).select(pool_of_vectors(PLANTED))
    other = selection.normsim_band(REAL[::-1]).select(pool_of_vectors(PLANTED, order=order))
    assert set(one.kept) == set(other.kept) and dict(one.dropped) == dict(other.dropped)


def test_a_row_that_says_nothing_is_dropped_for_that() -> None:
    silent = np.concatenate([NEW[:3], np.zeros((1, 64), np.float32)])
    assert reasons_of(silent, selection.normsim_band(REAL))[3] == "no_vector"


def test_it_keeps_the_contract() -> None:
    check_selector(
        selection.normsim_band(REAL), extra=lambda n: {"vector": np.random.default_rng(n).normal(size=(n, 64))}
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: selection.normsim_band(), "needs real rows to compare with"),
        (lambda: selection.normsim_band([]), "real has no rows"),
        (lambda: selection.normsim_band(7), "real must be a file of rows, rows with a `completion`"),
        (lambda: selection.normsim_band(np.zeros(3)), r"shape \[M, D\]; got float64 of shape \[3\]"),
        (lambda: selection.normsim_band(REAL, low=2), "low is a cosine, from -1 to 1, got 2"),
        (lambda: selection.normsim_band(REAL, low=0.5, high=0.1), "needs low <= high"),
    ],
)
def test_wrong_options_are_refused_when_it_is_made(make: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make()


@pytest.mark.parametrize(
    ("real", "vectors", "message"),
    [
        (REAL[:, :32], PLANTED, "vectors of 64 numbers and the real rows of 32. Embed both with one model"),
        (REAL[:1], PLANTED, "1 of 1 of them say something different. Give more real rows"),
        (np.zeros((5, 64)), PLANTED, "0 of 5 of them say something different"),
        (REAL, np.full((2, 64), np.nan), "2 of 2 vectors hold numbers that are not finite"),
    ],
)
def test_vectors_that_do_not_fit_are_refused(real: np.ndarray, vectors: np.ndarray, message: str) -> None:
    with pytest.raises(InputError, match=message):
        selection.normsim_band(real).select(pool_of_vectors(vectors))


# ---- in a run: the real rows are embedded as the column was ------------------------------------------------

TEXTS = [f"The {a} {b} the {c}." for a in ("cat", "dog", "owl") for b in ("sees", "hears") for c in ("sea", "sun")]
TEXTS += ["The cat waits for the mouse.", "An owl waits for the night."]
ANSWERS = [TEXTS[0], "The cat sees the moon today.", "0 1 1 2 3 5 8 13"]


@pytest.fixture
def run(tmp_path: Path) -> openloop.Run:
    return openloop.Run(tmp_path / "run")


def answer(prompt: Any, seed: int) -> str:
    return ANSWERS[int(prompt)]


def rows() -> list[dict[str, str]]:
    return [{"prompt": "Say something.", "completion": text} for text in TEXTS]


def test_a_run_embeds_the_real_rows_as_it_did_the_column(run: openloop.Run, tmp_path: Path) -> None:
    pool = run.sample(models.function(answer), ["0", "1", "2"])
    columns = {"vector": run.embed(pool, "hashed-256")}
    band = selection.normsim_band(rows())
    kept = run.select(pool, None, band, columns=columns)
    assert [candidate.completion for candidate in kept] == [ANSWERS[1]]
    assert kept.counts["dropped"] == {"near_copy_of_real": 1, "too_far_from_real": 1}
    file = tmp_path / "real.jsonl"
    openloop_rows = "\n".join(f'{{"prompt": "Say something.", "completion": "{text}"}}' for text in TEXTS)
    file.write_text(openloop_rows + "\n")
    by_file = run.select(pool, None, selection.chain(selection.normsim_band(str(file))), columns=columns)
    assert [candidate.completion for candidate in by_file] == [ANSWERS[1]]


def test_other_real_rows_or_another_model_are_another_selection(run: openloop.Run) -> None:
    pool = run.sample(models.function(answer), ["0", "1", "2"])
    columns = {"vector": run.embed(pool, "hashed-256")}
    prints = {
        run.select(pool, None, selection.normsim_band(real), columns=held).stage.fingerprint
        for real in (rows(), rows()[:8])
        for held in (columns, {"vector": run.embed(pool, "hashed-512")})
    }
    assert len(prints) == 4
    again = run.select(pool, None, selection.normsim_band(rows()), columns=columns)
    assert again.stage.fingerprint in prints


def test_without_a_way_to_embed_the_real_rows_it_says_so(run: openloop.Run) -> None:
    pool = run.sample(models.function(answer), ["0", "1", "2"])
    vectors = run.embed(pool, "hashed-256")
    with pytest.raises(InputError, match=r"no column 'vector'.*run\.embed\(pool\)"):
        run.select(pool, None, selection.normsim_band(rows()))
    with pytest.raises(InputError, match=r"columns\['vector'\] is an array.*Give their vectors \[M, D\]"):
        run.select(pool, None, selection.normsim_band(rows()), columns={"vector": vectors.vectors})
    with pytest.raises(DataError, match="no rows|zero rows|no such file|does not exist"):
        run.select(pool, None, selection.normsim_band("nowhere.jsonl"), columns={"vector": vectors})
    alone = CandidatePool([], {}, {"vector": np.zeros((0, 4))})
    assert selection.normsim_band(rows()).select(alone).kept == ()
    with pytest.raises(InputError, match="have no vectors here"):
        selection.normsim_band(rows()).select(pool_of_vectors(np.eye(4)))


def test_references_are_found_inside_chains() -> None:
    chain = selection.chain(selection.limit(3), selection.chain(selection.normsim_band(REAL, vectors="mine")))
    assert [reference.column for reference in references_of(chain)] == ["mine"]
    assert kept_places(selection.normsim_band(REAL, low=-1, high=1).select(pool_of_vectors(NEW[:2]))) == [0, 1]
