"""When an effect is a finding."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import openloop.auditing
from openloop.auditing.finding_level import TESTED, direction, finding_level, weight_of
from openloop.auditing.options import Options
from openloop.records import Estimate


def between(low: float | None, high: float | None) -> Estimate:
    return Estimate(0.0, low, high, 0.95, 100)


def test_the_error_of_a_file_is_shared() -> None:
    assert len(TESTED) * (1 - finding_level(Options(level=0.9))) == pytest.approx(0.1)


def test_every_section_that_tests_has_its_part_of_the_error() -> None:
    """What tests at the findings' level is counted: a new finding that is not fails here."""
    here = Path(openloop.auditing.__file__).parent
    others = {
        "judge-prefers-position",  # of pairs, and of gold that is a score
        "orders-disagree",
        "identical-pairs",
        "contradictory-pairs",
        "source-wins-by-length",
        "verdict-against-gold",
        "verdict-unrelated-to-gold",
        "verdict-ranks-models",
        "duplicates",  # counted, or decided otherwise
        "torn-labels",
        "stratum-below-target",
        "verdict-adds-nothing",
    }
    written = set()
    for path in [*here.glob("*.py"), *here.glob("sections/*.py")]:
        text = path.read_text(encoding="utf-8")
        if "finding_level(" in text and path.name != "finding_level.py":
            written |= set(re.findall(r'Finding\(\s*"([a-z]+(?:-[a-z]+)*)"', text))
            written |= set(re.findall(r'^[A-Z_]+ = "([a-z]+(?:-[a-z]+)+)"', text, re.M))
    assert written - others <= set(TESTED)
    assert set(TESTED) - written == {"reward-hacking"}  # named in reward_hacking.py


@pytest.mark.parametrize(
    ("shown", "surely", "found"),
    [
        ((0.06, 0.2), (0.01, 0.25), 1),
        ((0.04, 0.2), (0.01, 0.25), 0),  # may be too small to matter
        ((0.06, 0.2), (-0.01, 0.25), 0),  # may be chance
        ((-0.2, -0.06), (-0.25, -0.01), -1),
        ((-0.2, -0.04), (-0.25, -0.01), 0),
        ((None, 0.2), (0.01, 0.25), 0),
        ((0.06, 0.2), (None, None), 0),
    ],
)
def test_a_finding_is_sure_and_matters(
    shown: tuple[float | None, float], surely: tuple[float | None, float | None], found: int
) -> None:
    assert direction(between(*shown), between(*surely), worth=0.05) == found
    turned = [between(*(None if end is None else 0.5 - end for end in ends[::-1])) for ends in (shown, surely)]
    assert direction(*turned, worth=0.05, none=0.5) == -found


def test_weights_go_by_size() -> None:
    assert [weight_of(effect, 0.2, 0.8) for effect in (0.0, -0.05, 0.1, 0.2, 3.0)] == [0, 0.2, 0.4, 0.8, 0.8]
