"""GRPO through TRL: what a policy is asked, what it is paid, what is recorded, and what is refused."""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from openloop import models, signals, training
from openloop.data.tables import CandidateRows
from openloop.errors import InputError, NothingScored, OutOfMemory
from openloop.records import Artifact, Prompt
from openloop.testing import check_trainer
from openloop.training.grpo import Grpo
from openloop.training.rollouts import RolloutFolder, candidates_in, verdicts_in
from tests.support.killed_policy import letters as careless
from tests.support.small_models import make_model
from tests.support.toy_signals import made

pytestmark = pytest.mark.filterwarnings("ignore")

TABLE = {0: 1.0, 1: 0.0, 2: None, 3: 0.5}
by_index = made(lambda c: TABLE[c.index], name="by_index", version="1")
last_unknown = made(lambda c: None if c.index == 3 else 1.0, name="last_unknown", version="1")
letters = made(
    lambda c: sum(map(str.isalpha, _said(c))) / max(1, len(_said(c))), name="letters", accept_at=0.5, version="1"
)


def _said(candidate: Any) -> str:
    said = candidate.completion
    return said if isinstance(said, str) else str(said[-1]["content"])


PROMPTS = [Prompt(f"p{i}", f"say {i}", {"answer": str(i)}) for i in range(12)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("policy"))


@dataclass(frozen=True)
class Trained:
    """What one training gave, and what it told."""

    artifact: Artifact
    rollouts: RolloutFolder
    told: list[dict[str, float]]
    folder: Path

    def of(self, part: Any, column: str) -> dict[int, list[Any]]:
        """A column by step."""
        return {step: table.column(column).to_pylist() for step, table in self.rollouts.steps(part)}


Train = Callable[..., Trained]


@pytest.fixture
def train(tmp_path: Path, folder: Path) -> Train:
    def run(
        trainer: Grpo, prompts: Sequence[Prompt] = PROMPTS, *, chat: Any = False, again: bool = False, seed: int = 3
    ) -> Trained:
        made, checkpoints, told = tmp_path / "made", tmp_path / "checkpoints", []
        shutil.rmtree(made, ignore_errors=True)
        if not again:
            shutil.rmtree(checkpoints, ignore_errors=True)
        made.mkdir()
        checkpoints.mkdir(exist_ok=True)
        model = models.transformers(str(folder), chat=chat, threads=1)
        artifact = trainer.train(
            model, prompts, seed=seed, folder=made, checkpoints=checkpoints, report=lambda said: told.append(dict(said))
        )
        return Trained(artifact, RolloutFolder.below(made), told, made)

    return run


def small(reward: Any = letters, **options: Any) -> Grpo:
    given = {"k": 4, "batch": 8, "accumulate": 1, "steps": 2, "max_tokens": 5, "held_out": 0, "lr": 3e-3}
    return training.grpo(signals=reward, **(given | options))


def test_advantages_with_an_unscored_rollout_are_those_of_the_others(train: Train) -> None:
    """By hand: 1, 0 and .5 have mean .5 and deviation .5; TRL adds 1e-4 to that. Unscored: 0."""
    alone = train(small(by_index, steps=1))
    (advantages,), (rewards,) = (alone.of("train", name).values() for name in ("advantage", "reward"))
    assert rewards == [1.0, 0.0, None, 0.5] * 2
    assert advantages == pytest.approx([0.5 / 0.5001, -0.5 / 0.5001, 0.0, 0.0] * 2, abs=1e-6)
    # Beside a second signal that knows two of them: 2 and 1 have mean 1.5 and deviation √½.
    both = train(small({"a": by_index, "b": last_unknown}, steps=1))
    (advantages,), (rewards,) = (both.of("train", name).values() for name in ("advantage", "reward"))
    assert rewards == [2.0, 1.0, None, None] * 2
    assert advantages == pytest.approx([0.5 / (0.5**0.5 + 1e-4), -0.5 / (0.5**0.5 + 1e-4), 0.0, 0.0] * 2, abs=1e-6)


def test_a_group_with_one_scored_rollout_and_an_unscored_step_move_nothing(train: Train) -> None:
    only = made(lambda c: 1.0 if c.index == 0 else None, name="only", version="1")
    one = train(small(only, steps=1))
    assert one.of("train", "advantage")[1] == [0.0] * 8
    assert one.artifact.curve[0]["unscored"] == 0.75
    nothing = made(lambda _: 1 / 0, name="nothing", version="1")
    with pytest.raises(NothingScored, match=r"not one of the 8 answers of step 1 .* nothing: error \(ZeroDivision"):
        train(small(nothing))


@pytest.mark.parametrize("chat", [False, True, "plain"])
@pytest.mark.parametrize("messages", [False, True])
def test_a_policy_is_asked_what_it_is_sampled_with(train: Train, folder: Path, chat: Any, messages: bool) -> None:
    """Or :func:`require_same_prompts` refuses the first batch; and answers are read as a sampled model's are."""
    prompts = PROMPTS
    if messages:
        turns = [{"role": "system", "content": "Be"}, {"role": "user", "content": "say"}]
        prompts = [Prompt(p.id, [*turns, {"role": "user", "content": p.content}], p.row) for p in PROMPTS]  # type: ignore[list-item]
    done = train(small(steps=1), prompts, chat=chat)
    ((_, table),) = done.rollouts.steps("train")
    for candidate in CandidateRows.of(candidates_in(table)):
        assert isinstance(candidate.completion, str) != messages
        assert candidate.finish == ("length" if candidate.n_tokens == 5 else "stop") or candidate.n_tokens == 5


def test_prompts_that_would_be_asked_otherwise_are_refused(train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    from openloop.models.transformers.model import TransformersModel

    monkeypatch.setattr(TransformersModel, "asked", lambda _, prompt: f"{prompt}!")
    with pytest.raises(InputError, match=r"TRL would ask .*!' where '.*' is sampled with"):
        train(small())


def test_every_rollout_is_recorded_with_its_prompt_its_step_and_what_was_said(train: Train, folder: Path) -> None:
    done = train(small({"letters": letters, "known": by_index}, gold=letters, steps=4, held_out=4, check_every=2))
    steps = dict(done.rollouts.steps("train"))
    assert sorted(steps) == [1, 2, 3, 4]
    start = models.transformers(str(folder)).revision
    for step, table in steps.items():
        rows = list(CandidateRows.of(candidates_in(table)))
        assert [row.index for row in rows] == [0, 1, 2, 3] * 2 and len({row.id for row in rows}) == 8
        assert {row.row[name] for row in rows for name in ["step"]} == {step} and {row.seed for row in rows} == {3}
        assert {row.revision for row in rows} == {f"{start}+{step - 1}" if step > 1 else start}
        assert all(row.row["answer"] == str(row.prompt).removeprefix("say ") for row in rows)
        said = verdicts_in(table, "letters").column("value").to_pylist()
        assert said == [letters.function(row) for row in rows], "the verdict on this very answer"
    held = dict(done.rollouts.steps("held_out"))
    assert sorted(held) == [0, 2, 4] and all(table.num_rows == 4 for table in held.values())
    aside = {row for table in held.values() for row in table.column("prompt_id").to_pylist()}
    assert len(aside) == 4 and not aside & {
        p for table in steps.values() for p in table.column("prompt_id").to_pylist()
    }
    golden = verdicts_in(held[4], "gold").column("value").to_pylist()
    curve = {int(row["step"]): row for row in done.artifact.curve}
    assert curve[4]["held_out"] == sum(value >= 0.5 for value in golden) / 4
    assert set(curve) == {0, 1, 2, 3, 4} and "reward" in curve[1] and "held_out" not in curve[1]
    assert done.artifact.facts["rollouts"] == 32 and done.artifact.facts["rollouts_unscored"] == 8
    assert [told["held_out"] for told in done.told if "held_out" in told] == [curve[s]["held_out"] for s in (0, 2, 4)]


def test_held_out_checks_are_greedy_and_do_not_change_the_training(train: Train, folder: Path) -> None:
    rare = train(small(gold=careless, held_out=4, check_every=100, steps=4))
    often = train(small(gold=careless, held_out=4, check_every=1, steps=4))
    assert rare.artifact.revision == often.artifact.revision
    assert rare.of("train", "completion") == often.of("train", "completion")
    sampled = models.transformers(str(folder), threads=1)
    first = dict(often.rollouts.steps("held_out"))[0]
    prompts = [Prompt(row.prompt_id, row.prompt) for row in CandidateRows.of(candidates_in(first))]
    from openloop.records import Sampling

    answers = sampled.sample(prompts, 1, Sampling(temperature=0.0, max_tokens=5))
    assert [answer.content for (answer,) in answers] == first.column("completion").to_pylist()


def test_prompts_take_turns_and_the_seed_decides_their_order(train: Train) -> None:
    def order(seed: int) -> list[str]:
        done = train(small(steps=6), seed=seed)
        return [prompt for step in done.of("train", "prompt_id").values() for prompt in step[::4]]

    first = order(1)
    assert set(Counter(first).values()) == {1} and order(1) == first and order(2) != first


def test_a_length_penalty_is_paid_by_accepted_answers_once_accuracy_is_stable(train: Train) -> None:
    always = made(lambda c: float(c.index % 2 == 0), name="always", accept_at=1.0, version="1")
    options = {"held_out": 4, "check_every": 2, "stable_for": 2, "steps": 5, "length_penalty": 0.5}
    done = train(small(always, gold=always, **options))  # held-out answers are accepted, all of them
    assert done.artifact.facts["length_penalty_from"] == 2
    assert [row["length_penalty"] for row in done.artifact.curve if "reward" in row] == [0, 0, 1, 1, 1]
    curve = {int(row["step"]): row["reward"] for row in done.artifact.curve if "reward" in row}
    for step, table in done.rollouts.steps("train"):
        tokens = table.column("n_tokens").to_pylist()
        assert table.column("reward").to_pylist() == [1.0, 0.0] * 4, "as it was before the penalty"
        paid = [1 - 0.5 * n / 5 if i % 2 == 0 else 0.0 for i, n in enumerate(tokens)]
        assert curve[step] == pytest.approx(sum(paid) / 8 if step > 2 else 0.5)
    never = train(small(always, gold=made(lambda _: 0.0, name="never", version="1"), **options))
    assert never.artifact.facts["length_penalty_from"] is None
    assert {row["reward"] for row in never.artifact.curve if "reward" in row} == {0.5}


def test_the_divergence_is_from_the_model_that_it_began_with(train: Train) -> None:
    full = train(small(beta=0.1, steps=2))
    assert full.artifact.curve[0]["kl"] == pytest.approx(0.0, abs=1e-6) and full.artifact.curve[1]["kl"] >= 0
    adapter = train(small(beta=0.1, steps=2, lora=4, adapter="keep"))
    assert adapter.artifact.curve[0]["kl"] == pytest.approx(0.0, abs=1e-6)
    assert not list(adapter.folder.rglob("ref")), "TRL's copy of the start is no part of what was made"


def test_it_keeps_the_contract_of_trainers(folder: Path) -> None:
    model = models.transformers(str(folder), threads=1)
    options: dict[str, Any] = {"held_out": 4, "gold": careless, "checkpoint_steps": 1}
    check_trainer(small(careless, steps=2, **options), model, PROMPTS)  # type: ignore[arg-type]


def test_what_goes_wrong_inside_trl_has_its_name(train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> Any:
        raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")

    monkeypatch.setattr(sys.modules[Grpo.__module__], "policy_trainer", full)
    with pytest.raises(OutOfMemory, match="with batch=8. Lower batch"):
        train(small())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"k": 1}, "k=1: at least 2"),
        ({"temperature": 0.0}, "temperature must be above 0"),
        ({"batch": 10, "k": 4}, "10 rows a step, which is no multiple of k=4"),
        ({"tokens": 1000, "steps": None}, "say steps or epochs"),
        ({"too_long": "truncate"}, "would change what is asked"),
        ({"trl": {"num_iterations": 2}}, r"trl\.num_iterations cannot be set"),
        ({"held_out": -1}, "held_out must be at least 0"),
        ({"max_tokens": 0}, "max_tokens must be at least 1"),
        ({"beta": -1.0}, "beta must be at least 0"),
        ({"stepz": 3}, "no option 'stepz'"),
    ],
)
def test_what_cannot_be_is_refused_when_it_is_made(options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        small(**options)


def test_what_the_prompts_do_not_allow_is_refused_before_anything_is_sampled(train: Train, folder: Path) -> None:
    model = models.transformers(str(folder))
    long = [*PROMPTS, Prompt("long", "x" * 300)]
    for trainer, prompts, said in (
        (small(), [], "0 different prompts are too few"),
        (small(held_out=11), PROMPTS, "12 different prompts are too few: 11 are held out, and a step asks 2 others"),
        (small(), long, "1 of 13 prompts are longer than 251 tokens"),
        (small(signals.exact("solution")), PROMPTS, "reads the column 'solution', which the prompts do not have"),
        (small(gold=signals.exact("solution")), PROMPTS, "signal 'gold' reads the column 'solution'"),
        (small(), [Prompt("a", "b", {"step": 1})], "a column 'step'"),
        (small(max_tokens=256), PROMPTS, "max_tokens=256 leaves no room"),
    ):
        with pytest.raises(InputError, match=said):
            train(trainer, prompts)
    assert small(too_long="drop").check(model, long) == [
        "grpo: 2 of 12 prompts a step, 4 answers each; 0 prompts are held out"
    ]
    with pytest.raises(InputError, match="needs signals"):
        training.grpo().check(model)
    with pytest.raises(InputError, match="has no network in a folder"):
        small().check(models.simulated())


def test_a_recipe_completes_what_a_trainer_was_not_given() -> None:
    bare = training.grpo()
    assert bare.completed({"a": letters}, letters).signals == {"a": letters}
    full = training.grpo(signals={"own": letters}, gold=by_index)
    assert full.completed({"a": by_index}, letters) == full
