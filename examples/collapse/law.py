"""Compare the diversity of a closed loop with the law E H_t = H_0 (1 - 1/n)^t.

python examples/collapse/law.py [run directory] [arm]
"""

import json
import sys
from pathlib import Path

import numpy as np

from openloop.measures.intervals import mean
from openloop.recipe import read_recipe
from openloop.recipe.execute import execute
from openloop.run.store import Store
from openloop.theory.recursion import closed_diversity, effective_rows

HERE = Path(__file__).parent


def diversities(directory: Path, arm: str, seed: int) -> list[float]:
    """1 - Σp² of the model itself, generator first, then after each round."""
    store = Store.read(directory)
    values = [1 - 1 / 20]
    for placed in store.journal.steps():
        if (placed.step.arm, placed.step.seed, placed.kind) == (arm, seed, "train"):
            table = json.loads((store.root / "models" / placed.fingerprint / "table.json").read_text())
            values.append(1 - sum(p * p for p in table.values()))
    return values


def main(directory: Path, arm: str) -> None:
    """Run the recipe (or reuse its results), then print law and observation side by side."""
    recipe = read_recipe(HERE / "recipe.yaml").with_arms([arm])
    execute(recipe, directory)
    n = recipe.train_rows or 0
    observed = np.array([diversities(directory, arm, seed) for seed in recipe.seeds])
    law = closed_diversity(observed[0, 0], n, recipe.rounds)
    print(f"{arm}: {n} rows a round, {len(recipe.seeds)} seeds; H = 1 - Σp² of the model\n")
    print("round   law    observed [95 % over seeds]   inside")
    inside = []
    for t in range(recipe.rounds + 1):
        e = mean(observed[:, t])
        inside.append(e.low <= law[t] <= e.high)
        if t and t % 5 == 0:
            bar, answer = "█" * round(30 * e.value), "yes" if inside[-1] else "no"
            print(f"{t:>5}  {law[t]:.3f}  {e.value:.3f} [{e.low:.3f}, {e.high:.3f}]  {answer:<5} {bar}")
    print(f"\nthe law is inside the interval in {sum(inside[1:])} of {recipe.rounds} rounds")
    rows = effective_rows(observed.mean(0))
    print(f"rows per round that would lose diversity at the observed rate: {rows:.1f} (used: {n})")


if __name__ == "__main__":
    arguments = sys.argv[1:] + ["runs/collapse", "closed"][len(sys.argv) - 1 :]
    main(Path(arguments[0]), arguments[1])
