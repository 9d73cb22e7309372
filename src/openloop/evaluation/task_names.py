"""The names of tasks, groups and tags that lm-eval has registered."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from openloop.errors import InputError, nearest

NOMAD = (
    "gsm8k",
    "triviaqa",
    "truthfulqa_mc2",
    "bbh",
    "ifeval",
    "mmlu",
    "arc_challenge",
    "hellaswag",
    "winogrande",
    "agieval",
)
"""The ten benchmarks of the nomad paper as lm-eval names them. ``truthfulqa`` there is a tag for three tasks; the one
that gives a share of true answers is ``truthfulqa_mc2``."""

PRESETS: dict[str, Sequence[str]] = {"nomad": NOMAD}


@lru_cache(maxsize=1)
def registry() -> Any:
    """lm-eval's TaskManager over the tasks that it ships: it reads some 15,000 YAML files, which takes seconds."""
    from lm_eval.tasks import TaskManager

    logging.getLogger("lm_eval").setLevel(logging.ERROR)
    return TaskManager()


def require_known(names: Iterable[str]) -> None:
    """Raise InputError for a name that is not registered, with the nearest one that is. Reads nothing for no names."""
    for name in names:
        known = registry().task_index
        if name not in known:
            close = nearest(name, known)
            hint = close if close.startswith("did") else "`lm_eval ls tasks` lists them."
            raise InputError(f"harness: lm-eval has no task {name!r}; {hint} A task of your own is a path to its YAML.")
