"""Which benchmarks, asked how: what is refused, and what names a result."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from openloop import models
from openloop.errors import InputError
from openloop.evaluation import harness
from openloop.evaluation.harness import require_weights
from openloop.evaluation.task_names import NOMAD, registry, require_known
from tests.support.benchmarks import CHOICE, pick_rows, write_task
from tests.support.small_models import make_model

pytest.importorskip("lm_eval")


@pytest.mark.parametrize(
    ("words", "options", "said"),
    [
        ([], {}, "at least one task"),
        ([""], {}, "at least one task"),
        (["gsm8k", "gsm8k"], {}, "named twice"),
        (["gsm8k"], {"preset": "nomad"}, "named twice"),
        ([], {"preset": "nomda"}, "did you mean 'nomad'"),
        (["gsm8k"], {"limit": 0}, "limit at least 1"),
        (["gsm8k"], {"few_shot": -1}, "few_shot at least 0"),
    ],
)
def test_what_makes_no_benchmark_is_refused(words: list[str], options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        harness(*words, **options)


def test_without_lm_eval_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("openloop.errors.find_spec", lambda _: None)
    with pytest.raises(InputError, match=r"pip install '.*\[eval\]'"):
        harness("gsm8k")


def test_the_result_is_named_by_content_and_options(tmp_path: Path) -> None:
    write_task(tmp_path / "a", CHOICE, pick_rows(3))
    write_task(tmp_path / "b", CHOICE, pick_rows(3))
    one = harness("pick.yaml", base=tmp_path / "a")
    assert one.fingerprint == harness("pick.yaml", base=tmp_path / "b").fingerprint
    for change in ({"limit": 2}, {"few_shot": 1}, {"chat_template": True}, {"seed": 1}):
        assert replace(one, **change).fingerprint != one.fingerprint
    write_task(tmp_path / "b", CHOICE, pick_rows(4))
    assert harness("pick.yaml", base=tmp_path / "b").fingerprint != one.fingerprint


def test_another_lm_eval_is_another_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_task(tmp_path, CHOICE, pick_rows(3))
    one = harness("pick.yaml", base=tmp_path).fingerprint
    monkeypatch.setattr("importlib.metadata.version", lambda _: "99")
    assert harness("pick.yaml", base=tmp_path).fingerprint != one


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return models.transformers(str(make_model(tmp_path_factory.mktemp("net"), chat=False)), device="cpu")


def test_a_local_task_needs_no_index(net: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_task(tmp_path, CHOICE, pick_rows(3))
    monkeypatch.setattr("openloop.evaluation.task_names.registry", lambda: pytest.fail("read the index"))
    harness("pick.yaml", base=tmp_path).require_runnable(net)


@pytest.mark.integration
def test_names_are_checked_against_lm_evals_own(net: Any) -> None:
    require_known(harness(preset="nomad").names)
    kinds = {name: registry().task_index[name].kind.name for name in NOMAD}
    assert kinds == dict.fromkeys(NOMAD, "TASK") | dict.fromkeys(("bbh", "mmlu", "agieval"), "GROUP")
    with pytest.raises(InputError, match="no task 'gms8k'; did you mean 'gsm8k'"):
        harness("gms8k").require_runnable(net)
    with pytest.raises(InputError, match="lm_eval ls tasks"):
        harness("?!").require_runnable(net)


def test_only_models_with_weights_in_a_folder_can_be_asked() -> None:
    with pytest.raises(InputError, match="'simulated' cannot be evaluated by lm-eval"):
        require_weights(models.simulated())


def test_two_tasks_of_one_name_are_refused(net: Any, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        write_task(tmp_path / folder, CHOICE, pick_rows(3))
    with pytest.raises(InputError, match="two tasks are called 'pick'"):
        harness("a/pick.yaml", "b/pick.yaml", base=tmp_path).require_runnable(net)


def test_a_template_that_is_not_there_is_refused(net: Any, tmp_path: Path) -> None:
    write_task(tmp_path, CHOICE, pick_rows(3))
    with pytest.raises(InputError, match="chat_template was asked for, and 'net0' has none"):
        harness("pick.yaml", base=tmp_path, chat_template=True).require_runnable(net)


def test_the_package_starts_without_lm_eval_and_torch() -> None:
    import subprocess

    code = "import sys, openloop.evaluation; print([m for m in ('lm_eval', 'torch', 'datasets') if m in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
