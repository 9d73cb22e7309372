"""The outside information in this example: a checker that computes the sum."""

import task

from openloop import signal
from openloop.records import Candidate


@signal(
    kind="hard",
    depends_on={"a program that adds"},
    accepts=[("012+345=", "0357"), ("999+999=", "1998")],
    rejects=[("012+345=", "0358"), ("012+345=", "357"), ("012+345=", "")],
)
def correct(candidate: Candidate) -> bool:
    """The completion is the sum, in four digits."""
    return task.correct(candidate.prompt, candidate.completion)
