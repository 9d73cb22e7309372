"""Stand-ins for two language models, so that the recipe runs offline. One answers, the other judges.

The judge sees the right answer and mostly follows it. It also likes long answers, is inconsistent, and prefers the
answer that is shown first. The audit should find all three.
"""

import math
import random
import re

from openloop import models

PADDING = [
    "This takes a moment's thought.",
    "Let us be careful and go step by step.",
    "Many people get this wrong, so it is worth writing everything down.",
    "As always with such questions, the units decide.",
]


def answer(prompt, seed):
    """The result on a last line, sometimes wrong, with more or less padding around it."""
    luck = random.Random(seed)
    size, a, b = map(int, re.findall(r"\d+", prompt))
    right = a * size + b
    said = right if luck.random() < 0.6 else right + luck.choice([-size, size, -1, 1, 10])
    talk = " ".join(luck.sample(PADDING, luck.randint(0, len(PADDING))))
    return f"{talk} {a} x {size} = {a * size}, and {b} more.".strip() + f"\n#### {said}"


def judge(question, seed):
    """A rating, or the better of two answers, as the question asks."""
    luck = random.Random(f"{seed} {question}")
    said = re.findall(r"<text-\w+>\n(.*?)\n</text-\w+>", question, re.DOTALL)[1:]
    reference, answers = said[0], said[1:]
    scores = [score(text, reference) for text in answers]
    if len(answers) == 1:
        rating = round(min(10, max(1, scores[0] + luck.gauss(0, 1.1))))
        return "" if luck.random() < 0.01 else f"It holds up in part.\n[[{rating}]]"
    lead = scores[0] - scores[1] + 0.8 + luck.gauss(0, 1)
    return "[[tie]]" if abs(lead) < 0.4 else "[[A]]" if lead > 0 else "[[B]]"


def score(text, reference):
    """What the judge thinks of an answer, before noise."""
    right = text.rpartition("####")[2].strip() == reference
    return (7.3 if right else 5.5) + 0.8 * math.log2(len(text) / 80)


teacher = models.function(answer, name="teacher")
judging = models.function(judge, name="judge")
