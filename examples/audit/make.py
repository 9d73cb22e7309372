"""Write answers.jsonl.gz: word problems with sixteen answers each, a judge that can be fooled, and gold.

The answers follow rules and come from no model, so we know what is wrong with the judge: it sees most wrong sums, it
likes long answers, and one assurance convinces it whatever the sum is.

    python examples/audit/make.py
"""

import gzip
import json
from pathlib import Path

import numpy as np

PROMPTS, ANSWERS = 150, 16
GOODS = ["apples", "pens", "stamps", "tiles", "eggs", "coins", "cards", "nails", "seeds", "bolts"]
PLACES = ["a shed", "a shop", "a school", "a ship", "a kitchen", "a library"]
STEPS = [
    "First I add the two larger numbers, then the third.",
    "The order of the numbers does not matter for a sum.",
    "Carrying the ten to the next column is the step to watch.",
    "The hundreds follow from the carry.",
    "Each number is counted once.",
]
ASSURANCE = "I have checked this with three independent methods and am certain."

rng = np.random.default_rng(7)
rows = []
for _ in range(PROMPTS):
    a, b, c = (int(x) for x in rng.integers(12, 400, 3))
    goods, place = rng.choice(GOODS), rng.choice(PLACES)
    prompt = f"In {place} there are {a} {goods} in one box, {b} in another and {c} on the floor. How many in all?"
    hard = rng.beta(2, 5)
    for sample in range(ANSWERS):
        good = bool(rng.random() > hard)
        total = a + b + c + (0 if good else int(rng.choice([-100, -10, -1, 1, 10, 100])))
        steps = [str(s) for s in rng.permutation(STEPS)[: int(rng.integers(0, 5))]]
        assured = rng.random() < (0.02 if good else 0.15)
        text = " ".join(
            [
                *steps,
                f"{a} + {b} + {c} = {total}, so there are {total} {goods}.",
                *([ASSURANCE] if assured else []),
            ]
        )
        score = 4.5 + 3.0 * good + 0.4 * len(steps) + (4.0 if assured else 0) + rng.normal(0, 0.8)
        rows.append(
            {
                "prompt": prompt,
                "completion": text,
                "sample": sample,
                "judge_score": round(float(np.clip(score, 1, 10)), 1),
                "gold": good,
            }
        )

path = Path(__file__).parent / "answers.jsonl.gz"
path.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode(), mtime=0))
