"""A stand-in for a language model, so that the recipe runs offline. It works step by step and makes mistakes.

How often depends on the question: small numbers never go wrong, large ones mostly do.
"""

import random
import re

from openloop import models


def answer(prompt, seed):
    """Steps, and the result on a last line."""
    luck = random.Random(seed)
    a, b, c = map(int, re.findall(r"\d+", prompt)[:3])
    takes_away = any(word in prompt for word in ("broken", "gives", "pays"))
    slips = min(0.95, max(0.0, (a * b - 40) / 1500))
    product = a * b + (luck.choice([-10, -1, 1, 10, 100]) if luck.random() < slips else 0)
    result = product - c if takes_away else product + c
    start = luck.choice(["First multiply", "We multiply", "The groups come to"])
    sign = "-" if takes_away else "+"
    steps = f"{start}: {a} x {b} = {product}.\nThen {product} {sign} {c} = {result}."
    return steps if luck.random() < 0.04 else f"{steps}\n#### {result}"


teacher = models.function(answer, name="stand-in")
