"""Functions that only this process knows: as in a notebook."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

NOTEBOOK = """
    import logging, linecache, sys
    logging.basicConfig(level=logging.WARNING)
    import openloop
    from openloop import models

    def cell(number, source):
        name = f"<cell {number}>"
        linecache.cache[name] = (len(source), None, source.splitlines(True), name)
        exec(compile(source, name, "exec"), globals())

    run = openloop.Run(sys.argv[1], workers=1)
    rows = [{"prompt": f"{i}+{i}=", "answer": str(2 * i)} for i in range(50)]
    pool = run.sample(models.simulated(), rows)
    source = "@openloop.signal\\ndef short(candidate):\\n    return int(candidate.completion) < limit\\n"
    for number, limit in enumerate([10, 10, 20]):
        cell(number, source)
        done = len(run.store.finished())
        print(run.score(pool, short).rows().values.sum(), len(run.store.finished()) - done)
    run.close()
"""


def test_a_function_of_a_notebook_runs_here_is_said_and_is_known_by_its_source_and_globals(
    tmp_path: Path,
) -> None:
    script = dedent(NOTEBOOK)
    done = subprocess.run(
        [sys.executable, "-", str(tmp_path / "run")], input=script, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    (first, new), (second, again), (third, changed) = (line.split() for line in done.stdout.splitlines())
    assert (new, again, changed) == ("1", "0", "1")
    assert float(first) == float(second) < float(third)
    assert "it runs in this process" in done.stderr
