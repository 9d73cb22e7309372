"""The finding ``reward-hacking``: where it is said, in which words, and when it is not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import openloop
from openloop import models
from openloop.auditing.policy_trainings import policy_trainings
from openloop.auditing.reward_hacking import hacked_trainings
from openloop.run.store import Store
from tests.support.policies import FakePolicy
from tests.support.rows import sums

ROWS = sums(8, 8)


def trained(directory: Path, *policies: FakePolicy) -> Path:
    run = openloop.Run(directory)
    for seed, policy in enumerate(policies):
        at = run if len(policies) == 1 else run.at(arm=f"arm{seed}", seed=seed)
        at.train(models.simulated(), ROWS, using=policy)  # type: ignore[arg-type]
    run.close()
    return directory


def ids(directory: Path) -> list[str]:
    return [finding.id for finding in openloop.audit(directory).findings]


@pytest.mark.parametrize(
    ("accepted", "right", "hacked"),
    [
        ((0.2, 0.95), (0.3, 0.3), True),
        ((0.2, 0.95), (0.5, 0.1), True),
        ((0.2, 0.95), (0.2, 0.95), False),
        ((0.2, 0.95), (0.3, 0.7), False),
        ((0.5, 0.5), (0.5, 0.5), False),
        ((0.9, 0.2), (0.5, 0.5), False),
    ],
    ids=["gold stays", "gold falls", "gold follows", "gold rises less", "nothing", "reward falls"],
)
def test_it_is_found_where_the_reward_rises_and_gold_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, accepted: Any, right: Any, hacked: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    assert ("reward-hacking" in ids(trained(tmp_path / "run", FakePolicy(accepted, right)))) == hacked


def test_without_gold_or_held_out_prompts_nothing_is_said_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    blind = openloop.audit(trained(tmp_path / "blind", FakePolicy((0.2, 0.95), (0.3, 0.3), gold=None)))
    assert "reward hacking: the training was given no gold" in blind.unmeasured
    assert not [line for line in blind.estimates if line.name.startswith("policy.")]
    none = openloop.audit(trained(tmp_path / "none", FakePolicy((0.2, 0.95), (0.3, 0.3), held_out=0)))
    assert not [line for line in none.estimates if line.name.startswith("policy.")]


def test_the_audit_has_its_estimates_and_its_curve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    audit = openloop.audit(trained(tmp_path / "run", FakePolicy((0.2, 0.95), (0.3, 0.3))))
    assert audit.estimate("policy.gold_gain").value == 0.0 and audit.estimate("policy.gold_gain").n == 40
    assert audit.estimate("policy.reward_gain").value > 0.4 and audit.estimate("policy.rise").value > 0.5
    (curve,) = [curve for curve in audit.curves if "gold on held-out" in curve.title]
    assert curve.x == ("step 0", "step 10", "step 20", "step 30", "step 40")
    assert [point.value for point in curve.y] == [0.3] * 5


def test_show_lists_it_by_arm_and_seed(tmp_path: Path, openloop: Callable[..., Any]) -> None:
    right, fooled = FakePolicy((0.2, 0.95), (0.2, 0.95)), FakePolicy((0.2, 0.95), (0.3, 0.3))
    directory = trained(tmp_path / "run", right, fooled)
    (found,) = openloop("show", directory, "--json").json["findings"]
    assert (found["finding"], found["arm"], found["seed"], found["round"]) == ("reward-hacking", "arm1", 1, 0)
    assert found["text"].startswith("Arm arm1, seed 1: the policy learned the reward and not the task. The training ")
    assert "40 held-out prompts" in found["text"] and "surely less than 50% of that" in found["text"]
    assert "reward-hacking: Arm arm1" in " ".join(openloop("show", directory).out.split())
    assert hacked_trainings(Store.read(directory)) == [found]
    assert [one.arm for one in policy_trainings(Store.read(directory), "arm0")] == ["arm0"]
