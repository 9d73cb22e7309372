"""Benchmarks of EleutherAI's lm-evaluation-harness (lm-eval): which tasks, and how they are asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import Any

from openloop.contracts import Model, Pretrained
from openloop.errors import InputError, nearest, require_installed
from openloop.evaluation.hub_data import require_data
from openloop.evaluation.task_files import TaskFile, is_file, read_task
from openloop.evaluation.task_names import PRESETS, require_known
from openloop.identity import fingerprint


@dataclass(frozen=True)
class Harness:
    """See :func:`harness`."""

    tasks: tuple[str, ...]
    """Names of registered tasks, groups and tags, and paths to YAML files."""
    limit: int | None
    few_shot: int | None
    chat_template: bool
    seed: int
    base: Path
    """What paths are relative to."""

    @property
    def names(self) -> list[str]:
        """The tasks that lm-eval must have registered."""
        return [task for task in self.tasks if not is_file(task)] + [n for f in self.files.values() for n in f.members]

    @cached_property
    def files(self) -> Mapping[str, TaskFile]:
        """The user's own tasks, by the path as it was given, as they were when first looked at."""
        found = {task: read_task(self.base / task) for task in self.tasks if is_file(task)}
        names = [file.name for file in found.values()] + [task for task in self.tasks if not is_file(task)]
        if again := [name for name, times in Counter(names).items() if times > 1]:
            raise InputError(f"harness: two tasks are called {again[0]!r}; change `task:` in one of the files.")
        return found

    @cached_property
    def fingerprint(self) -> str:
        """Of lm-eval's version, of the tasks, of the content of all local files, and of how they are asked."""
        content = [self.files[task].digests() if task in self.files else task for task in self.tasks]
        how = [self.limit, self.few_shot, self.chat_template, self.seed]
        return fingerprint(["harness", metadata.version("lm_eval"), content, how])

    def require_unchanged(self) -> None:
        """Raise InputError when local files are no longer those that the fingerprint named."""
        if "fingerprint" in self.__dict__ and replace(self).fingerprint != self.fingerprint:
            raise InputError(
                f"harness: a file of {', '.join(self.files)} changed after the run was planned. Plan again."
            )

    def options(self) -> dict[str, Any]:
        """What a run records of it."""
        return {
            "tasks": list(self.tasks),
            "limit": self.limit,
            "few_shot": self.few_shot,
            "chat_template": self.chat_template,
            "seed": self.seed,
            "lm_eval": metadata.version("lm_eval"),
        }

    def require_runnable(self, model: Model) -> None:
        """Raise InputError for a model that cannot be asked, an unknown task, a missing file, data out of reach.

        Reads lm-eval's index where names are given, which takes seconds.
        """
        require_template(require_weights(model), self)
        _ = self.fingerprint  # every local file is there
        require_known(self.names)
        require_data(self.names, self.files.values())


def harness(
    *tasks: str,
    preset: str = "",
    limit: int | None = None,
    few_shot: int | None = None,
    chat_template: bool = False,
    seed: int = 1234,
    base: Path | None = None,
) -> Harness:
    """Tasks of lm-eval by name (``gsm8k``), or by a YAML file of your own (``tasks/mine.yaml``).

    ``preset``: ``nomad`` (ten benchmarks). ``limit``: the first so many items of each task. ``few_shot``: examples in
    the prompt, where the task does not fix them at 0; its own number unless given. ``chat_template``: ask through the
    tokenizer's template, with the model's ``system`` turn. ``seed``: of the few-shot examples, and of tasks that
    shuffle.
    In a YAML file ``data_files`` are relative to the file (in a recipe, the path of the YAML to the recipe). The model
    must be one of ``models.transformers``. Raises InputError.
    """
    require_installed("harness", "lm_eval", "eval")
    if preset and preset not in PRESETS:
        raise InputError(f"harness: no preset {preset!r}; {nearest(preset, PRESETS)}")
    chosen: Sequence[Any] = (*PRESETS.get(preset, ()), *tasks)
    if not chosen or not all(isinstance(task, str) and task for task in chosen):
        raise InputError(f"harness: name at least one task, or preset='nomad'; got {list(chosen)!r:.80}.")
    if len(set(chosen)) != len(chosen):
        raise InputError(f"harness: a task is named twice in {', '.join(chosen)}.")
    if (limit is not None and limit < 1) or (few_shot is not None and few_shot < 0):
        raise InputError(f"harness: limit at least 1 and few_shot at least 0, got {limit} and {few_shot}.")
    return Harness(tuple(chosen), limit, few_shot, chat_template, seed, (base or Path()).resolve())


def require_template(model: Pretrained, benchmark: Harness) -> None:
    """Raise InputError where a chat template is asked for and there is none."""
    if benchmark.chat_template and not model.tokenizer().chat_template:
        raise InputError(f"harness: chat_template was asked for, and {model.name!r} has none. Leave it out.")


def require_weights(model: Model) -> Pretrained:
    """A model that lm-eval can load the weights of. Raises InputError for any other."""
    if not isinstance(model, Pretrained):
        raise InputError(
            f"harness: {model.name!r} cannot be evaluated by lm-eval, which loads weights from a folder. Use a model "
            "of models.transformers, or evaluate by a signal."
        )
    return model
