"""What a policy answered, as it is written and read back."""

from __future__ import annotations

from pathlib import Path

from openloop.data.tables import CandidateRows, candidate_table
from openloop.records import Completion, Outcome, Prompt, Verdict
from openloop.training.rollouts import Part, RolloutFolder, candidates_in, verdicts_in


def write(folder: RolloutFolder, part: Part, step: int) -> None:
    table = candidate_table(
        [Prompt("a", "2+2=", {"answer": "4", "step": step})],
        [[Completion("4"), Completion("five")]],
        [[1, 1]],
        stem=f"{part}-{step}",
        model="m",
        revision="r",
        round=0,
    )
    said = [Verdict(1.0, reason="right"), Verdict(None, Outcome.ERROR, "broken", {"a": 0.5}, "detail")]
    folder.write(part, step, table, [1.0, None], {"a.b": said, "b": said[::-1]}, [0.5, 0.0])


def test_candidates_and_verdicts_come_back_as_they_were(tmp_path: Path) -> None:
    folder = RolloutFolder.below(tmp_path)
    write(folder, "train", 3)
    ((step, table),) = folder.steps("train")
    assert step == 3
    first, second = CandidateRows.of(candidates_in(table))
    assert (first.completion, second.completion, first.row) == ("4", "five", {"answer": "4", "step": 3})
    assert candidates_in(table).column("reward").to_pylist() == [1.0, None]
    assert verdicts_in(table, "a.b").column("outcome").to_pylist() == ["scored", "error"]
    assert verdicts_in(table, "b").to_pylist()[0] == verdicts_in(table, "a.b").to_pylist()[1] | {"id": "train-3-0"}


def test_steps_come_in_order_and_what_follows_a_checkpoint_is_forgotten(tmp_path: Path) -> None:
    folder = RolloutFolder.below(tmp_path)
    for step in (10, 2, 100, 0):
        write(folder, "held_out", step)
        write(folder, "train", step)
    assert [step for step, _ in folder.steps("train")] == [0, 2, 10, 100]
    folder.forget_after(10)
    assert [step for step, _ in folder.steps("train")] == [step for step, _ in folder.steps("held_out")] == [0, 2, 10]
    folder.forget_after(-1)
    assert list(folder.steps("train")) == []
    RolloutFolder.below(tmp_path / "nothing").forget_after(0)
