"""What durability costs: the addition loop through openloop over the same loop in examples/minimal_loop.py.

CPU time of whole processes, one thread each, interleaved pairs. Limit: upper bound of the ratio 1.05.

python benchmarks/loop_overhead.py [pairs]
"""

import sys
import tempfile

from measure import ROOT, cost, median_interval, verdict

ARMS = ["verified"]

LIBRARY = f"""
import sys
from pathlib import Path
from openloop.recipe.execute import execute
from openloop.recipe import read_recipe
recipe = read_recipe({str(ROOT / "examples/addition/recipe.yaml")!r}, ["seeds=[0]", "workers=0", "rounds=2"])
execute(recipe.with_arms({ARMS}), Path(sys.argv[1]))
"""
MINIMAL = f"""
import sys
sys.path.insert(0, {str(ROOT / "examples")!r})
import minimal_loop
minimal_loop.ROUNDS = 2
minimal_loop.run(0, {ARMS})
"""

pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 7
ratios = []
for number in range(pairs):
    with tempfile.TemporaryDirectory() as folder:
        runs = {"library": ("-c", LIBRARY, folder), "minimal": ("-c", MINIMAL)}
        order = list(runs) if number % 2 else list(runs)[::-1]
        taken = {name: cost(*runs[name]) for name in order}
    ratios.append(taken["library"].cpu / taken["minimal"].cpu)
    print(
        f"pair {number + 1}: library {taken['library'].cpu:.2f} s, minimal {taken['minimal'].cpu:.2f} s, "
        f"ratio {ratios[-1]:.3f}",
        flush=True,
    )
middle, low, high = median_interval(ratios)
print(f"median ratio {middle:.3f} [{low:.3f}, {high:.3f}] over {pairs} pairs")
verdict("library / minimal, upper bound", high, 1.05)
