"""Local tasks of lm-eval: paths relative to the YAML, and everything that decides their result."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from openloop.errors import InputError
from openloop.evaluation.task_files import is_file, read_task
from tests.support.benchmarks import CHOICE, pick_rows, write_task


def changed(path: Path, text: str) -> None:
    path.write_text(path.read_text() + text)


def test_data_are_found_beside_the_yaml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_task(tmp_path / "tasks", CHOICE, pick_rows(3))
    monkeypatch.chdir("/")
    task = read_task(path)
    assert task.name == "pick"
    assert task.config["dataset_kwargs"]["data_files"] == {"test": str(tmp_path / "tasks/pick.jsonl")}
    assert task.files == [path, tmp_path / "tasks/pick.jsonl"]


@pytest.mark.parametrize(
    ("said", "files"),
    [
        ("pick.jsonl", ["pick.jsonl"]),
        (["pick.jsonl", "more.jsonl"], ["pick.jsonl", "more.jsonl"]),
        ({"test": "*.jsonl"}, ["more.jsonl", "pick.jsonl"]),
        ("https://example.org/a.jsonl", []),
        ("hf://datasets/a/b.jsonl", []),
    ],
)
def test_every_way_to_name_data(tmp_path: Path, said: Any, files: list[str]) -> None:
    path = write_task(tmp_path, CHOICE, pick_rows(3), dataset_kwargs={"data_files": said})
    (tmp_path / "more.jsonl").write_text("")
    task = read_task(path)
    assert [file.name for file in task.files[1:]] == files
    if not files:
        assert task.config["dataset_kwargs"]["data_files"] == said


def test_a_task_without_a_row_is_refused_before_it_is_run(tmp_path: Path) -> None:
    path = write_task(tmp_path, CHOICE, [])
    with pytest.raises(InputError, match=r"pick.jsonl: is empty. Task pick.yaml needs at least one row"):
        read_task(path)


def test_a_folder_of_data_is_all_its_files(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/a.jsonl").write_text("{}\n")
    path = write_task(tmp_path, CHOICE, pick_rows(1), dataset_kwargs={"data_dir": "data"})
    assert [file.name for file in read_task(path).files[1:]] == ["a.jsonl"]


@pytest.mark.parametrize("what", ["pick.yaml", "pick.jsonl", "base.yaml", "utils.py"])
def test_a_change_in_any_file_changes_the_digests(tmp_path: Path, what: str) -> None:
    path = write_task(tmp_path, CHOICE, pick_rows(3), include="base.yaml")
    changed(path, "process_docs: !function utils.process\n")
    (tmp_path / "base.yaml").write_text("num_fewshot: 2\n")
    (tmp_path / "utils.py").write_text("def process(data):\n    return data\n")
    before = read_task(path)
    assert before.config["num_fewshot"] == 2 and before.loaded()["process_docs"]([1]) == [1]
    named = before.digests()
    assert len(named) == 4 and read_task(path).digests() == named
    changed(tmp_path / what, "\n")
    assert read_task(path).digests() != named


def test_where_the_files_lie_changes_nothing(tmp_path: Path) -> None:
    one, other = (read_task(write_task(tmp_path / name, CHOICE, pick_rows(3))) for name in ("a", "b"))
    assert one.digests() == other.digests()


def test_an_included_file_names_paths_of_its_own(tmp_path: Path) -> None:
    write_task(tmp_path / "shared", CHOICE, pick_rows(3))
    (tmp_path / "mine.yaml").write_text("include: shared/pick.yaml\ntask: mine\n")
    task = read_task(tmp_path / "mine.yaml")
    assert task.name == "mine" and task.files[-1] == tmp_path / "shared/pick.jsonl"


def test_a_group_holds_tasks_of_its_own_and_registered_ones(tmp_path: Path) -> None:
    path = write_task(tmp_path, CHOICE, pick_rows(3))
    path.write_text(
        "group: both\ntask:\n- {task: a, dataset_path: json, dataset_kwargs: {data_files: pick.jsonl}}\n- gsm8k\n"
    )
    task = read_task(path)
    assert (task.name, task.members, task.files[1:]) == ("both", ["gsm8k"], [tmp_path / "pick.jsonl"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [", "not valid YAML"),
        ("- a", "is no task of lm-eval, but a list"),
        ("output_type: multiple_choice", "neither `task: NAME` nor `group: NAME`"),
        ("include: nowhere.yaml\ntask: a", "nowhere.yaml: cannot be read: No such file"),
        ("include: bad.yaml\ntask: a", "includes itself"),
        ("task: a\nprocess_docs: !function process", "write the module too"),
    ],
)
def test_what_is_no_task_says_so(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "bad.yaml").write_text(text)
    with pytest.raises(InputError, match=said):
        read_task(tmp_path / "bad.yaml")


def test_data_that_are_missing_are_named(tmp_path: Path) -> None:
    path = write_task(tmp_path, CHOICE, pick_rows(3))
    (tmp_path / "pick.jsonl").unlink()
    with pytest.raises(InputError, match=r"pick\.jsonl: cannot be read: No such file .* Task pick\.yaml needs it"):
        read_task(path).digests()


def test_a_file_and_a_name_are_told_apart() -> None:
    assert is_file("tasks/mine.yaml") and is_file("mine.yml") and not is_file("gsm8k")
