"""A killed training goes on from its last whole checkpoint and ends where it would have ended, bit for bit on a CPU."""

from __future__ import annotations

import errno
import json
import random
import resource
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from openloop import training
from openloop.errors import DiskFullError, LossNotFinite, OutOfMemory
from openloop.records import Example, Pair
from openloop.training.checkpoint_folder import MANIFEST, CheckpointFolder
from openloop.training.settings import Checkpoints
from tests.support.small_models import make_model
from tests.training.forks import forked
from tests.training.small_trainings import SUMS, losses, small, trained

torch = pytest.importorskip("torch")
pytest.importorskip("trl")
KILLS = 10
PAIRS = [Pair(row.prompt, str(row.completion), f"{i}{i}") for i, row in enumerate(SUMS)]
OFTEN: Any = {"batch": 4, "steps": 8, "checkpoint_steps": 2, "lr": 1e-2}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Any:
    from trl import DPOTrainer, SFTTrainer  # once here, and not in every fork

    assert DPOTrainer and SFTTrainer
    return small(make_model(tmp_path_factory.mktemp("killed") / "model"))


def again(trainer: Any, model: Any, rows: Any, base: Path, told: Any = lambda _: None) -> Any:
    """One try of a training, in a fresh folder and over the checkpoints that are there."""
    shutil.rmtree(base / "weights", ignore_errors=True)
    return trained(trainer, model, rows, base, seed=7, report=told)


def whole_checkpoints(held: Path) -> list[Path]:
    return list(held.glob(f"*/{MANIFEST}"))


@pytest.mark.integration
@pytest.mark.parametrize(
    ("trainer", "rows"),
    [
        (training.sft(**OFTEN), SUMS),
        pytest.param(training.sft(**OFTEN, lora=2), SUMS, marks=pytest.mark.slow),
        pytest.param(training.sft(**OFTEN, packing=True, max_length=32), SUMS, marks=pytest.mark.slow),
        (training.dpo(**OFTEN), PAIRS),
        pytest.param(training.dpo(**OFTEN, lora=2, adapter="keep"), PAIRS, marks=pytest.mark.slow),
    ],
    ids=["sft", "sft lora", "sft packed", "dpo", "dpo lora"],
)
def test_killed_at_random_instants_it_ends_as_if_it_never_was(
    model: Any, tmp_path: Path, trainer: Any, rows: Any
) -> None:
    whole, seen = forked(lambda: again(trainer, model, rows, tmp_path / "whole"), tmp_path)
    assert seen["step"] == 8 and seen["write"] >= 10 and seen["rename"] == 3  # a manifest for steps 2, 4, 6
    rng = random.Random(3)
    base, kills, resumed = tmp_path / "killed often", 0, 0
    held = base / "checkpoints"
    held.mkdir(parents=True)
    while kills < KILLS or not whole_checkpoints(held):
        place = rng.choice(["step", "write", "rename"])
        resumed += bool(whole_checkpoints(held))
        ended = forked(lambda: again(trainer, model, rows, base), tmp_path, place, rng.randint(1, seen[place]))
        if ended is None:
            kills += 1
        else:  # it never came to the place: begin anew, so that there is something to kill
            shutil.rmtree(held)
            held.mkdir()
        assert len(whole_checkpoints(held)) <= 2
    assert resumed >= 3
    done, _ = forked(lambda: again(trainer, model, rows, base), tmp_path)
    assert done.revision == whole.revision
    assert (done.curve, done.metrics, done.facts) == (whole.curve, whole.metrics, whole.facts)


def test_it_goes_on_and_does_not_begin_anew(model: Any, tmp_path: Path) -> None:
    trainer = training.sft(**OFTEN)
    assert forked(lambda: again(trainer, model, SUMS, tmp_path), tmp_path, "step", 7) is None
    told: list[Any] = []
    again(trainer, model, SUMS, tmp_path, told.append)
    assert [said["step"] for said in told] == [7, 8]
    assert 0 < told[0]["seconds_left"] < 60 and told[-1]["seconds_left"] == 0
    one_row = 8  # at most so many tokens
    assert told[0]["tokens_per_second"] * (told[0]["seconds_left"]) <= 4 * one_row * 1.01


def test_a_checkpoint_that_is_not_whole_is_passed_over(model: Any, tmp_path: Path) -> None:
    trainer = training.sft(**OFTEN)
    whole = again(trainer, model, SUMS, tmp_path / "whole")
    (tmp_path / "held").mkdir()
    assert (
        forked(
            lambda: trained(trainer, model, SUMS, tmp_path / "w", seed=7, checkpoints=tmp_path / "held"),
            tmp_path,
            "step",
            7,
        )
        is None
    )
    names = sorted(file.name for file in (tmp_path / "held" / "checkpoint-6").iterdir() if file.name != MANIFEST)
    assert {"optimizer.pt", "model.safetensors", "rng_state.pth", "trainer_state.json"} <= set(names)

    def first_step(number: int, harm: Callable[[Path], None]) -> float:
        base = tmp_path / f"harmed {number}"
        shutil.copytree(tmp_path / "held", base / "checkpoints")
        harm(base / "checkpoints" / "checkpoint-6")
        told: list[Any] = []
        if number < 3:  # the others only look
            assert again(trainer, model, SUMS, base, told.append).revision == whole.revision
            return float(told[0]["step"]) - 1
        newest = CheckpointFolder(base / "checkpoints").newest()
        return -1 if newest is None else float(newest.name.rpartition("-")[2])

    def half(file: Path) -> None:
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])

    assert first_step(0, lambda _: None) == 6
    assert first_step(1, lambda folder: half(folder / "optimizer.pt")) == 4
    assert first_step(2, lambda folder: (folder / MANIFEST).write_text("{}")) == 4
    for number, name in enumerate(names, 3):
        assert first_step(number, lambda folder, name=name: half(folder / name)) == 4, name  # type: ignore[misc]
        assert first_step(100 + number, lambda folder, name=name: (folder / name).unlink()) == 4, name  # type: ignore[misc]
    for number, text in enumerate(["", "[1]", '{"nothing.pt": "0"}'], 300):
        assert first_step(number, lambda folder, text=text: (folder / MANIFEST).write_text(text)) == 4  # type: ignore[misc]


def test_what_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    for name in ("checkpoint-12", "checkpoint-final", "elsewhere", "checkpoint-"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("x")
    held = CheckpointFolder(tmp_path)
    assert held.newest() is None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["checkpoint-", "checkpoint-final", "elsewhere"]
    (tmp_path / "checkpoint-3").mkdir()
    (tmp_path / "checkpoint-3" / "file").write_text("x")
    held.seal(3)
    assert held.newest() == tmp_path / "checkpoint-3"
    assert list(json.loads((tmp_path / "checkpoint-3" / MANIFEST).read_text())) == ["file"]


def test_checkpoints_by_minutes(model: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that goes on by a minute whenever it is read."""
    import itertools

    from openloop.training import watch

    minutes = itertools.count()
    monkeypatch.setattr(watch.time, "monotonic", lambda: 60.0 * next(minutes))
    sealed: list[int] = []
    monkeypatch.setattr(CheckpointFolder, "seal", lambda self, step: sealed.append(step))
    trainer = training.sft(steps=8, batch=4, checkpoint_minutes=3.5)
    again(trainer, model, SUMS, tmp_path)
    assert 1 < len(sealed) < 7 and 8 not in sealed
    never = replace(trainer, settings=replace(trainer.settings, checkpoints=Checkpoints(minutes=1e9)))
    sealed.clear()
    again(never, model, SUMS, tmp_path / "never")
    assert sealed == []


def test_how_often_it_is_saved_does_not_name_it(model: Any, tmp_path: Path) -> None:
    from openloop.identity import fingerprint

    assert fingerprint(training.sft(checkpoint_steps=3)) == fingerprint(training.sft(checkpoint_minutes=1))
    often, never = training.sft(**OFTEN), training.sft(**{**OFTEN, "checkpoint_steps": None})
    made = [again(trainer, model, SUMS, tmp_path / str(i)).revision for i, trainer in enumerate((often, never))]
    assert made[0] == made[1]


# ---- what ends a training -------------------------------------------------------------------------------------


def test_a_full_disk_in_the_middle_of_a_checkpoint(model: Any, tmp_path: Path, full_disk: Path) -> None:
    trainer = training.sft(**OFTEN)
    whole = again(trainer, model, SUMS, tmp_path / "whole")
    one = sum(file.stat().st_size for file in model.folder.iterdir())
    held = full_disk / "checkpoints"
    held.mkdir()
    (full_disk / "ballast").write_bytes(bytes((40 << 20) - int(6.5 * one)))
    with pytest.raises(
        DiskFullError, match=r"the disk that holds .*checkpoints is full.*free some space and run"
    ) as full:
        trained(trainer, model, SUMS, tmp_path / "full", seed=7, checkpoints=held)
    assert len(str(full.value).splitlines()) == 1
    assert list(held.glob(f"*/{MANIFEST}")), "the first checkpoint fits"
    (full_disk / "ballast").unlink()
    told: list[Any] = []
    done = trained(trainer, model, SUMS, tmp_path / "done", seed=7, checkpoints=held, report=told.append)
    assert done.revision == whole.revision and told[0]["step"] > 1


@pytest.mark.parametrize("what", ["optimizer.pt", "model.safetensors", "trainer_state.json"])
def test_a_full_disk_by_whatever_library_writes(
    model: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Each library says it in words of its own: a limit on the size of a file, where a mount is not allowed."""

    def limited() -> None:
        most = {"optimizer.pt": 200_000, "model.safetensors": 50_000, "trainer_state.json": 100}[what]
        if what == "trainer_state.json":
            from transformers import TrainerState

            def full(*_: Any) -> None:
                raise OSError(errno.ENOSPC, "No space left on device")

            monkeypatch.setattr(TrainerState, "save_to_json", full)
        else:
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        try:
            again(training.sft(**OFTEN), model, SUMS, tmp_path)
        finally:
            _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
            resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))

    with pytest.raises(DiskFullError, match="free some space"):
        forked_with_limits(limited, tmp_path)


def forked_with_limits(work: Callable[[], Any], base: Path) -> Any:
    """As :func:`forked`, the answer carried by a pipe: a limit on files would cut it."""
    import os
    import pickle

    reads, writes = os.pipe()
    number = os.fork()
    if number == 0:
        try:
            done: Any = work()
        except BaseException as error:
            done = error
        os.write(writes, pickle.dumps(done))
        os._exit(0)
    os.close(writes)
    with os.fdopen(reads, "rb") as stream:
        found = pickle.loads(stream.read())
    os.waitpid(number, 0)
    if isinstance(found, BaseException):
        raise found
    return found


def test_a_loss_that_is_no_number_ends_it(model: Any, tmp_path: Path) -> None:
    with pytest.raises(
        LossNotFinite, match=r"(loss|norm of the gradient) became (nan|inf) at step \d+. Lower lr"
    ) as ended:
        again(training.sft(steps=20, lr=1e30, warmup=0.0), model, SUMS, tmp_path)
    assert ended.value.finding == "loss-not-finite"


def test_weights_that_are_no_numbers_end_it(model: Any, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    shutil.copytree(model.folder, tmp_path / "model")
    weights = load_file(tmp_path / "model" / "model.safetensors")
    weights["lm_head.weight"][0, 0] = float("inf")
    save_file(weights, tmp_path / "model" / "model.safetensors", {"format": "pt"})
    with pytest.raises(LossNotFinite, match="at step 1"):
        again(training.sft(steps=2), small(tmp_path / "model"), SUMS, tmp_path)


def test_a_batch_that_needs_more_memory_than_there_is(tmp_path: Path) -> None:
    model = small(make_model(tmp_path / "model", max_position_embeddings=100_000))
    rows = [Example("a" * 5_000, "b")] * 64

    def limited() -> None:
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + (200 << 20), -1))
        again(training.sft(steps=1, batch=64), model, rows, tmp_path)

    with pytest.raises(OutOfMemory, match=r"more memory than there is, with batch=64. Lower batch") as ended:
        forked_with_limits(limited, tmp_path)
    assert ended.value.finding == "out-of-memory"


def test_losses_are_those_of_the_curve(model: Any, tmp_path: Path) -> None:
    made = again(training.sft(**OFTEN), model, SUMS, tmp_path)
    assert len(losses(made)) == 8 == len(made.curve)
