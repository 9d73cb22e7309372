"""Where work runs: the one seam behind which it may be this process, other processes, or a cluster.

A stage hands out a function and tasks. A task holds names of parts on the run's shared storage and literal options,
never rows and never a path: whoever works on it finds the rows by itself, and returns what is to be committed to the
one writer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, runtime_checkable

from openloop.errors import ContractError
from openloop.run.store.storage import Storage

T = TypeVar("T")
Tell = Callable[[Mapping[str, Any]], None]
"""What work says while it goes on, such as the loss of a training."""


@dataclass(frozen=True, slots=True)
class Died:
    """What a task becomes when the process that worked on it died, twice."""

    reason: str


@dataclass(frozen=True)
class Worksite:
    """What every function that is handed out gets first: the storage as seen from there, and a way to be heard."""

    storage: Storage
    tell: Tell


Work = Callable[..., T]
"""``work(worksite, *task)``: a module-level function."""


@runtime_checkable
class Executor(Protocol):
    """Runs functions over tasks. One for each run, which says where its files are by ``attach``."""

    @property
    def workers(self) -> int:
        """How many tasks are worked on at a time; 0 works in this process."""
        ...

    @property
    def stopped(self) -> bool: ...

    def attach(self, storage: Storage, on_retry: Callable[[str], None]) -> None:
        """Say where the run's files are and who is told of a retry."""
        ...

    def map(
        self,
        work: Work[T],
        tasks: Sequence[tuple[Any, ...]],
        *,
        here: bool = False,
        training: bool = False,
        own_process: bool = False,
        tell: Tell | None = None,
    ) -> Iterator[tuple[int, T | Died]]:
        """Yield ``(task number, result or Died)`` as tasks are done.

        ``here`` keeps the work in this process: for what cannot be sent to another one. ``training`` asks for a place
        with a device, where there is one; ``own_process`` for a process that may die, also where there are no workers.
        A task whose process dies is retried once. An exception that the function raises is raised here, and the tasks
        not yet started are cancelled.
        """
        ...

    def require_running(self) -> None:
        """Raise RunError when the executor was stopped: long work asks between its steps."""
        ...

    def stop(self) -> None:
        """End all work now; what was committed is kept."""
        ...

    def close(self) -> None:
        """Let the workers go."""
        ...


def perform(work: Work[T], worksite: Worksite, task: Sequence[Any]) -> T:
    """Work on one task. Code of the user's that leaves by ``sys.exit`` fails its task, and does not end the run."""
    try:
        return work(worksite, *task)
    except SystemExit as error:
        raise ContractError(
            f"{work.__name__}: a model, signal, selector or trainer called sys.exit({error.code!r}). Let it return, or "
            "raise an exception that says what is wrong."
        ) from error


def each(
    executor: Executor, work: Work[T], tasks: Sequence[tuple[Any, ...]], **where: Any
) -> Iterator[tuple[int, T | Died]]:
    """``executor.map``, which may be somebody else's. Raises ContractError unless it yields every task once."""
    waiting = set(range(len(tasks)))
    for number, result in executor.map(work, tasks, **where):
        if number not in waiting:
            raise ContractError(
                f"executor {type(executor).__name__} yielded task {number!r} of {len(tasks)}, which is not waiting: "
                "its `map` must yield the number of each task once, from 0."
            )
        waiting.remove(number)
        yield number, result
    if waiting:
        raise ContractError(
            f"executor {type(executor).__name__} ended without {len(waiting)} of {len(tasks)} tasks, the first of them "
            f"{min(waiting)}: its `map` must yield the result of every task, or Died."
        )


def call(executor: Executor, work: Work[T], *task: Any, **where: Any) -> T | Died:
    """Run one function on one task."""
    return next(result for _, result in each(executor, work, [task], **where))
