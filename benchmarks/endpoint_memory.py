"""Memory of 100,000 candidates over HTTP: at most 1 GiB, with short completions and with long ones.

A word such as w12345 is two tokens or more: 25 and 250 words are 50 and 500 tokens at least.

python benchmarks/endpoint_memory.py [candidates]
"""

import subprocess
import sys
import tempfile

from measure import cost, verdict

SERVER = """
import sys
from openloop.testing import FaultyServer
def some_words(n):  # all different, so that no selector takes them for repetition
    return lambda prompt, seed: " ".join([f"w{(seed + 7919 * i) % 99_991}" for i in range(n)])
with FaultyServer(answer=some_words(250 if sys.argv[1] == "long" else 25)) as server:
    print(server.url, flush=True)
    sys.stdin.read()
"""
OPENLOOP = """
import sys, openloop
from openloop import models, selection
run = openloop.Run(sys.argv[1])
rows = [{"prompt": f"question {i} of a length that prompts may have"} for i in range(int(sys.argv[3]) // 4)]
pool = run.sample(models.endpoint(url=sys.argv[2], model="m"), rows, k=4)
kept = run.select(pool, None, selection.repetition(), selection.per_prompt(2))
run.export(kept, "trl", overwrite=True)
run.close()
"""

n = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
for length in ("short", "long"):
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen(
            [sys.executable, "-c", SERVER, length], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        url = server.stdout.readline().strip()
        spent = cost("-c", OPENLOOP, f"{folder}/run", url, n)
        again = cost("-c", OPENLOOP, f"{folder}/run", url, n)
        server.stdin.close()
        server.wait()
    print(f"{n:,} candidates, {length} completions: {spent.wall:.0f} s, again {again.wall:.1f} s")
    verdict("largest resident memory", spent.peak, 1024, " MiB")
