"""What `Run.describe` measures of kept rows: by the names of the audit, stored once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import openloop
from openloop import models, selection, signals
from openloop.errors import InputError
from tests.support.rows import doubles

REAL = [{"prompt": f"{a}+{a}=", "completion": str(2 * a)} for a in range(100, 160)]
NAMES = {
    "diversity.vendi2",
    "coverage.unseen",
    "entropy.semantic",
    "information.gain",
    "similarity.prompts",
    "similarity.responses",
    "real.auc",
}


@pytest.fixture
def run(tmp_path: Path) -> openloop.Run:
    return openloop.Run(tmp_path / "run")


def kept_of(run: openloop.Run, n: int = 60, k: int = 3, limit: int | None = None) -> Any:
    pool = run.sample(models.simulated(error=0.3), doubles(n), k=k)
    return run.select(pool, run.score(pool, signals.simulated()), selection.threshold(accept=True), limit=limit)


def test_everything_that_can_be_measured_has_an_interval(run: openloop.Run) -> None:
    found = run.describe(kept_of(run), REAL)
    assert found.estimates.keys() == NAMES and not found.unmeasured
    for name, estimate in found.estimates.items():
        assert estimate.low is not None and estimate.low <= estimate.value, name
    assert "diversity.vendi2" in repr(found)


def test_what_cannot_be_measured_says_why(run: openloop.Run) -> None:
    found = run.describe(kept_of(run, k=1))
    assert found.estimates.keys() == {"diversity.vendi2", "coverage.unseen", "information.gain"}
    assert found.unmeasured["entropy.semantic"] == "no prompt has two completions"
    with pytest.raises(InputError, match=r"real\.auc was not measured: no real rows to compare with"):
        found["real.auc"]
    none = run.describe(kept_of(run, limit=0))
    assert not none.estimates and none.unmeasured == {"diversity.vendi2": "no row was kept"}


def test_real_rows_that_are_the_kept_ones_cannot_be_told_and_strangers_can(run: openloop.Run) -> None:
    kept = kept_of(run, k=1)
    same = [{"prompt": str(one.prompt), "completion": str(one.completion)} for one in kept]
    near, far = (
        run.describe(kept, same),
        run.describe(kept, [{"prompt": f"{i}?", "completion": "kiwi " * i} for i in range(1, 40)]),
    )
    assert near["similarity.responses"].value > 0.99 > far["similarity.responses"].value
    assert near["real.auc"].low <= 0.5 < far["real.auc"].low  # type: ignore[operator]


def test_it_is_computed_once_and_named_by_rows_and_model(run: openloop.Run) -> None:
    kept = kept_of(run)
    one, again, other = (run.describe(kept, REAL, which) for which in ("hashed", "hashed", "hashed-64"))
    fewer = run.describe(kept, REAL[:30])
    assert one.stage.fingerprint == again.stage.fingerprint
    assert len({one.stage.fingerprint, other.stage.fingerprint, fewer.stage.fingerprint}) == 3


def test_wrong_input_is_refused(run: openloop.Run) -> None:
    with pytest.raises(InputError, match=r"describe: needs what Run\.select returns"):
        run.describe([1, 2])  # type: ignore[arg-type]
    with pytest.raises(InputError, match="the real rows have no completions"):
        run.describe(kept_of(run), [{"prompt": "only this"}])
