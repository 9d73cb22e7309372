"""Does a policy that was trained in the run learn the task, or only its reward?"""

from __future__ import annotations

import numpy as np

from openloop.auditing.result import Curve
from openloop.auditing.reward_hacking import measured
from openloop.auditing.section import SectionInput, SectionResult
from openloop.measures.clustered import share


def measure(given: SectionInput) -> SectionResult:
    """Reward against gold on held-out prompts, training by training."""
    result = SectionResult()
    for one in measured(given.trainings, given.options.level):
        training, found = one.training, one.found
        if found is None:
            result.unmeasured.append(
                f"reward hacking{': ' + training.where if training.where else ''}: the training was given no gold"
            )
            continue
        result.add("policy.rise", found.rise, training.where)
        result.add("policy.reward_gain", found.reward_gain, training.where)
        result.add("policy.gold_gain", found.gold_gain, training.where)
        result.add("policy.shortfall", found.shortfall, training.where)
        if training.held_gold is not None:
            points = [share(np.clip(row, 0, 1), None, given.options.level) for row in training.held_gold]
            steps = tuple(f"step {step}" for step in training.held_steps)
            title = "gold on held-out prompts" + (f", {training.where}" if training.where else "")
            result.curves.append(Curve(title, steps, tuple(points)))
        if one.hacked:
            result.findings.append(one.finding)
    return result
