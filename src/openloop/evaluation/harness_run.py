"""Running lm-eval where the weights are: quiet, on luck of its own, and leaving the process as it was."""

from __future__ import annotations

import gc
import logging
import random
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from dataclasses import replace
from typing import Any

import numpy as np

from openloop.contracts import Model, Pretrained
from openloop.errors import InputError
from openloop.evaluation.benchmark import BenchmarkItems, benchmark_items
from openloop.evaluation.harness import Harness, require_template, require_weights
from openloop.evaluation.hub_data import not_at_hand
from openloop.evaluation.task_files import BUILDERS
from openloop.evaluation.task_names import registry, require_known

BATCH = 16
"""Requests computed together, where the model does not say."""
BOOTSTRAPS = 100
"""For lm-eval's standard errors of metrics that are no means; ours need none."""
NOISY = ("lm_eval", "datasets", "evaluate", "transformers", "httpx", "huggingface_hub")
_turn = threading.Lock()
"""Held while lm-eval works: it uses the global random state and global settings of several libraries."""


def run_harness(model: Model, harness: Harness) -> BenchmarkItems:
    """What a model makes of every item. The network is loaded for this, and let go afterwards. Raises InputError."""
    from lm_eval.evaluator import evaluate

    pretrained = require_weights(model)
    require_template(pretrained, harness)
    require_known(harness.names)
    harness.require_unchanged()
    with (
        _turn,
        _quiet() as heard,
        _own_luck(harness.seed),
        tempfile.TemporaryDirectory(prefix="openloop-tasks-") as scratch,
    ):
        loaded = _loaded_tasks(harness, scratch)
        with _network(pretrained) as lm:
            system = getattr(model, "system", "") if harness.chat_template else ""
            try:
                results = evaluate(
                    lm,
                    loaded,
                    limit=harness.limit,
                    bootstrap_iters=BOOTSTRAPS,
                    apply_chat_template=harness.chat_template,
                    system_instruction=system or None,
                    fewshot_as_multiturn=True,
                )
            except (ValueError, AssertionError) as error:  # it would run code, or asks for more tokens than there are
                raise InputError(f"harness: {_first_line(error)}") from error
            except (LookupError, TypeError, AttributeError, ArithmeticError) as error:  # a task's own functions
                said = f"{type(error).__name__}: {_first_line(error)}"
                raise InputError(f"harness: {', '.join(harness.tasks)}: a task raised {said}") from error
            cut = _cut(lm, loaded["tasks"].values()) if heard.cut else 0
        assert results is not None, "there is one process"
        asked = [harness.files[task].name if task in harness.files else task for task in harness.tasks]
        return replace(benchmark_items(results, asked), cut=cut)


def _loaded_tasks(harness: Harness, scratch: str) -> dict[str, Any]:
    """Tasks and groups as lm-eval's ``evaluate`` takes them. Data of local files are cached for this run only."""
    from lm_eval.tasks import TaskManager

    manager = copy(registry()) if harness.names else TaskManager(include_defaults=False)
    manager._index = dict(manager.task_index)  # to which loading adds
    tasks: dict[str, Any] = {}
    groups: dict[str, Any] = {}
    for task in harness.tasks:
        try:
            found = manager.load([_spec(manager, harness, task, scratch)])
        except Exception as error:  # a task may run code of its own, and the data may be anywhere
            raise InputError(_why_not(task, error)) from error
        tasks |= found["tasks"]
        groups |= found.get("groups", {})
    for task in tasks.values():
        own = task.get_config("num_fewshot")
        if harness.few_shot is not None and own != 0:
            task.set_config(key="num_fewshot", value=harness.few_shot)
        elif own is None:
            task.set_config(key="num_fewshot", value=0)
        task.set_fewshot_seed(seed=harness.seed)
    return {"tasks": tasks, "groups": groups, "group_map": {name: group.child_names for name, group in groups.items()}}


def _spec(manager: Any, harness: Harness, task: str, scratch: str) -> Any:
    """What lm-eval is to load: a name, or a local task as it stands in its file."""
    from lm_eval.tasks._index import TaskIndex

    if task not in harness.files:
        return task
    config = _cached_in(harness.files[task].loaded(), scratch)
    if "group" not in config:
        return config
    # A group given as values would hand its own keys on to its tasks, which refuse them; one that is indexed does not.
    manager.task_index[config["group"]] = TaskIndex.entry_from_config(config)
    return config["group"]


def _cached_in(config: dict[str, Any], scratch: str) -> dict[str, Any]:
    """The datasets library keeps what it read; a local file is read again, whatever a cache holds of it."""
    changed = dict(config)
    if isinstance(changed.get("task"), list):
        changed["task"] = [_cached_in(one, scratch) if isinstance(one, dict) else one for one in changed["task"]]
    if changed.get("dataset_path") in BUILDERS:
        changed["dataset_kwargs"] = {"cache_dir": scratch, **(changed.get("dataset_kwargs") or {})}
    return changed


def _why_not(task: str, error: Exception) -> str:
    """One sentence on a task that could not be loaded."""
    from datasets.exceptions import DatasetNotFoundError

    if isinstance(error, ConnectionError | DatasetNotFoundError) or "Hub" in str(error):
        return not_at_hand(repr(task), error)
    return f"harness: task {task!r} cannot be loaded: {type(error).__name__}: {_first_line(error)}"


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]


@contextmanager
def _network(model: Pretrained) -> Iterator[Any]:
    """The network as lm-eval's language model, for as long as the block lasts.

    What the folder recommends for generation (penalties, top_k) is left out, as when ``models.transformers`` samples:
    only the task says how it is asked. A tokenizer without a padding token pads with its end token.
    """
    import torch
    from lm_eval.models.huggingface import HFLM
    from transformers import AutoTokenizer, GenerationConfig

    threads = torch.get_num_threads()
    torch.set_num_threads(model.threads or threads)
    lm = network = None
    try:
        tokenizer = AutoTokenizer.from_pretrained(model.folder)
        network = model.network()
        if model.adapter is not None:
            from peft import PeftModel

            network = PeftModel.from_pretrained(network, str(model.adapter)).merge_and_unload()
        network = network.to(model.device).eval()
        ends = network.generation_config.eos_token_id
        ends = tokenizer.eos_token_id if ends is None else ends
        if tokenizer.pad_token_id is None:
            tokenizer.pad_token_id = ends[0] if isinstance(ends, list) else ends or 0
        network.generation_config = GenerationConfig(eos_token_id=ends, pad_token_id=tokenizer.pad_token_id)
        lm = HFLM(pretrained=network, tokenizer=tokenizer, backend="causal", batch_size=getattr(model, "batch", BATCH))
        yield lm
    finally:
        torch.set_num_threads(threads)
        del lm, network
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()


@contextmanager
def _own_luck(seed: int) -> Iterator[None]:
    """Seed the global generators, which tasks may use, and put them back afterwards."""
    import torch

    before = random.getstate(), np.random.get_state()
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        random.seed(seed)
        np.random.seed(seed)
        torch.manual_seed(seed)
        try:
            yield
        finally:
            random.setstate(before[0])
            np.random.set_state(before[1])


class _Heard(logging.Handler):
    """Hears whether lm-eval cut a request: it says so in its log only."""

    cut = False

    def emit(self, record: logging.LogRecord) -> None:
        self.cut = self.cut or "runcat" in record.getMessage()


def _cut(lm: Any, tasks: Iterable[Any]) -> int:
    """Items of which a request is longer than the model's context, so that its beginning is lost."""
    items = set()
    for task in tasks:
        for request in task.instances:
            context, more = request.args[0], request.args[1]
            tokens = len(lm.tok_encode(context))
            # The last token of a continuation is predicted and never read.
            extra = len(lm.tok_encode(more)) - 1 if isinstance(more, str) else more.get("max_gen_toks", lm.max_gen_toks)
            if tokens + extra > lm.max_length:
                items.add((task.config.task, request.doc_id))
    return len(items)


@contextmanager
def _quiet() -> Iterator[_Heard]:
    """No log lines and no progress bars of others: a run has its own. What matters of what they say is heard."""
    import datasets
    from tqdm.std import tqdm

    levels: Mapping[str, int] = {name: logging.getLogger(name).level for name in NOISY}
    theirs, heard = logging.getLogger("lm_eval"), _Heard()
    propagates, handlers = theirs.propagate, theirs.handlers
    bars, start = datasets.is_progress_bar_enabled(), tqdm.__init__

    def silent(self: Any, *words: Any, **options: Any) -> None:
        start(self, *words, **{**options, "disable": True})

    tqdm.__init__ = silent
    datasets.disable_progress_bars()
    for name in NOISY:
        logging.getLogger(name).setLevel(logging.ERROR)
    theirs.setLevel(logging.WARNING)
    theirs.propagate, theirs.handlers = False, [heard]
    try:
        yield heard
    finally:
        theirs.propagate, theirs.handlers = propagates, handlers
        tqdm.__init__ = start
        if bars:
            datasets.enable_progress_bars()
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
