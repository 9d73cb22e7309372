"""A sandbox that waits is as good as a fresh one, belongs to one process, and outlives nobody."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from openloop.sandbox.base import Limits
from openloop.sandbox.bubblewrap import Bubblewrap, _folder, _started
from openloop.sandbox.inside import wire
from openloop.sandbox.spare import Spare
from tests.support.processes import HANG, alive, wait_until

WHY_NOT = Bubblewrap().missing()
pytestmark = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)

RIGHT = "def f(x):\n    return 2 * x\n"
LEAVES_A_FILE = (
    "import os\ndef f(x):\n    seen = os.listdir('/tmp')\n    open('/tmp/mine', 'w').close()\n    return seen\n"
)
FILLS = (
    "def f(x):\n"
    "    try:\n"
    "        for n in range(3):\n"
    "            open(f'/tmp/{n}', 'wb').write(bytes(900_000))\n"
    "    except OSError:\n"
    "        return 'full'\n"
    "    return 'room'\n"
)
USER = """
import os, signal, sys
from tests.sandbox import test_spare as told
spare = told.Spare(told._started)
assert told.run(spare, told.RIGHT, "assert f(2) == 4") == ("right", "", "")
told.waiting(spare)
print(told._folder(), flush=True)
{then}
"""


def run(spare: Spare, program: str, tests: str, limits: Limits = Limits()) -> object:  # noqa: B008
    """The verdict of a sandbox, of the spare one where there is one."""
    parts = ((program, limits.inside(), "calls"), (tests, "f"))
    message = b"".join(wire.framed(wire.encode(part)) for part in parts)
    process, taken = spare.take(limits, message)
    process = process or _started(limits)
    spare.prepare(limits)
    said, complaint = process.communicate(message[taken:], timeout=HANG)
    assert said, complaint
    return wire.decode(said[wire.HEAD :])


def waiting(spare: Spare) -> int:
    """The process that waits, once it does."""
    return int(wait_until(lambda: spare._waiting)[1].pid)


def taken_from(spare: Spare) -> int:
    """The living process that waited, which then ends for want of a program."""
    process, _ = spare.take(Limits(), b"")
    assert process is not None and process.poll() is None
    process.communicate(timeout=HANG)
    return process.pid


def gone(pid: int) -> bool:
    """Whether a process has ended or does so in time."""
    try:
        watched = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([watched], [], [], HANG)[0])
    finally:
        os.close(watched)


PROCESSES = 3
"""Of one sandbox: bubblewrap, the first process inside, and the judge."""


def of(folder: str) -> set[int]:
    """The processes of the sandboxes of one process, which has a folder of its own for them."""
    found = set()
    for words in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if f"{folder}/".encode() in words.read_bytes():
                found.add(int(words.parent.name))
    return found


def below(pid: int) -> list[int]:
    """A process and all that came from it."""
    parents = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(status.parent.name)] = int(fields[1])
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


@pytest.fixture
def spare() -> Iterator[Spare]:
    made = Spare(_started)
    yield made
    made.close()


def test_the_next_program_gets_the_sandbox_that_waited_and_every_program_a_fresh_one(spare: Spare) -> None:
    seen = []
    for _ in range(3):
        assert run(spare, LEAVES_A_FILE, "assert f(0) == [], f(0)") == ("right", "", "")
        seen.append(waiting(spare))
    assert len(set(seen)) == 3 and all(gone(pid) for pid in seen[:-1])
    assert alive(seen[-1])


def test_it_is_used_for_equal_limits_only(spare: Spare) -> None:
    large, small = Limits(written=16), Limits(written=1)
    for limits, found in ((large, "room"), (small, "full"), (small, "full"), (large, "room")):
        assert run(spare, FILLS, f"assert f(0) == {found!r}, f(0)", limits) == ("right", "", "")
        waiting(spare)


def test_one_that_waited_for_other_limits_is_ended(spare: Spare) -> None:
    spare.prepare(Limits(written=16))
    first = waiting(spare)
    spare.prepare(Limits(written=1))
    wait_until(lambda: spare._waiting and spare._waiting[0] == Limits(written=1))
    assert gone(first)


def test_its_time_begins_with_its_program(spare: Spare) -> None:
    limits = Limits(seconds=1.5)
    spare.prepare(limits)
    waiting(spare)
    threading.Event().wait(1.6)
    assert run(spare, RIGHT, "assert f(2) == 4", limits) == ("right", "", "")


@pytest.mark.parametrize("place", ["outside", "inside"])
def test_one_that_died_meanwhile_is_replaced(spare: Spare, place: str) -> None:
    spare.prepare(Limits())
    pid = waiting(spare)
    inner = wait_until(lambda: len(below(pid)) >= PROCESSES and below(pid))
    os.kill(pid if place == "outside" else inner[-1], signal.SIGKILL)
    assert gone(pid)
    assert run(spare, RIGHT, "assert f(2) == 4") == ("right", "", "")
    assert run(spare, RIGHT, "assert f(2) == 5")[:2] == ("wrong", "wrong_answer")  # type: ignore[index]


def test_a_program_larger_than_a_pipe_arrives_whole(spare: Spare) -> None:
    spare.prepare(Limits())
    waiting(spare)
    assert run(spare, RIGHT + "#" * 1_000_000, "assert f(2) == 4" + "#" * 1_000_000) == ("right", "", "")


def test_a_thread_may_end_before_the_sandbox_it_asked_for_is_used(spare: Spare) -> None:
    thread = threading.Thread(target=run, args=(spare, RIGHT, "assert f(2) == 4"))
    thread.start()
    thread.join()
    pid = waiting(spare)
    assert taken_from(spare) == pid


@pytest.mark.parametrize(
    "then",
    [
        "",
        "raise SystemExit(1)",
        "import multiprocessing.util; multiprocessing.util._exit_function(); os._exit(0)",  # as its workers end
        "sys.stdin.readline(); os._exit(0)",
        "sys.stdin.readline(); os.kill(os.getpid(), 9)",
        "pid = os.fork()\nif pid:\n    sys.stdin.readline(); os.kill(os.getpid(), 9)\nsignal.pause()",
    ],
)
def test_nothing_waits_any_more_when_its_process_has_ended(then: str) -> None:
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        [sys.executable, "-c", USER.format(then=then)], stdin=pipe, stdout=pipe, text=True, start_new_session=True
    )
    assert process.stdout is not None and process.stdin is not None
    folder = process.stdout.readline().strip()
    if "readline" in then:  # killed without a word to it, it must have started
        wait_until(lambda: any(len(below(pid)) >= PROCESSES for pid in of(folder)))
        process.stdin.write("now\n")
        process.stdin.flush()
    process.wait(HANG)
    wait_until(lambda: not of(folder))
    if "fork" in then:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def test_one_that_is_ended_while_it_starts_leaves_nothing_behind(spare: Spare) -> None:
    """Bubblewrap that is killed at this time leaves a process that waits for it for ever."""
    before = of(str(_folder()))
    for number in range(20):
        spare.prepare(Limits(written=1 + number % 2))
        wait_until(lambda: spare._waiting)
        spare.clear()
    wait_until(lambda: of(str(_folder())) <= before)


def test_a_fork_uses_none_of_its_parents(spare: Spare) -> None:
    run(spare, RIGHT, "assert f(2) == 4")
    pid = waiting(spare)
    child = os.fork()
    if child == 0:
        status = 1
        try:
            taken, _ = spare.take(Limits(), b"")
            said = run(spare, RIGHT, "assert f(2) == 4")
            spare.close()
            status = int(not (taken is None and said == ("right", "", "")))
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert taken_from(spare) == pid


def test_where_none_can_be_started_there_is_none() -> None:
    tried = threading.Event()

    def fails(_: Limits) -> subprocess.Popen[bytes]:
        tried.set()
        raise OSError

    spare = Spare(fails)
    spare.prepare(Limits())
    assert tried.wait(HANG)
    spare.prepare(Limits())
    assert spare.take(Limits(), b"") == (None, 0)


def test_after_its_end_nothing_is_started(spare: Spare) -> None:
    spare.prepare(Limits())
    pid = waiting(spare)
    spare.close()
    assert gone(pid)
    spare.prepare(Limits())
    assert spare.take(Limits(), b"") == (None, 0)
