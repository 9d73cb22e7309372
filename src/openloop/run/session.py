"""What the views of one run share: how a stage is carried out, and how its result is known.

There are two: :class:`Running` carries stages out, or finds them done; :class:`openloop.run.planning.Planning` only
notes them. A loop is the same text for both.
"""

from __future__ import annotations

import logging
import threading
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Protocol

from openloop import filesystem
from openloop.errors import ArmEnded, DiskFullError, InputError, OpenloopError, RowsRefused, TrainingEnded
from openloop.identity import identity
from openloop.run.engine import Executor
from openloop.run.record import versions, without_keys
from openloop.run.stages.base import OnDevice, Stage
from openloop.run.stages.select import SelectStage
from openloop.run.store import StageRow, Step, Store

log = logging.getLogger("openloop")


class Session(Protocol):
    """How the stages of a run are carried out."""

    @property
    def store(self) -> Store: ...

    @property
    def side_by_side(self) -> int:
        """How many chains are worth carrying out at a time."""
        ...

    def do(self, stage: Stage, step: Step, ordinal: int, label: str) -> None:
        """Carry a stage out, or find it done, as the ``ordinal``-th of its kind at a step."""
        ...

    def ensure_files(self, stage: Stage) -> None:
        """Make again what the retention rule deleted."""
        ...

    def drop_files(self, stage: Stage) -> None:
        """Delete a model's weights by the retention rule."""
        ...

    def result(self, stage: Stage) -> Mapping[str, Any]:
        """The result of a stage; empty while it is not known."""
        ...

    def kept(self, stage: SelectStage) -> int:
        """Rows that a selection kept, or while that is not known the most that it can keep."""
        ...

    def keeps(self, stage: SelectStage, rows: int | None) -> bool:
        """Whether a selection kept at least ``rows`` rows (one, if None); while that is not known, it does."""
        ...

    def chain(self, arm: str, seed: int) -> AbstractContextManager[None]:
        """Carry out one arm under one seed inside; what ends or breaks it is recorded, not raised."""
        ...

    def stop(self) -> None:
        """End all work now."""
        ...

    def close(self) -> None:
        """Let the workers and the directory go."""
        ...


CHAINS_PER_WORKER = 8
"""Chains wait for each other and for their own stages; so many keep a worker busy."""


@dataclass(frozen=True)
class Running:
    """Stages are computed once, under their fingerprint."""

    store: Store
    executor: Executor
    _turns: dict[str, threading.Lock] = field(default_factory=dict)
    _mutex: threading.Lock = field(default_factory=threading.Lock)

    @property
    def side_by_side(self) -> int:
        return max(1, CHAINS_PER_WORKER * self.executor.workers)

    def do(self, stage: Stage, step: Step, ordinal: int, label: str) -> None:
        """See :class:`Session`."""
        with self._turn(stage.fingerprint):
            if self.store.has(stage.fingerprint):
                self.store.notify("reused", stage=stage.kind.name, fingerprint=stage.fingerprint)
            else:
                self._execute(stage, step)
        self.store.journal.place(step, stage.kind.name, ordinal, stage.fingerprint, label)

    def result(self, stage: Stage) -> Mapping[str, Any]:
        """See :class:`Session`."""
        row = self.store.stage(stage.fingerprint)
        return {} if row is None else row.result

    def kept(self, stage: SelectStage) -> int:
        """See :class:`Session`."""
        return int(self.result(stage).get("kept", 0))

    def keeps(self, stage: SelectStage, rows: int | None) -> bool:
        """See :class:`Session`."""
        return self.kept(stage) >= (rows or 1)

    def ensure_files(self, stage: Stage) -> None:
        """See :class:`Session`."""
        with self._turn(stage.fingerprint):
            if stage.kind.holds == "files" and not self.store.has_files(stage.kind, stage.fingerprint):
                self._execute(stage, Step())

    def drop_files(self, stage: Stage) -> None:
        """See :class:`Session`."""
        self.store.delete_folder(stage.kind, stage.fingerprint)

    @contextmanager
    def chain(self, arm: str, seed: int) -> Iterator[None]:
        """See :class:`Session`. A full disk and wrong input are raised: the other chains would meet them too."""
        journal = self.store.journal
        journal.begin_chain(arm, seed)
        try:
            yield
        except (ArmEnded, RowsRefused) as end:
            if isinstance(end, TrainingEnded | RowsRefused):
                journal.record("finding", {"finding": end.finding, "arm": arm, "seed": seed, "text": str(end)})
            journal.set_chain(arm, seed, "ended", str(end))
            log.warning("arm %s, seed %d ended: %s", arm, seed, end)
        except (DiskFullError, InputError):
            raise
        except Exception as error:
            if self.executor.stopped:
                raise
            reason = str(error) if isinstance(error, OpenloopError) else f"{type(error).__name__}: {error}"
            journal.set_chain(arm, seed, "failed", reason)
            log.error("arm %s, seed %d failed: %s%s", arm, seed, reason, self._traceback(error, f"{arm}-seed{seed}"))
        else:
            journal.set_chain(arm, seed, "done")

    def _traceback(self, error: Exception, name: str) -> str:
        """Where the traceback of an error was written that says too little by itself: nobody raised it on purpose."""
        if isinstance(error, OpenloopError):
            return ""
        file = self.store.root / "failures" / f"{name}.txt"
        filesystem.write_text(file, "".join(traceback.format_exception(error)))
        return f". Its traceback: {file}"

    def stop(self) -> None:
        """See :class:`Session`."""
        self.executor.stop()

    def close(self) -> None:
        """See :class:`Session`."""
        self.executor.close()
        self.store.close()

    def _turn(self, fingerprint: str) -> threading.Lock:
        """Held while a stage is computed, so that arms which share it compute it once."""
        with self._mutex:
            return self._turns.setdefault(fingerprint, threading.Lock())

    def _device(self, stage: Stage) -> AbstractContextManager[object]:
        """Held while a stage works with a network, so that one is in memory at a time and is read once."""
        device = stage.device if isinstance(stage, OnDevice) else None
        return nullcontext() if device is None else self._turn(device)

    def _execute(self, stage: Stage, step: Step) -> None:
        for needed in stage.inputs:
            self.ensure_files(needed)
        self.store.notify("started", stage=stage.kind.name, fingerprint=stage.fingerprint, step=step)
        with self._device(stage):
            began = time.perf_counter()
            result = stage.execute(self.store, self.executor)
        self.store.finish(
            StageRow(
                stage.fingerprint,
                stage.kind.name,
                record=stage.record(),
                result=dict(result),
                seconds=time.perf_counter() - began,
                identity=without_keys(identity(stage.identity())),
                upstream=tuple(dict.fromkeys(needed.fingerprint for needed in stage.inputs)),
                versions=versions(),
            )
        )
