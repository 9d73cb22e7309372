"""The child: runs the program and answers calls. It never holds a test or an expected value."""

import posix as os  # all that is used of `os`, without its start
import sys

from wire import MOST, Unsendable, encode, receive, send


CALLS = 3000
"""Recursion limit: Python's own, 1,000, is a default of the interpreter and says nothing of being right."""


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
            try:  # contextlib takes too long to import
                os.close(fd)
            except OSError:
                pass
    os.closerange(high, 1024)


def serve(asked, answers, program):
    """Run the program, then answer calls of what it defined until nobody asks any more."""
    space = {"__name__": "program", "__builtins__": __builtins__}
    sys.setrecursionlimit(CALLS)
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
    sys.setrecursionlimit(CALLS)
    reply(answers, ("ready",))
    while True:
        given = receive(asked)
        read_end, write_end = os.pipe()
        pid = os.fork()
        if pid == 0:
            feed = os.memfd_create("input")
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
