"""Worker processes that may die: each has a pipe and a thread of its own, so one death touches one task.

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
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from openloop import clock
from openloop.user_code import import_user_file

WATCH_SECONDS = 0.2
Task = tuple["Future[Any]", bytes]


@dataclass(frozen=True, slots=True)
class Died:
    """What a task becomes when its worker died."""

    reason: str


class WorkerPool:
    """A fixed number of processes, started when first needed and replaced when they die."""

    def __init__(self, size: int, user_files: Sequence[str]) -> None:
        self._tasks: queue.Queue[Task | None] = queue.Queue()
        self._workers = [_Worker(user_files) for _ in range(size)]
        self._threads = [threading.Thread(target=self._serve, args=(worker,), daemon=True) for worker in self._workers]
        for thread in self._threads:
            thread.start()

    def submit(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Future[Any]:
        """A future of the function's result; of :class:`Died` when its worker dies."""
        future: Future[Any] = Future()
        self._tasks.put((future, pickle.dumps((function, arguments))))
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
            future, payload = task
            if not future.set_running_or_notify_cancel():
                continue
            try:
                result = worker.work(payload)
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(result)
        worker.kill()


class _Worker:
    """One process and the pipe to it; used by one thread, killed by any."""

    def __init__(self, user_files: Sequence[str]) -> None:
        self.user_files = user_files
        self.process: subprocess.Popen[bytes] | None = None
        self.pipe: Connection | None = None

    def work(self, payload: bytes) -> Any:
        """What the process makes of a task, or :class:`Died`. Raises what the task raised."""
        if self.process is None or self.process.poll() is not None:
            self._start()
        assert self.process is not None and self.pipe is not None, "just started"
        try:
            self.pipe.send_bytes(payload)
            answer = self.pipe.recv_bytes()
        except (EOFError, OSError):
            return Died(self._cause())
        good, value = pickle.loads(answer)
        if not good:
            raise value
        return value

    def _start(self) -> None:
        # A fresh interpreter: fork is unsafe beside threads, and multiprocessing would run the user's script again.
        ours, theirs = socket.socketpair()
        number = theirs.fileno()
        code = (
            f"import sys; sys.path[:] = {sys.path!r}\n"
            f"from openloop.run.engine.workers import serve; serve({number}, {os.getpid()}, {list(self.user_files)!r})"
        )
        self.process = subprocess.Popen([sys.executable, "-c", code], pass_fds=[number], stdin=subprocess.DEVNULL)
        theirs.close()  # so that the end of the process is the end of the pipe
        self.pipe = Connection(ours.detach())

    def _cause(self) -> str:
        assert self.process is not None, "it has just died"
        code = self.process.wait()
        self.process = None
        return f"worker died (signal {-code})" if code < 0 else f"worker died (exit code {code})"

    def kill(self) -> None:
        """End the process, whatever it is doing."""
        process = self.process
        if process is not None:
            process.kill()


def serve(number: int, parent: int, user_files: Sequence[str]) -> None:
    """The life of a worker: quiet, single-threaded, and no longer than that of the process it serves."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[variable] = "1"
    threading.Thread(target=_die_with, args=(parent,), daemon=True).start()
    clock.end_this_process()
    for file in user_files:
        import_user_file(file)
    pipe = Connection(number)
    while True:
        try:
            payload = pipe.recv_bytes()
        except (EOFError, OSError):
            return
        pipe.send_bytes(_answer(payload))


def _answer(payload: bytes) -> bytes:
    try:
        function, arguments = pickle.loads(payload)
        return pickle.dumps((True, function(*arguments)))
    except Exception as error:
        error.add_note("in a worker process:\n" + traceback.format_exc())
        try:
            return pickle.dumps((False, error))
        except Exception:
            return pickle.dumps((False, RuntimeError(f"{type(error).__name__}: {error}")))
    finally:
        clock.rest()


def _die_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(WATCH_SECONDS)
    os._exit(1)
