"""Worker processes that may die: each has a pipe and a thread of its own, so one death touches one task.

Threads and devices are those of the place where a worker stands, set before anything in it counts them.

Why this is not a library's pool is written in docs/decisions/0003-workers.md: the pools we tried lose every
task, or the pool itself, when one worker is killed at the wrong instant.
"""

from __future__ import annotations

import os
import pickle
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from openloop import time_limits
from openloop.run.engine.base import Died, Tell, Work, Worksite, perform
from openloop.run.store.storage import Storage
from openloop.user_code import import_user_file

WATCH_SECONDS = 0.2
THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
Task = tuple["Future[Any]", bytes, Tell]


@dataclass(frozen=True, slots=True)
class Place:
    """What one worker process may use."""

    threads: int | None = 1
    """Of numerical libraries; None leaves that to them. More processes than cores / threads stall each other."""
    devices: str | None = None
    """What ``CUDA_VISIBLE_DEVICES`` is set to, such as ``"0"``; None leaves it as it is."""

    def environment(self) -> dict[str, str]:
        """Of the worker's process."""
        said = {} if self.threads is None else dict.fromkeys(THREAD_VARIABLES, str(self.threads))
        return said if self.devices is None else said | {"CUDA_VISIBLE_DEVICES": self.devices}


class WorkerPool:
    """A fixed number of processes, started when first needed and replaced when they die."""

    def __init__(self, places: Sequence[Place], user_files: Sequence[str], storage: Storage) -> None:
        self._tasks: queue.Queue[Task | None] = queue.Queue()
        self._workers = [_Worker(place, user_files, storage) for place in places]
        self._threads = [threading.Thread(target=self._serve, args=(worker,), daemon=True) for worker in self._workers]
        for thread in self._threads:
            thread.start()

    def submit(self, work: Work[Any], task: tuple[Any, ...], tell: Tell) -> Future[Any]:
        """A future of the result; of :class:`Died` when the worker dies."""
        future: Future[Any] = Future()
        self._tasks.put((future, pickle.dumps((work, task)), tell))
        return future

    def stop(self) -> None:
        """Kill the workers, cancel what waits, and return when all is quiet."""
        while True:
            try:
                task = self._tasks.get_nowait()
            except queue.Empty:
                break
            if task is not None:
                task[0].cancel()
        for _ in self._threads:
            self._tasks.put(None)
        for worker in self._workers:
            worker.kill()
        for thread in self._threads:
            thread.join()

    def _serve(self, worker: _Worker) -> None:
        while (task := self._tasks.get()) is not None:
            future, payload, tell = task
            if not future.set_running_or_notify_cancel():
                continue
            try:
                result = worker.work(payload, tell)
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(result)
        worker.kill()


class _Worker:
    """One process and the pipe to it; used by one thread, killed by any."""

    def __init__(self, place: Place, user_files: Sequence[str], storage: Storage) -> None:
        self.place, self.user_files, self.storage = place, user_files, storage
        self.process: subprocess.Popen[bytes] | None = None
        self.pipe: Connection | None = None
        self.ended = False

    def work(self, payload: bytes, tell: Tell) -> Any:
        """What the process makes of a task, or :class:`Died`. Raises what the task raised."""
        if self.process is None or self.process.poll() is not None:
            self._start()
        assert self.process is not None and self.pipe is not None, "just started"
        message = self._exchange(payload)
        while message is not None and message[0] == "told":
            try:
                tell(message[1])
            except BaseException:
                self._end_process()  # what it says of this task must not answer the next one
                raise
            message = self._exchange(None)
        if message is None:
            return Died(self._cause())
        what, value = message
        if what == "raised":
            raise value
        return value

    def _exchange(self, payload: bytes | None) -> tuple[str, Any] | None:
        """Send a task, if there is one, and wait for the next message; None when the process died."""
        assert self.pipe is not None, "it was started"
        try:
            if payload is not None:
                self.pipe.send_bytes(payload)
            message = self.pipe.recv_bytes()
        except (EOFError, OSError):
            return None
        return pickle.loads(message)  # type: ignore[no-any-return]

    def _end_process(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def _start(self) -> None:
        # A fresh interpreter: fork is unsafe beside threads, and multiprocessing would run the user's script again.
        ours, theirs = socket.socketpair()
        number = theirs.fileno()
        code = (
            f"import sys; sys.path[:] = {sys.path!r}\n"
            f"from openloop.run.engine.workers import serve; "
            f"serve({number}, {os.getpid()}, {list(self.user_files)!r}, {str(self.storage.root)!r})"
        )
        self.process = subprocess.Popen(
            [sys.executable, "-c", code],
            pass_fds=[number],
            stdin=subprocess.DEVNULL,
            env=os.environ | self.place.environment(),
        )
        theirs.close()  # so that the end of the process is the end of the pipe
        self.pipe = Connection(ours.detach())
        if self.ended:  # killed while the process was being started
            self.process.kill()

    def _cause(self) -> str:
        assert self.process is not None, "it has just died"
        code = self.process.wait()
        self.process = None
        return f"worker died (signal {-code})" if code < 0 else f"worker died (exit code {code})"

    def kill(self) -> None:
        """End the process, whatever it is doing, for good."""
        self.ended = True
        process = self.process
        if process is not None:
            process.kill()


def serve(number: int, parent: int, user_files: Sequence[str], root: str) -> None:
    """The life of a worker: quiet, and no longer than that of the process it serves."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    threading.Thread(target=_die_with, args=(parent,), daemon=True).start()
    time_limits.end_this_process_when_ignored()
    for file in user_files:
        import_user_file(file)
    pipe = Connection(number)
    worksite = Worksite(Storage(Path(root)), lambda said: pipe.send_bytes(pickle.dumps(("told", dict(said)))))
    while True:
        try:
            payload = pipe.recv_bytes()
        except (EOFError, OSError):
            return
        pipe.send_bytes(_answer(worksite, payload))


def _answer(worksite: Worksite, payload: bytes) -> bytes:
    try:
        work, task = pickle.loads(payload)
        return pickle.dumps(("done", perform(work, worksite, task)))
    except Exception as error:
        error.add_note("in a worker process:\n" + traceback.format_exc())
        try:
            answer = pickle.dumps(("raised", error))
            pickle.loads(answer)  # an exception whose constructor takes other arguments cannot be read again
            return answer
        except Exception:
            return pickle.dumps(("raised", RuntimeError(f"{type(error).__name__}: {error}")))
    finally:
        time_limits.no_call_is_running()


def _die_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(WATCH_SECONDS)
    os._exit(1)
