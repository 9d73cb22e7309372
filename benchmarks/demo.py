"""How long the demo takes (`make demo`, once everything is installed), beside the same loop without openloop.

Limit: 180 s on two quiet cores. The loop without openloop works on one core, on the demo's arms and one of its seeds.

python benchmarks/demo.py
"""

import tempfile
from pathlib import Path

import yaml

from measure import ROOT, cost, verdict

RECIPE = ROOT / "examples/addition/recipe.yaml"
SEEDS = len(yaml.safe_load(RECIPE.read_text())["seeds"])
MINIMAL = f"""
import sys
sys.path.insert(0, {str(ROOT / "examples")!r})
import minimal_loop
minimal_loop.run(0)
"""

with tempfile.TemporaryDirectory() as folder:
    demo = cost("-m", "openloop", "run", RECIPE, "--dir", Path(folder) / "run", "--json")
alone = cost("-c", MINIMAL)
print(f"CPU of the demo over {SEEDS} times that of the loop without openloop: {demo.cpu / (SEEDS * alone.cpu):.2f}")
verdict("the demo", demo.wall, 180, " s")
