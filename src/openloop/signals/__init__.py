"""Signals: what judges candidates. Each is one file with its own probes; a function becomes one by
``@openloop.signal``.
"""

from openloop.signals.code import code
from openloop.signals.combine import combine
from openloop.signals.consensus import consensus
from openloop.signals.constraints import constraints
from openloop.signals.exact import exact
from openloop.signals.format import format
from openloop.signals.human import human
from openloop.signals.likelihood import likelihood
from openloop.signals.math import math
from openloop.signals.reference import reference
from openloop.signals.reward import as_reward, from_reward
from openloop.signals.rubric import rubric
from openloop.signals.simulated import simulated
from openloop.signals.steps import step_verdict

__all__ = [
    "as_reward",
    "code",
    "combine",
    "consensus",
    "constraints",
    "exact",
    "format",
    "from_reward",
    "human",
    "likelihood",
    "math",
    "reference",
    "rubric",
    "simulated",
    "step_verdict",
]
