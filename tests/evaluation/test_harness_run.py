"""lm-eval's numbers on a small random model equal what is computed directly."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from openloop import models
from openloop.errors import InputError
from openloop.evaluation import harness
from openloop.evaluation.benchmark import BenchmarkItems, benchmark_estimates
from openloop.evaluation.harness_run import run_harness
from openloop.records import Prompt, Sampling
from tests.support.benchmarks import CHOICE, WRITE, pick_rows, write_task
from tests.support.small_models import make_model

pytest.importorskip("lm_eval")
torch = pytest.importorskip("torch")
N = 50


@pytest.fixture(scope="module")
def student(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = make_model(tmp_path_factory.mktemp("small"), seed=4)
    return models.transformers(str(folder), batch=8, device="cpu", threads=1)


def numbers(items: BenchmarkItems) -> dict[str, float]:
    return {one.name: one.estimate.value for one in benchmark_estimates(items)}


def test_choices_are_those_of_the_likelihoods(student: Any, tmp_path: Path) -> None:
    """The log-likelihood of a continuation is that of it and the end token less that of the end token after it."""
    rows = pick_rows(N)
    write_task(tmp_path, CHOICE, rows)
    found = run_harness(student, harness("pick.yaml", base=tmp_path))
    questions = [row["question"] for row in rows for _ in row["choices"]]
    choices = [choice for row in rows for choice in row["choices"]]
    whole = student.logprobs(questions, choices)
    ends = student.logprobs([q + c for q, c in zip(questions, choices, strict=True)], [""] * len(choices))
    nats = (np.array(whole) - np.array(ends)).reshape(N, 3)
    lengths = np.array([len(choice) for choice in choices]).reshape(N, 3)
    labels = np.array([row["label"] for row in rows])
    acc, norm = (nats.argmax(1) == labels), ((nats / lengths).argmax(1) == labels)
    assert numbers(found) == {"pick acc": pytest.approx(acc.mean()), "pick acc_norm": pytest.approx(norm.mean())}
    assert found.tasks[0].metrics["acc"].tolist() == acc.astype(float).tolist()
    assert 0 < acc.mean() < 1 and acc.tolist() != norm.tolist()  # it could have come out otherwise
    turned = [row | {"label": int(best)} for row, best in zip(rows, nats.argmax(1), strict=True)]
    write_task(tmp_path, CHOICE, turned)
    assert numbers(run_harness(student, harness("pick.yaml", base=tmp_path)))["pick acc"] == 1.0


def greedy(student: Any, questions: list[str]) -> list[str]:
    prompts = [Prompt(question, question) for question in questions]
    drawn = student.sample(prompts, 1, Sampling(temperature=0.0, max_tokens=6))
    return [one.content.partition("\n")[0] for (one,) in drawn]


def test_written_answers_are_the_greedy_ones(student: Any, tmp_path: Path) -> None:
    """Also of a folder that recommends a repetition penalty and sampling, which this model's does."""
    questions = [f"{i}*{i}" for i in range(N)]
    said = greedy(student, questions)
    rows = [
        {"question": question, "answer": answer if i % 3 else "wrong"}
        for i, (question, answer) in enumerate(zip(questions, said, strict=True))
    ]
    write_task(tmp_path, WRITE, rows)
    found = run_harness(student, harness("write.yaml", base=tmp_path))
    assert found.tasks[0].texts["question"] == questions
    right = [float(answer == row["answer"]) for answer, row in zip(said, rows, strict=True)]
    assert found.tasks[0].metrics["exact_match"].tolist() == right
    assert numbers(found) == {"write exact_match": pytest.approx(33 / 50)}
    (mine,) = benchmark_estimates(found)
    assert mine.reported.value == mine.estimate.value and mine.reported.stderr is not None


def test_limit_few_shot_and_template_change_what_is_asked(student: Any, tmp_path: Path) -> None:
    write_task(tmp_path, CHOICE, pick_rows(8), fewshot_split="test")

    def asked(**options: Any) -> list[str]:
        return list(run_harness(student, harness("pick.yaml", base=tmp_path, **options)).tasks[0].texts["question"])

    plain = asked(limit=3)
    assert plain == [row["question"] for row in pick_rows(3)]
    shot = asked(limit=3, few_shot=1)
    assert all(len(more) > len(one) and more.endswith(one) for more, one in zip(shot, plain, strict=True))
    assert asked(limit=3, few_shot=1) == shot  # drawn by the seed
    assert asked(limit=1, chat_template=True) == [f"<user>{plain[0]}<end><assistant>"]


def test_the_process_is_left_as_it_was(student: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write_task(tmp_path, CHOICE, pick_rows(3))
    random.seed(5), np.random.seed(5), torch.manual_seed(5)
    expected = random.random(), np.random.rand(), torch.rand(1).item()
    random.seed(5), np.random.seed(5), torch.manual_seed(5)
    folder, threads = Path.cwd(), torch.get_num_threads()
    capfd.readouterr()
    run_harness(student, harness("pick.yaml", base=tmp_path))
    assert capfd.readouterr() == ("", "")
    assert (random.random(), np.random.rand(), torch.rand(1).item()) == expected
    assert (Path.cwd(), torch.get_num_threads()) == (folder, threads)


def test_a_changed_data_file_is_read_again(student: Any, tmp_path: Path) -> None:
    for n in (3, 5):
        write_task(tmp_path, CHOICE, pick_rows(n))
        assert run_harness(student, harness("pick.yaml", base=tmp_path)).sizes() == {"pick": n}


def test_data_that_change_after_the_plan_are_refused(student: Any, tmp_path: Path) -> None:
    write_task(tmp_path, CHOICE, pick_rows(3))
    bench = harness("pick.yaml", base=tmp_path)
    _ = bench.fingerprint
    write_task(tmp_path, CHOICE, pick_rows(5))
    with pytest.raises(InputError, match=r"a file of pick\.yaml changed after the run was planned"):
        run_harness(student, bench)


def test_a_group_of_local_tasks(student: Any, tmp_path: Path) -> None:
    write_task(tmp_path, CHOICE, pick_rows(6))
    write_task(tmp_path, WRITE, [{"question": "1", "answer": "2"}])
    both = [{**CHOICE, "task": "one"}, {**CHOICE, "task": "two"}]
    group = {"group": "both", "task": both, "aggregate_metric_list": [{"metric": "acc", "weight_by_size": True}]}
    (tmp_path / "both.yaml").write_text(yaml.safe_dump(group))
    found = run_harness(student, harness("write.yaml", "both.yaml", base=tmp_path))
    names = list(numbers(found))
    assert names[:2] == ["write exact_match", "both acc"] and "both::one acc" in names
    assert numbers(found)["both acc"] == numbers(found)["both::one acc"]


def test_a_tokenizer_without_a_padding_token_pads_with_its_end(student: Any, tmp_path: Path) -> None:
    assert student.tokenizer().pad_token is None
    write_task(tmp_path, WRITE, [{"question": "1" * n, "answer": "2"} for n in range(1, 6)])
    assert run_harness(student, harness("write.yaml", base=tmp_path)).sizes() == {"write": 5}


def test_items_that_do_not_fit_are_counted(student: Any, tmp_path: Path) -> None:
    """The context is 256 characters; a written answer takes 6 of them."""
    long = [{"question": "1" * n, "answer": "2"} for n in (250, 251, 300)]
    write_task(tmp_path, WRITE, long)
    assert run_harness(student, harness("write.yaml", base=tmp_path)).cut == 2
    write_task(tmp_path, CHOICE, [row | {"question": "x" * n} for row, n in zip(pick_rows(2), (9, 300), strict=True)])
    assert run_harness(student, harness("pick.yaml", base=tmp_path)).cut == 1
    assert run_harness(student, harness("pick.yaml", base=tmp_path, limit=1)).cut == 0


def test_answers_longer_than_the_context_are_refused(student: Any, tmp_path: Path) -> None:
    write_task(
        tmp_path, WRITE, [{"question": "1", "answer": "2"}], generation_kwargs={"until": [], "max_gen_toks": 999}
    )
    with pytest.raises(InputError, match=r"max tokens to generate \(999\) must be less"):
        run_harness(student, harness("write.yaml", base=tmp_path))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"test_split": "nowhere"}, "task 'pick.yaml' cannot be loaded: KeyError"),
        (
            {"dataset_path": "nobody/nothing", "dataset_kwargs": {}},
            "not in the local cache, and the Hugging Face hub does not give them",
        ),
    ],
)
def test_a_task_that_cannot_be_loaded_says_why(
    student: Any, tmp_path: Path, changes: dict[str, Any], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("datasets.config.HF_HUB_OFFLINE", True)
    write_task(tmp_path, CHOICE, pick_rows(3), **changes)
    with pytest.raises(InputError, match=said):
        run_harness(student, harness("pick.yaml", base=tmp_path))
