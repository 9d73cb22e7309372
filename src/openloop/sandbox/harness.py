"""What runs inside a sandbox: a judge that holds the tests, and a child that holds the program.

The judge forks the child before it reads the tests, so no expected value is ever in the child's memory. The child runs the
program and answers calls; what comes back is data in a format of our own (numbers, texts, containers of them), never
objects. So a program can return wrong values, or die, or lie about anything, and still can only pass by giving the
right answers. It imports nothing that takes long to import, and nothing of openloop.
"""

import os
import select
import signal
import sys
import time

MOST = 1 << 25
"""Bytes of one message."""
DEEPEST = 60


class Broken(Exception):
    """A message that is none, or an end where none was due."""


class Unsendable(Exception):
    """A value that is more than data."""


# ---- data as bytes ----------------------------------------------------------------------------------------


def encode(value, depth=0):
    """Data as bytes. What a subclass of a plain type would add is left behind."""
    if depth > DEEPEST:
        raise Unsendable("nested too deeply")
    if value is None:
        return b"N"
    if value is True or value is False:
        return b"T" if value else b"F"
    if isinstance(value, int):
        return _sized(b"i", b"%x" % int(value))
    if isinstance(value, float):
        return _sized(b"f", float.hex(value).encode())
    if isinstance(value, complex):
        return b"c" + encode(value.real) + encode(value.imag)
    if isinstance(value, str):
        return _sized(b"s", str.encode(value, "utf-8", "surrogatepass"))
    if isinstance(value, (bytes, bytearray)):
        return _sized(b"b", bytes(value))
    for kind, tag in ((list, b"l"), (tuple, b"t"), (set, b"S"), (frozenset, b"z")):
        if isinstance(value, kind):
            return _many(tag, list(kind.__iter__(value)), depth)
    if isinstance(value, dict):
        return _many(b"d", [part for pair in dict.items(value) for part in pair], depth)
    if isinstance(value, range):
        return b"r" + encode(value.start) + encode(value.stop) + encode(value.step)
    if hasattr(type(value), "__next__"):
        return _many(b"I", list(value), depth)
    if type(value).__name__ in ("dict_keys", "dict_values", "dict_items", "deque"):
        return _many(b"l", list(value), depth)
    raise Unsendable(type(value).__name__[:80])


def _sized(tag, raw):
    return tag + b"%d:" % len(raw) + raw


def _many(tag, items, depth):
    return tag + b"%d:" % len(items) + b"".join([encode(item, depth + 1) for item in items])


def decode(raw):
    """The data of some bytes, which may come from anybody. Raises Broken."""
    try:
        value, end = _decoded(raw, 0, 0)
    except (ValueError, IndexError, TypeError, OverflowError, MemoryError, RecursionError):
        raise Broken("a message that is no data") from None
    if end != len(raw):
        raise Broken("a message with more behind it")
    return value


def _decoded(raw, at, depth):
    if depth > DEEPEST + 2:
        raise ValueError("nested too deeply")
    tag, at = raw[at : at + 1], at + 1
    if tag in (b"N", b"T", b"F"):
        return {b"N": None, b"T": True, b"F": False}[tag], at
    if tag == b"c":
        real, at = _decoded(raw, at, depth + 1)
        imaginary, at = _decoded(raw, at, depth + 1)
        return complex(real, imaginary), at
    if tag == b"r":
        bounds = []
        for _ in range(3):
            value, at = _decoded(raw, at, depth + 1)
            bounds.append(value)
        return range(*bounds), at
    colon = raw.index(b":", at, at + 20)
    size, at = int(raw[at:colon]), colon + 1
    if not 0 <= size <= len(raw) - at:
        raise ValueError("a size beyond the end")
    if tag in (b"i", b"f", b"s", b"b"):
        held, at = raw[at : at + size], at + size
        if tag == b"i":
            return int(held, 16), at
        if tag == b"f":
            return float.fromhex(held.decode()), at
        return held if tag == b"b" else held.decode("utf-8", "surrogatepass"), at
    items = []
    for _ in range(size):
        value, at = _decoded(raw, at, depth + 1)
        items.append(value)
    if tag == b"d":
        return dict(zip(items[::2], items[1::2])), at
    if tag == b"I":
        return iter(items), at
    return {b"l": list, b"t": tuple, b"S": set, b"z": frozenset}[tag](items), at


def send(fd, value):
    """Write one message."""
    raw = encode(value)
    if len(raw) > MOST:
        raise Unsendable("too large")
    view = memoryview(b"%010d" % len(raw) + raw)
    while view:
        view = view[os.write(fd, view) :]


def receive(fd, until=None):
    """Read one message. Raises Broken, or TimeoutError at the monotonic time ``until``."""
    size = _exactly(fd, 10, until)
    if not size.isdigit() or int(size) > MOST:
        raise Broken("a message of no size")
    return decode(_exactly(fd, int(size), until))


def _exactly(fd, n, until):
    parts = []
    while n:
        if until is not None and not select.select([fd], [], [], max(0.0, until - time.monotonic()))[0]:
            raise TimeoutError
        part = os.read(fd, min(n, 1 << 20))
        if not part:
            raise Broken("it ended")
        parts.append(part)
        n -= len(part)
    return b"".join(parts)


# ---- the child: runs the program and answers calls ------------------------------------------------------------


def confine(limits):
    """Limits of this process and of all it starts."""
    import resource

    for name in ("CPU", "AS", "NPROC", "NOFILE", "FSIZE"):
        if name in limits:
            resource.setrlimit(getattr(resource, "RLIMIT_" + name), (limits[name], limits[name]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def only(*wanted):
    """Close every other file, and have nothing to read and nowhere to write."""
    nowhere = os.open("/dev/null", os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    high = max(wanted) + 1
    for fd in range(3, high):
        if fd not in wanted:
            try:
                os.close(fd)
            except OSError:
                pass
    os.closerange(high, 1024)


def serve(asked, answers, program):
    """Run the program, then answer calls of what it defined until nobody asks any more."""
    space = {"__name__": "program", "__builtins__": __builtins__}
    try:
        exec(compile(program, "program.py", "exec"), space)
    except BaseException as error:
        reply(answers, ("raised", type(error).__name__, text_of(error), getattr(error, "name", None) or ""))
        return
    reply(answers, ("ready",))
    while True:
        reply(answers, respond(space, receive(asked)))


def respond(space, question):
    what, name = question[0], question[1]
    if name not in space:
        return ("missing", name)
    value = space[name]
    if what == "get":
        if isinstance(value, type(sys)):
            return ("module", value.__name__)
        return ("function",) if callable(value) else ("value", value)
    arguments, named = question[2], question[3]
    before = encode([list(arguments), named])
    try:
        result = value(*arguments, **named)
        if hasattr(type(result), "__next__"):
            result = iter(list(result))
    except BaseException as error:
        return ("raised", type(error).__name__, text_of(error), getattr(error, "name", None) or "")
    after = [list(arguments), named]
    return ("returned", result, after if encode(after) != before else None)


def reply(fd, answer):
    try:
        send(fd, answer)
    except Unsendable as error:
        send(fd, ("unsendable", str(error)))


def text_of(error):
    try:
        return str(error)[:300]
    except BaseException:
        return ""


def serve_runs(asked, answers, program):
    """Run the program anew for each input, as a script; answer with what it printed and how it ended."""
    code = compile(program, "program.py", "exec")
    reply(answers, ("ready",))
    while True:
        given = receive(asked)
        read_end, write_end = os.pipe()
        pid = os.fork()
        if pid == 0:
            feed = os.memfd_create("input") if hasattr(os, "memfd_create") else os.open("/tmp/input", os.O_RDWR | os.O_CREAT)
            os.write(feed, given)
            os.lseek(feed, 0, 0)
            os.dup2(feed, 0)
            os.dup2(write_end, 1)
            os.closerange(3, 1024)
            sys.stdin, sys.stdout = open(0), open(1, "w")
            status = 1
            try:
                exec(code, {"__name__": "__main__", "__builtins__": __builtins__})
                status = 0
            except SystemExit as error:
                status = 0 if error.code in (None, 0) else 1
            except BaseException:
                pass
            try:
                sys.stdout.flush()
            finally:
                os._exit(status)
        os.close(write_end)
        said = []
        total = 0
        while part := os.read(read_end, 1 << 16):
            total += len(part)
            if total <= MOST // 2:
                said.append(part)
        os.close(read_end)
        reply(answers, (os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), b"".join(said)))


# ---- the judge: holds the tests ---------------------------------------------------------------------------------


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
                return "it ended by signal %d" % -code if code < 0 else "it ended with status %d" % code
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
            kind = getattr(__import__("builtins"), str(answer[1]), None)
            if isinstance(kind, type) and issubclass(kind, Exception) and not issubclass(kind, AssertionError):
                try:
                    return kind(answer[2])
                except TypeError:
                    pass
            return Remote("%s: %s" % (answer[1], answer[2]))
        if answer[0] == "missing":
            return NameError("name %r is not defined" % (answer[1:2],))
        if answer[0] == "unsendable":
            return Died("it returned a value that is more than data: %s" % (answer[1:2],))
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
        if hasattr(__import__("builtins"), name):
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
        return ("wrong", "raised", "%s: %s" % (type(error).__name__, str(error)[:300]))
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
                return ("wrong", "raised", "case %d ended with status %r" % (number, status))
            if lines(said.decode("utf-8", "replace")) != lines(expected):
                return ("wrong", "wrong_answer", "case %d" % number)
    except (Late, TimeoutError):
        return ("timeout", "time is over", "")
    except (Died, Broken, OSError, ValueError, TypeError, AttributeError) as error:
        return ("wrong", "died", str(error))
    except Exception as error:
        return ("wrong", "raised", "%s: %s" % (type(error).__name__, error))
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
    child = Child(pid, asked, answers, time.monotonic() + limits["wall"])
    # The tests themselves are stopped too, should they not end.
    signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, limits["wall"])
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
