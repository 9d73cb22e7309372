"""openloop beside what people use instead: CPU of sampling and scoring, replies lost at a kill, sandboxes. One table.

Every peer is installed into an environment of its own (pip, by package name) under --folder, and kept there for the
next time. All ask the same local server (quick_server.py), in turn, repeatedly; medians are printed. What cannot be
installed, or fails, is named with the reason.

python benchmarks/peers.py --peers openai,bespokelabs-curator --requests 2000 --repeats 3
"""

import argparse
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager, suppress
from pathlib import Path

import peer_programs as programs
import peer_scoring
from measure import ROOT, folder_on_disk

PEERS = {
    "openai": ("openai", programs.OPENAI),
    "bespokelabs-curator": ("bespokelabs-curator", programs.CURATOR),
    "data-designer": ("data-designer", programs.DATA_DESIGNER),
    "verifiers": ("verifiers<0.4 datasets", programs.VERIFIERS),  # 0.4 has no environment of one turn any more
    "distilabel": ("distilabel[openai] requests", programs.DISTILABEL),
    "inspect_ai": ("inspect_ai openai", programs.INSPECT),
}
"""Name → what pip installs, and the program."""
FEW = 64
"""Requests of the run whose cost, imports and start, is taken off."""
IN_A_ROW = 20
"""Sandboxes of one way before another has its turn: the next one may start while one runs."""
LONGEST = 300.0
"""Seconds of one program."""


@contextmanager
def server(seconds, places):
    words = [sys.executable, str(Path(__file__).with_name("quick_server.py")), str(seconds), str(places)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    try:
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()


def counts(url):
    """How many requests a server has answered, and how many of them differ."""
    return json.load(urllib.request.urlopen(url))


def environment(folder, name, packages):
    """The interpreter that has a peer, and why there is none."""
    home = folder / name
    python, ready = home / "bin" / "python", home / "installed"
    if not ready.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", home], check=True)
        asked = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages.split()]
        done = subprocess.run(asked, capture_output=True, text=True, check=False)
        if done.returncode:
            return None, (done.stderr.strip().splitlines() or ["pip failed"])[-1][:160]
        ready.touch()
    return python, ""


def started(python, program, url, n, folder):
    """A program in a session of its own, so that what it starts can be ended with it."""
    (folder / "program.py").write_text(program)
    words = [python, folder / "program.py", url, str(n), folder]
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    if python == sys.executable:
        inherited["PYTHONPATH"] = str(ROOT / "src")
    with (folder / "output").open("w") as output:
        return subprocess.Popen(
            words, stdout=output, stderr=output, stdin=subprocess.DEVNULL, cwd=folder, env=inherited,
            start_new_session=True,
        )  # fmt: skip


def end(process):
    """Kill a program and all that it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def cpu(python, program, url, n):
    """CPU seconds of one whole program and of what it started; RuntimeError when it did not ask all n questions."""
    with folder_on_disk() as made:
        folder, before = Path(made), counts(url)["answered"]
        process = started(python, program, url, n, folder)
        until = time.monotonic() + LONGEST
        while True:
            pid, status, used = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() > until:
                end(process)
                raise RuntimeError(f"not done after {LONGEST:g} s")
            time.sleep(0.02)
        process.returncode = os.waitstatus_to_exitcode(status)
        asked = counts(url)["answered"] - before
        if status or asked < n:
            said = (folder / "output").read_text(errors="replace").strip().splitlines() or ["it said nothing"]
            raise RuntimeError(f"status {process.returncode}, {asked} of {n} requests: {said[-1][:120]}")
        return used.ru_utime + used.ru_stime


def asked_again(python, program, n, seed):
    """Kill it between a third and two thirds of its replies, run it again: requests answered twice."""
    with folder_on_disk() as made, server(0.05, 128) as url:
        folder = Path(made)
        process = started(python, program, url, n, folder)
        at, until = n * random.Random(seed).uniform(1 / 3, 2 / 3), time.monotonic() + LONGEST
        while counts(url)["answered"] < at:
            if process.poll() is not None or time.monotonic() > until:
                end(process)
                raise RuntimeError("it ended before it could be killed")
            time.sleep(0.002)
        end(process)
        try:
            started(python, program, url, n, folder).wait(LONGEST)
        except subprocess.TimeoutExpired:
            raise RuntimeError("not done after the kill") from None
        found = counts(url)
        return found["answered"] - found["distinct"]


def sandboxes(repeats):
    """Milliseconds of wall time for one program and its tests, one after the other."""
    from openloop.sandbox import bubblewrap
    from openloop.sandbox.base import Limits
    from openloop.sandbox.inside import wire

    if why := bubblewrap.Bubblewrap().missing():
        print(f"sandboxes: {why}")
        return
    program, tests = "def f(x):\n    return sorted(x)\n", "for n in range(20):\n    assert f([2, 1]) == [1, 2]\n"
    filtered = bubblewrap._filter_file()
    parts = ((program, Limits().inside(), "calls"), (tests, "f"))
    message = b"".join(wire.framed(wire.encode(part)) for part in parts)

    def bare():
        *words, python, isolated, siteless, _ = bubblewrap._command(Limits())
        files = [os.open(filtered, os.O_RDONLY)] if filtered else []
        words += ["--seccomp", str(files[0])] if files else []
        asked = [*words, python, isolated, siteless, "-c", program + tests]
        subprocess.run(asked, check=True, capture_output=True, env={}, pass_fds=files)
        for file in files:
            os.close(file)

    ways = {
        "openloop, judge and child": lambda: bubblewrap.Bubblewrap().run(message, Limits()),
        "bare bubblewrap, same profile, program and tests together": bare,
        "plain subprocess, no protection": lambda: subprocess.run(
            [bubblewrap._python(), "-I", "-S", "-c", program + tests], check=True, capture_output=True
        ),
    }
    took = {name: [] for name in ways}
    for number in range(repeats + 1):
        for name, way in ways.items():
            bubblewrap._spare.clear()  # what openloop starts ahead must not run in the time of another
            way()
            began = time.perf_counter()
            for _ in range(IN_A_ROW):
                way()
            if number:  # the first compiles
                took[name].append(1000 * (time.perf_counter() - began) / IN_A_ROW)
    mine = statistics.median(took["openloop, judge and child"])
    for name, values in took.items():
        middle = statistics.median(values)
        print(f"{name:<60} {middle:8.1f} ms a program   openloop takes {mine / middle:.2f} of it")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", default=",".join(PEERS), help=f"of {', '.join(PEERS)}; empty: none")
    parser.add_argument("--folder", type=Path, help="environments are made and kept here (default: a temporary one)")
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--kills", type=int, default=3, help="of each library that keeps replies; 0: none")
    options = parser.parse_args()
    wanted = [name for name in options.peers.split(",") if name]
    if strange := set(wanted) - PEERS.keys():
        parser.error(f"no peer {', '.join(sorted(strange))}; there are {', '.join(PEERS)}")
    if options.requests <= FEW or options.repeats < 1:
        parser.error(f"--requests must be above {FEW}, and --repeats at least 1")
    with tempfile.TemporaryDirectory() as temporary:
        compare((options.folder or Path(temporary)).resolve(), wanted, options)
    sandboxes(options.repeats)


def compare(folder, wanted, options):
    able, why = {"openloop": (sys.executable, programs.OPENLOOP)}, {}
    for name in wanted:
        packages, program = PEERS[name]
        print(f"installing {name} ...", file=sys.stderr, flush=True)
        python, reason = environment(folder, name, packages)
        if python is None:
            why[name] = f"cannot be installed: {reason}"
        else:
            able[name] = (python, program)
    spent = {name: [] for name in able}
    with server(0.02, 64) as url:
        for number in range(options.repeats + 1):
            for name, (python, program) in able.items():
                if name in why:
                    continue
                try:
                    start = cpu(python, program, url, FEW)
                    if not number:  # the first compiles what it imports
                        continue
                    whole = cpu(python, program, url, options.requests)
                    spent[name].append(1000 * (whole - start) / (options.requests - FEW))
                except RuntimeError as error:
                    why[name] = f"fails: {error}"
    again = {}
    for name in ("openloop", "bespokelabs-curator"):
        if name in able and name not in why and options.kills:
            python, program = able[name]
            try:
                again[name] = [asked_again(python, program, options.requests, seed) for seed in range(options.kills)]
            except RuntimeError as error:
                again[name] = str(error)
    pythons = {name: python for name, (python, _) in able.items()}
    if wanted:
        pythons["math-verify"] = sys.executable
    scoring = peer_scoring.table(pythons, options.repeats)
    mine = statistics.median(spent["openloop"] or [float("nan")])
    print(
        f"{'':<20} {'sampling, ms CPU':>16} {'of openloop':>12} {'exact, µs CPU':>14} {'math, µs CPU':>13}"
        "   answered again after a kill"
    )
    for name in ("openloop", *wanted, *(["math-verify"] if wanted else [])):
        middle = statistics.median(spent.get(name) or [float("nan")])
        sampling = f"{middle:16.3f} {middle / mine:11.1f}x" if spent.get(name) and name not in why else f"{'-':>29}"
        exact, math = (cell(scoring.get((name, what))) for what in peer_scoring.SIZES)
        failed = [f"{what}: {said}" for (who, what), said in scoring.items() if who == name and isinstance(said, str)]
        told = "; ".join([*filter(None, [why.get(name), str(again.get(name) or "")]), *failed])
        print(f"{name:<20} {sampling} {exact:>14} {math:>13}   {told}")
    print("- : it has none, or what stands at the end of its line; sampling by the request, scoring by the row")


def cell(found):
    """Of a table: a figure, or a dash where a library does no such thing or failed."""
    return f"{found:,.1f}" if isinstance(found, float) else "-"


if __name__ == "__main__":
    main()
