"""Where work runs: one seam, over which go names of parts and options, and neither rows nor paths."""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import openloop
from openloop import models, parsing, selection, signals
from openloop.errors import ContractError, InputError, RunError
from openloop.run.engine import Died, LocalExecutor, Place, Worksite, local
from openloop.run.store import Storage
from openloop.testing import canonical

ROWS = [{"prompt": f"{a}+{b}=", "answer": str(a + b)} for a in range(40) for b in range(40)]
SECRET = "a text that stands in the rows only"


@dataclass
class Elsewhere:
    """An executor as a cluster would be: everything is pickled, and the storage is mounted at another place."""

    mount: Path
    workers: int = 2
    stopped: bool = False
    sent: list[bytes] = field(default_factory=list)
    done: list[str] = field(default_factory=list)

    def attach(self, storage: Storage, on_retry: Any) -> None:
        self.mount.symlink_to(storage.root)

    def map(self, work: Any, tasks: Sequence[tuple[Any, ...]], *, tell: Any = None, **where: bool) -> Iterator[Any]:
        worksite = Worksite(Storage(self.mount), tell or (lambda _: None))
        for number, task in enumerate(tasks):
            payload = pickle.dumps((work, task))
            self.sent.append(payload)
            self.done.append(work.__name__)
            mine, sent = pickle.loads(payload)
            yield number, mine(worksite, *sent)

    def require_running(self) -> None: ...
    def stop(self) -> None: ...
    def close(self) -> None: ...


def loop(run: openloop.Run) -> Any:
    """Every kind of stage, over more than one part."""
    rows = [row | {"note": SECRET} for row in ROWS]
    pool = run.sample(models.simulated(error=0.4), rows, k=1)
    verdicts = run.score(pool, signals.exact("answer"))
    kept = run.select(pool, verdicts, selection.threshold(accept=True))
    items = run.parse(pool, parsing.items("lines"))
    run.score(items, signals.exact("answer"))
    student = run.train(
        models.simulated(error=0.4), kept, real=[row | {"completion": row["answer"]} for row in rows[:9]]
    )
    again = run.sample(student, rows[:50])
    assert len(again) == 50
    return run.evaluate(student, rows[:200])


def test_an_executor_of_ones_own_gives_the_same_rows(tmp_path: Path) -> None:
    here, there = (
        openloop.Run(tmp_path / "here"),
        openloop.Run(tmp_path / "there", executor=Elsewhere(tmp_path / "mount")),
    )
    assert str(loop(here)) == str(loop(there))
    here.close()
    there.close()
    assert canonical(tmp_path / "here") == canonical(tmp_path / "there")


def test_every_stage_that_works_on_rows_goes_through_it(tmp_path: Path) -> None:
    executor = Elsewhere(tmp_path / "mount")
    loop(openloop.Run(tmp_path / "run", executor=executor))
    assert {"sample_part", "parse_part", "score_part", "select_rows", "train_rows"} == set(executor.done)
    assert executor.done.count("score_part") >= 4  # two parts of the pool, two of its items, and the test rows


def test_what_goes_to_a_worker_is_neither_rows_nor_a_path(tmp_path: Path) -> None:
    executor = Elsewhere(tmp_path / "mount")
    loop(openloop.Run(tmp_path / "run", executor=executor))
    for payload in executor.sent:
        assert SECRET.encode() not in payload
        assert str(tmp_path).encode() not in payload
        assert len(payload) < 4000


def test_inputs_and_checkpoints_are_gone_when_their_stage_is_done(tmp_path: Path) -> None:
    run = openloop.Run(tmp_path / "run", executor=Elsewhere(tmp_path / "mount"))
    loop(run)
    for folder in ("inputs", "checkpoints"):
        assert not list((tmp_path / "run").glob(f"{folder}/*/*"))
    run.close()


def test_workers_and_an_executor_are_alternatives(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="either workers or an executor"):
        openloop.Run(tmp_path / "run", workers=2, executor=local(1))
    with pytest.raises(InputError, match="at least 0"):
        local(-1)


# ---- workers of this machine ------------------------------------------------------------------------------


def threads_and_devices(worksite: Worksite) -> tuple[str | None, str | None]:
    return os.environ.get("OMP_NUM_THREADS"), os.environ.get("CUDA_VISIBLE_DEVICES")


def told(worksite: Worksite, steps: int) -> int:
    for step in range(steps):
        worksite.tell({"step": step})
    return steps


def where(worksite: Worksite) -> str:
    return str(worksite.storage.root)


def raises(worksite: Worksite) -> None:
    raise InputError("not like this")


@pytest.fixture
def executor(tmp_path: Path) -> Iterator[LocalExecutor]:
    made = LocalExecutor([Place(threads=1)], [Place(threads=3, devices="1")])
    made.attach(Storage(tmp_path), lambda _: None)
    yield made
    made.close()


def test_threads_and_devices_are_those_of_the_place(executor: LocalExecutor) -> None:
    ((_, scoring),) = executor.map(threads_and_devices, [()])
    ((_, training),) = executor.map(threads_and_devices, [()], training=True)
    assert scoring == ("1", os.environ.get("CUDA_VISIBLE_DEVICES")) and training == ("3", "1")


def test_a_process_of_its_own_without_workers_has_the_threads_that_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "5")
    alone = LocalExecutor()
    alone.attach(Storage(tmp_path), lambda _: None)
    ((_, own),) = alone.map(threads_and_devices, [()], training=True, own_process=True)
    assert own[0] == "5"
    alone.close()


def test_what_work_says_is_heard_while_it_goes_on(executor: LocalExecutor, tmp_path: Path) -> None:
    heard: list[Any] = []
    assert list(executor.map(told, [(3,)], tell=heard.append)) == [(0, 3)]
    assert heard == [{"step": 0}, {"step": 1}, {"step": 2}]
    assert list(executor.map(where, [()])) == [(0, str(tmp_path))]


def test_what_work_raises_is_raised_here(executor: LocalExecutor) -> None:
    with pytest.raises(InputError, match="not like this"):
        list(executor.map(raises, [()]))
    assert list(executor.map(told, [(1,)])) == [(0, 1)]  # and the worker goes on


def listener_breaks(said: Any) -> None:
    raise BrokenPipeError("nobody listens")


def test_what_a_listener_raises_is_raised_and_the_next_task_gets_its_own_result(executor: LocalExecutor) -> None:
    with pytest.raises(BrokenPipeError, match="nobody listens"):
        list(executor.map(told, [(3,)], tell=listener_breaks))
    assert list(executor.map(told, [(5,)])) == [(0, 5)]


class OddError(Exception):
    """Pickles, but cannot be read again."""

    def __init__(self, one: str, two: str) -> None:
        super().__init__(one + two)


def raises_oddly(worksite: Worksite) -> None:
    raise OddError("not ", "like this")


def test_an_error_that_cannot_travel_keeps_its_text(executor: LocalExecutor) -> None:
    with pytest.raises(RuntimeError, match="OddError: not like this"):
        list(executor.map(raises_oddly, [()]))


def dies(worksite: Worksite) -> None:
    os._exit(7)


def test_a_task_that_dies_is_retried_once_and_said(tmp_path: Path) -> None:
    retries: list[str] = []
    executor = local(1)
    executor.attach(Storage(tmp_path), retries.append)
    assert list(executor.map(dies, [()])) == [(0, Died("worker died (exit code 7)"))]
    assert retries == ["worker died (exit code 7)"]
    executor.stop()
    with pytest.raises(RunError, match="stopped"):
        list(executor.map(told, [(1,)]))


class Careless(LocalExecutor):
    """Forgets the last result, or hands over the first one twice."""

    twice: bool = False

    def map(self, *given: Any, **where: Any) -> Iterator[Any]:
        results = list(super().map(*given, **where))
        yield from [*results, results[0]] if self.twice else results[:-1]


@pytest.mark.parametrize(
    ("twice", "said"), [(False, "Careless ended without 1 of 2 tasks"), (True, "Careless yielded task 0 of 2")]
)
def test_an_executor_that_loses_or_repeats_results_finishes_no_stage(tmp_path: Path, twice: bool, said: str) -> None:
    executor = Careless()
    executor.twice = twice
    run = openloop.Run(tmp_path / "run", executor=executor)
    with pytest.raises(ContractError, match=said):
        run.sample(models.simulated(), ROWS, k=1)
    run.close()
    assert len(openloop.Run(tmp_path / "run").sample(models.simulated(), ROWS, k=1)) == len(ROWS)
