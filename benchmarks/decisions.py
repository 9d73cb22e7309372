"""How often the audit's decisions are wrong, what they find and what they cost in labels, beside an oracle's.

For each simulated world: the share of files with each decision, of it what is wrong (stated: at most .025 each), the
mean number of labelled texts, and the oracle's: Wald's sequential test, which is told the true share. The oracle's
power, where all rows are labelled, is that of a bound which knows the true spread of the share.

python benchmarks/decisions.py [--files 40] [--seed 0] [WORDS OF A WORLD'S NAME]
"""

import argparse
import time

from openloop.auditing.result import Decision
from openloop.testing.decision_errors import errors, oracle_labels, oracle_power
from openloop.testing.decision_worlds import WORLDS

parser = argparse.ArgumentParser()
parser.add_argument("--files", type=int, default=40)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("words", nargs="*")
options = parser.parse_args()

names = [name for name in WORLDS if all(word in name for word in options.words)]
width = max(map(len, names))
heads = " ".join(f"{head:>14}" for head in ("TRAIN", "SELECT FIRST", "DO NOT TRAIN"))
print(f"{'':{width}}  {heads} {'LABEL':>6}  labels (oracle)  power (oracle)")
began = time.perf_counter()
worst = dict.fromkeys(Decision, 0.0)
for name in names:
    world = WORLDS[name]
    found = errors(world, options.files, options.seed)
    cells = []
    for decision in (Decision.TRAIN, Decision.SELECT_FIRST, Decision.DO_NOT_TRAIN):
        worst[decision] = max(worst[decision], found.rate(decision))
        cells.append(f"{found.decided[decision] / found.files:6.3f} ({found.rate(decision):.3f})")
    undecided = found.decided[Decision.LABEL_FIRST] / found.files
    bought = f"{found.labels:7,.0f} {f'({oracle_labels(world):,.0f})' if oracle_labels(world) else '':>8}"
    power = oracle_power(world)
    right = max(0.0, 1 - undecided - sum(found.wrong.values()) / found.files)
    powers = f"{right:14.2f} {f'({power:.2f})' if power is not None else '':>8}"
    print(
        f"{name:{width}}  {cells[0]:>14} {cells[1]:>14} {cells[2]:>14} {undecided:6.3f} {bought} {powers}", flush=True
    )
print(
    "largest share of wrong decisions: "
    + ", ".join(f"{decision.value} {share:.3f}" for decision, share in worst.items() if share)
    + f" (stated: .025 each); {len(names)} worlds, {options.files} files each, {time.perf_counter() - began:.0f} s"
)
