"""Work in a process that may hang or die: the clock runs inside, and only the row at fault is lost.

Results are JSON: nothing that comes back is executed.
"""

from __future__ import annotations

import importlib
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

CHUNK = 64
"""Items on their way at a time."""
GRACE = 5.0
"""Seconds beyond an item's own after which a process that does not answer is killed; its start counts too."""


class Late(Exception):
    """An item took longer than it may."""


@dataclass
class Killable:
    """``module:function`` of JSON arguments, item by item in a process of its own."""

    function: str
    seconds: float
    """Of one item."""
    _process: subprocess.Popen[bytes] | None = None
    _buffer: bytearray = field(default_factory=bytearray)

    def run(self, items: Sequence[Sequence[Any]]) -> Iterator[tuple[str, Any]]:
        """``("done", result)``, ``("late", None)`` or ``("failed", why)`` for each item, in order."""
        sent = answered = 0
        while answered < len(items):
            process = self._running()
            try:
                while sent < min(len(items), answered + CHUNK):
                    assert process.stdin is not None, "it is made with a pipe"
                    process.stdin.write(json.dumps(items[sent]).encode() + b"\n")
                    sent += 1
                process.stdin.flush()  # type: ignore[union-attr]
                line = self._line(process)
            except (BrokenPipeError, EOFError):
                result: tuple[str, Any] = ("failed", f"its process ended ({process.wait()})")
            except TimeoutError:
                result = ("late", None)
            else:
                answered += 1
                yield line[0], line[1]
                continue
            self.close()
            sent = answered + 1  # what was on its way is sent again, but for the item at fault
            answered += 1
            yield result

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._process = None
        self._buffer.clear()

    def __del__(self) -> None:
        self.close()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            code = f"from openloop.signals.killable import serve; serve({self.function!r}, {self.seconds!r})"
            path = os.pathsep.join(filter(None, sys.path))
            self._process = subprocess.Popen(
                [sys.executable, "-c", code],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=os.environ | {"PYTHONPATH": path},
            )
        return self._process

    def _line(self, process: subprocess.Popen[bytes]) -> list[Any]:
        assert process.stdout is not None, "it is made with a pipe"
        while b"\n" not in self._buffer:
            if not select.select([process.stdout], [], [], self.seconds + GRACE)[0]:
                raise TimeoutError
            part = os.read(process.stdout.fileno(), 1 << 16)
            if not part:
                raise EOFError
            self._buffer += part
        line, _, rest = bytes(self._buffer).partition(b"\n")
        self._buffer[:] = rest
        return list(json.loads(line))


def serve(name: str, seconds: float) -> None:
    """The process: a JSON line in, a JSON line out."""
    module, _, attribute = name.partition(":")
    function = getattr(importlib.import_module(module), attribute)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what the work prints is no answer

    def late(*_: object) -> None:
        raise Late

    signal.signal(signal.SIGALRM, late)
    for line in sys.stdin:
        try:
            signal.setitimer(signal.ITIMER_REAL, seconds)
            answer = ["done", function(*json.loads(line))]
        except Late:
            answer = ["late", None]
        except Exception as error:
            answer = ["failed", f"{type(error).__name__}: {error}"[:300]]
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
