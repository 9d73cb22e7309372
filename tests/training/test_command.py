"""A trainer that is a program of one's own: what it is given, what it must leave, and how it ends."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from openloop import models, training
from openloop.errors import InputError, TrainingEnded
from openloop.identity import fingerprint
from openloop.records import Pair
from openloop.testing import check_trainer
from tests.support.processes import HANG
from tests.support.small_models import make_model
from tests.training.small_trainings import SUMS, small, trained

pytest.importorskip("torch")
PROGRAM = Path(__file__).parent / "trainer_program.py"
WORDS = ("--data", "{data}", "--model", "{model}", "--out", "{out}", "--seed", "{seed}")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return small(make_model(tmp_path_factory.mktemp("command") / "model"))


def program(*more: str, path: Path = PROGRAM, **options: Any) -> Any:
    return training.command([sys.executable, str(path), *WORDS, *more], **options)


def test_it_keeps_the_contract(model: Any) -> None:
    check_trainer(program(), model, SUMS)


def test_it_is_given_rows_a_seed_and_folders(model: Any, tmp_path: Path) -> None:
    made = trained(program(), model, SUMS, tmp_path, seed=12)
    said = (tmp_path / "weights" / "command.log").read_text()
    assert said == 'rows 20 first {"completion": "0", "prompt": "0+0="} seed 12\n'
    assert made.facts == {"rows": 20, "said": said.strip()}
    loaded = model.load(tmp_path / "weights")
    assert loaded.revision == made.revision != model.revision
    assert loaded.tokenizer().get_vocab() == model.tokenizer().get_vocab()  # ours, since it wrote none


def test_pairs_and_other_formats(model: Any, tmp_path: Path) -> None:
    pairs = program(format="dpo")
    assert pairs.learns_from == "pairs" and program().learns_from == "examples"
    made = trained(pairs, model, [Pair("a", "b", "c"), Pair("a", "d", "e")], tmp_path / "pairs")
    assert 'rows 2 first {"chosen": "b", "prompt": "a", "rejected": "c"}' in made.facts["said"]
    made = trained(program(format="messages"), model, SUMS[:1], tmp_path / "messages")
    assert '{"messages": [{"content": "0+0=", "role": "user"}' in made.facts["said"]
    with pytest.raises(InputError, match="did you mean 'dpo'"):
        program(format="dpos")


@pytest.mark.parametrize(
    ("do", "said"),
    [
        ("fails", "ended with status 3. Its last words:\n(line .*\n)+line 99"),
        ("nothing", r"left no config.json in {out}: it is empty"),
        ("cut", "model.safetensors is not whole"),
        ("half", "is no whole model: .* lacks .* of the weights that its config.json names"),
        ("other shapes", "is no whole model: .* cannot be loaded"),
        ("no numbers", "hold NaN or infinity"),
        ("broken config", "is no whole model"),
        ("broken index", "model.safetensors.index.json in {out} is no index of weights"),
        ("other tokens", "gives other numbers to 2 of .* tokens, such as"),
    ],
)
def test_what_goes_wrong_ends_the_training(model: Any, tmp_path: Path, do: str, said: str) -> None:
    with pytest.raises(TrainingEnded, match=said) as ended:
        trained(program("--do", do), model, SUMS, tmp_path)
    assert ended.value.finding == ("loss-not-finite" if do == "no numbers" else "training-failed")
    assert len(str(ended.value).splitlines()) <= 14
    assert (tmp_path / "checkpoints" / "command.log").exists()


def test_links_to_files_elsewhere_become_files(model: Any, tmp_path: Path) -> None:
    made = trained(program("--do", "links"), model, SUMS, tmp_path)
    assert made.revision == model.revision
    assert not any(path.is_symlink() for path in (tmp_path / "weights").iterdir())


def test_what_it_started_ends_with_it_when_it_takes_too_long(model: Any, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    with pytest.raises(TrainingEnded, match=r"longer than seconds=2 and was ended"):
        trained(program("--do", "hangs", "--mark", str(mark), seconds=2), model, SUMS, tmp_path / "out")
    for number in map(int, mark.read_text().split() if mark.exists() else ()):  # a busy machine may not get so far
        wait_for_the_end_of(number)


@pytest.mark.integration
def test_it_ends_with_the_run(model: Any, tmp_path: Path) -> None:
    mark, code = tmp_path / "mark", (
        "import sys, pathlib\n"
        "from tests.training.test_command import SUMS, program, small, trained\n"
        "folder, base, mark = sys.argv[1:]\n"
        "trained(program('--do', 'hangs', '--mark', mark), small(pathlib.Path(folder)), SUMS, pathlib.Path(base))\n"
    )  # fmt: skip
    words = [sys.executable, "-c", code, str(model.folder), str(tmp_path / "out"), str(mark)]
    process = subprocess.Popen(words, cwd=Path(__file__).parent.parent.parent)
    until = time.monotonic() + HANG
    while not mark.exists() or not mark.read_text():
        assert time.monotonic() < until and process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    for number in map(int, mark.read_text().split()):
        wait_for_the_end_of(number)


def wait_for_the_end_of(number: int) -> None:
    until = time.monotonic() + HANG
    while time.monotonic() < until:
        try:
            os.kill(number, 0)
        except ProcessLookupError:
            return
        if Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            return
        time.sleep(0.05)
    raise AssertionError(f"process {number} is still there")


# ---- what names it --------------------------------------------------------------------------------------------


def test_its_words_and_the_content_of_files_name_it_and_no_path(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for place in (one, two):
        place.mkdir()
        shutil.copyfile(PROGRAM, place / "train.py")
        (place / "run.sh").write_text("#!/bin/sh\n")
        (place / "settings.yaml").write_text("lr: 1\n")
    words = ("python", "train.py", "--config=settings.yaml", *WORDS)

    def name(base: Path, *arguments: str) -> str:
        return fingerprint(training.command(arguments or words, base=base))

    assert name(one) == name(two)
    assert fingerprint(program(path=one / "train.py")) == fingerprint(program(path=two / "train.py"))
    assert name(one, "/usr/bin/python", *words[1:]) == name(one)  # the machine's program, wherever it is
    assert name(one, "./run.sh", *WORDS) == name(two, "./run.sh", *WORDS)
    before = name(one), name(one, "./run.sh", *WORDS), fingerprint(program(path=one / "train.py"))
    for file in ("settings.yaml", "run.sh", "train.py"):
        (one / file).write_text((one / file).read_text() + "\n")
    after = name(one), name(one, "./run.sh", *WORDS), fingerprint(program(path=one / "train.py"))
    assert all(a != b for a, b in zip(before, after, strict=True))
    assert name(two, *words, "--more") != name(two)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "needs a list of words"),
        ("train.py {data} {out}", "needs a list of words"),
        (["python", "{data}"], r"no word holds \{out\}"),
        (["python", "{dataa}", "{out}"], r"unknown placeholder \{dataa\}; did you mean 'data'"),
        (["python", "{data}", "{out}", "{"], "Braces of its own are doubled"),
        (["python", "{data:5}", "{out}"], "a name in braces and nothing more"),
    ],
)
def test_words_that_cannot_be_are_refused(words: Sequence[str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        training.command(words)


def test_a_missing_program_and_a_model_without_a_folder_are_refused_before_anything(model: Any) -> None:
    with pytest.raises(InputError, match="'no-such-program' is no program that can be started here"):
        training.command(["no-such-program", "{data}", "{out}"]).check(model)
    with pytest.raises(InputError, match="has no weights in a folder"):
        program().check(models.simulated())
    with pytest.raises(InputError, match="seconds must be above 0"):
        program(seconds=0)
    program().check(model)
