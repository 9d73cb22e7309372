"""A stand-in for a language model, so that the recipe runs offline. It writes programs, some of them wrong.

How often one is right depends on the problem. One program in twenty tries to fool its tests instead.
"""

import random
import re

from answers import ANSWERS

from openloop import models

TRICKS = [
    "    import os\n    print('ok')\n    os._exit(0)\n",
    "    class Equal:\n        __eq__ = lambda *_: True\n    return Equal()\n",
]
"""Programs that pretend to pass."""


def answer(prompt, seed):
    """A body for the function that the prompt begins."""
    luck = random.Random(seed)
    share, (right, *wrong) = ANSWERS[re.search(r"def (\w+)", prompt)[1]]
    if luck.random() < 0.05:
        return luck.choice(TRICKS)
    return right if luck.random() < share else luck.choice(wrong)


teacher = models.function(answer, name="stand-in")
