"""The judge: holds the tests, asks the child, and believes nothing but data.

It forks the child before it reads the tests, so no expected value is ever in the child's memory. A program can return
wrong values, or die, or lie about anything, and still can only pass by giving the right answers.
"""

import builtins
import posix as os  # all that is used of `os`, without its start
import _signal as signal  # without the enumerations of `signal`, which take half of the start
import sys
import time

sys.path.insert(0, __file__.rpartition("/")[0])  # an isolated interpreter does not look beside its script

from child import confine, only, serve, serve_runs
from wire import Broken, receive, send


class Died(BaseException):
    """The child is gone, or says what no child would."""


class Late(BaseException):
    """The clock has run out."""


class Remote(Exception):
    """An exception of the program that is none of Python's own."""


class Child:
    """The program, to be asked."""

    def __init__(self, pid, asked, answers, until):
        self.pid, self.asked, self.answers, self.until = pid, asked, answers, until
        self.calls = 0
        self.missing_module = ""

    def ask(self, question=None):
        try:
            if question is not None:
                send(self.asked, question)
            answer = receive(self.answers, self.until)
        except TimeoutError:
            raise Late from None
        except (Broken, OSError):
            raise Died(self.ended()) from None
        if not isinstance(answer, tuple) or not answer or not all(isinstance(a, str) for a in answer[:1]):
            raise Died("it answered what was not asked")
        return answer

    def ended(self):
        until = time.monotonic() + 0.2
        while time.monotonic() < until:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                code = os.waitstatus_to_exitcode(status)
                if code in (-signal.SIGXCPU, -signal.SIGKILL):
                    raise Late
                return f"it ended by signal {-code}" if code < 0 else f"it ended with status {code}"
            time.sleep(0.005)
        return "it stopped answering"

    def call(self, name, arguments, named):
        self.calls += 1
        answer = self.ask(("call", name, tuple(arguments), named))
        if answer[0] == "returned" and len(answer) == 3:
            if answer[2] is not None:
                written_back(arguments, named, answer[2])
            return answer[1]
        raise self.exception(answer)

    def exception(self, answer):
        if answer[0] == "raised" and len(answer) == 4:
            if answer[1] == "ModuleNotFoundError":
                self.missing_module = str(answer[3])
            kind = getattr(builtins, str(answer[1]), None)
            if isinstance(kind, type) and issubclass(kind, Exception) and not issubclass(kind, AssertionError):
                try:
                    return kind(answer[2])
                except TypeError:
                    pass
            return Remote(f"{answer[1]}: {answer[2]}")
        if answer[0] == "missing":
            return NameError(f"name {answer[1:2]} is not defined")
        if answer[0] == "unsendable":
            return Died(f"it returned a value that is more than data: {answer[1:2]}")
        return Died("it answered what was not asked")


def written_back(arguments, named, after):
    """A list, dict or set that the program changed in place is changed here too."""
    if not (isinstance(after, list) and len(after) == 2 and isinstance(after[0], list) and isinstance(after[1], dict)):
        return
    pairs = [*zip(arguments, after[0]), *((named[key], after[1][key]) for key in named if key in after[1])]
    for mine, new in pairs:
        if isinstance(mine, list) and isinstance(new, list):
            mine[:] = new
        elif isinstance(mine, (dict, set)) and type(mine) is type(new):
            mine.clear()
            mine.update(new)


class Space(dict):
    """The names that tests see: their own, and what the program defined."""

    def __init__(self, child):
        super().__init__(__name__="tests", __builtins__=__builtins__)
        self.child = child

    def __missing__(self, name):
        if hasattr(builtins, name):
            raise KeyError(name)
        answer = self.child.ask(("get", name))
        if answer[0] == "function":
            return lambda *arguments, **named: self.child.call(name, arguments, named)
        if answer[0] == "module" and isinstance(answer[1], str):
            return __import__(answer[1], fromlist=["_"])
        if answer[0] == "value":
            return answer[1]
        raise KeyError(name)


def judge_calls(child, tests, entry_point):
    """Run the tests; returns (outcome, reason, detail)."""
    code = compile(tests, "tests.py", "exec")
    space = Space(child)
    try:
        ready = child.ask()
        if ready[0] != "ready":
            raise child.exception(ready)
        exec(code, space)
        if callable(space.get("check")):
            space["check"](lambda *arguments, **named: child.call(entry_point, arguments, named))
    except Late:
        return ("timeout", "time is over", "")
    except Died as error:
        return ("wrong", "died", str(error))
    except AssertionError as error:
        return ("wrong", "wrong_answer", str(error)[:300])
    except BaseException as error:
        if child.missing_module:
            return ("error", "missing_module", child.missing_module)
        return ("wrong", "raised", f"{type(error).__name__}: {str(error)[:300]}")
    if not child.calls:
        return ("error", "tests_call_nothing", "the tests passed without calling the program")
    return ("right", "", "")


def judge_runs(child, cases):
    """Compare what the program prints for each input, blanks at the ends of lines aside."""
    try:
        ready = child.ask()
        if ready[0] != "ready":
            raise child.exception(ready)
        for number, (given, expected) in enumerate(cases, 1):
            send(child.asked, given.encode())
            status, said = receive(child.answers, child.until)
            if status:
                return ("wrong", "raised", f"case {number} ended with status {status!r}")
            if lines(said.decode("utf-8", "replace")) != lines(expected):
                return ("wrong", "wrong_answer", f"case {number}")
    except (Late, TimeoutError):
        return ("timeout", "time is over", "")
    except (Died, Broken, OSError, ValueError, TypeError, AttributeError) as error:
        return ("wrong", "died", str(error))
    except Exception as error:
        return ("wrong", "raised", f"{type(error).__name__}: {error}")
    return ("right", "", "") if cases else ("error", "tests_call_nothing", "no cases")


def lines(text):
    return [line.rstrip() for line in text.rstrip().splitlines()]


def main():
    """Read the program, fork, read the tests, and write one verdict."""
    program, limits, mode = receive(0)
    child_reads, asked = os.pipe()
    answers, child_writes = os.pipe()
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGXCPU, signal.SIG_DFL)
        only(child_reads, child_writes)
        confine(limits)
        try:
            {"calls": serve, "runs": serve_runs}[mode](child_reads, child_writes, program)
        finally:
            os._exit(0)
    os.close(child_reads)
    os.close(child_writes)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    tests, entry_point = receive(0)
    child = Child(pid, asked, answers, time.monotonic() + limits["seconds"])
    # The tests themselves are stopped too, should they not end.
    signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, limits["seconds"])
    if mode == "calls":
        verdict = judge_calls(child, tests, entry_point)
    else:
        verdict = judge_runs(child, tests)
    signal.setitimer(signal.ITIMER_REAL, 0)
    send(1, verdict)
    os._exit(0)


def late(number, frame):
    raise Late


if __name__ == "__main__":
    main()
