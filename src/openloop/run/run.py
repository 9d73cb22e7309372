"""Durable calls: each is computed once, stored under its fingerprint, and returned from the store after that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, Unpack

from numpy.typing import NDArray

from openloop.contracts import Embedder, Model, Parser, Selector, Signal, Trainer
from openloop.data.mixing import require_share
from openloop.data.prompt_sources import ExampleSource, as_prompts, as_rows
from openloop.embedding import embedder_of
from openloop.errors import InputError
from openloop.evaluation import Harness
from openloop.export import HowToWrite
from openloop.records import Sampling
from openloop.run.arguments import (
    as_model,
    as_signals,
    as_training_input,
    check_trainer,
    require,
    require_of_rows_unset,
    require_result,
)
from openloop.run.embedded import Embedded, embed_stages, split_columns
from openloop.run.engine import Executor, local
from openloop.run.results import Evaluation, Kept, Pool, Student, Verdicts
from openloop.run.session import Running, Session
from openloop.run.stages.base import Stage
from openloop.run.stages.benchmark import BenchmarkStage
from openloop.run.stages.evaluate import EvaluateStage
from openloop.run.stages.parse import ParseStage
from openloop.run.stages.real import RealStage
from openloop.run.stages.reference import ReferenceStage
from openloop.run.stages.rollouts import recorded_stages
from openloop.run.stages.sample import SampleStage
from openloop.run.stages.score import ScoreStage
from openloop.run.stages.select import SelectStage
from openloop.run.stages.train import TrainStage
from openloop.run.store import Step, Store
from openloop.selection import chain
from openloop.signals import exact
from openloop.signals.remarks import warn_of_changing_reads
from openloop.training import fit


class Run:
    """A run directory as ordinary Python.

    ``workers=0`` works in this process; more start that many worker processes. The result is the same. ``executor``
    says where work runs instead (see :class:`openloop.run.engine.Executor`). What the script or notebook itself defines
    runs in this process: put it in a file of its own to use workers.
    """

    def __init__(self, directory: str | Path, *, workers: int = 0, executor: Executor | None = None) -> None:
        if executor is not None and workers:
            raise InputError("Run: give either workers or an executor, which has workers of its own.")
        executor = executor or local(workers)
        store = Store.open(directory)
        executor.attach(store.storage, lambda reason: store.event("retry", reason=reason))
        self.session: Session = Running(store, executor)
        self.step = Step()
        self._ordinals: Counter[tuple[str, str]] = Counter()

    @classmethod
    def over(cls, session: Session, step: Step) -> Run:
        """A view of a session at one step of a loop."""
        run = cls.__new__(cls)
        run.session, run.step, run._ordinals = session, step, Counter()
        return run

    @property
    def store(self) -> Store:
        """The run directory."""
        return self.session.store

    def at(self, *, arm: str = "", seed: int = 0, round: int = 0) -> Run:
        """The same run, noting that what follows belongs to this arm, seed and round."""
        return Run.over(self.session, Step(arm, seed, round))

    def without_asking(self) -> Run:
        """The same step anew, with what paid models have answered so far: nothing more is asked of them."""
        return Run.over(self.session.without_asking(), self.step)

    def during(self, purpose: str) -> Run:
        """The same step, for stages that serve it: ``evaluate``, ``propose``."""
        inner = Run.over(self.session, replace(self.step, purpose=purpose))
        inner._ordinals = self._ordinals  # which tell purposes apart
        return inner

    # ---- the calls --------------------------------------------------------------------------------------

    def sample(
        self,
        model: Model | Student,
        prompts: Any,
        *,
        k: int = 1,
        temperature: float = 1.0,
        top_p: float = 1.0,
        max_tokens: int = 256,
        seed: int = 0,
    ) -> Pool:
        """K completions for each of P prompts. Prompts: texts, rows with a ``prompt``, or ``openloop.read(file)``."""
        if k < 1:
            raise InputError(f"k: at least 1 completion per prompt, got {k}.")
        sampling = Sampling(temperature, top_p, max_tokens, seed)
        stage = self.session.affordable(SampleStage(as_model(model), as_prompts(prompts), k, sampling, self.step.round))
        self.do(stage)
        return Pool(self.session, (stage,))

    def parse(self, pool: Pool, parser: Parser) -> Pool:
        """What a parser finds in the completions, as a pool of its own: one candidate an item."""
        require_result(pool, Pool, "parse", "Run.sample")
        require(parser, Parser, "parser", "openloop.parsing")
        if not all(isinstance(stage, SampleStage) for stage in pool.stages):
            raise InputError("parse: this pool has been parsed already; pass the pool that `sample` returned.")
        stages = tuple(ParseStage(stage, parser) for stage in pool.stages if isinstance(stage, SampleStage))
        for stage in stages:
            self.do(stage)
        return Pool(self.session, stages)

    def score(self, pool: Pool, signal: Signal, *, name: str | None = None) -> Verdicts:
        """One verdict for each candidate. ``name`` is what readers of the run call the signal instead of its own."""
        require_result(pool, Pool, "score", "Run.sample or Run.parse")
        require(signal, Signal, "signal", "@openloop.signal")
        warn_of_changing_reads(signal)
        stages = tuple(self.session.affordable(ScoreStage(stage, signal)) for stage in pool.stages)
        for stage in stages:
            self.do(stage, name or signal.name)
        return Verdicts(self.session, stages)

    def embed(
        self,
        texts: Any,
        embedder: str | Mapping[str, Any] | Embedder = "hashed",
        *,
        of: Literal["completion", "prompt"] = "completion",
        precision: Literal["float16", "float32"] = "float16",
        name: str | None = None,
    ) -> Embedded:
        """A vector for the completion (or prompt) of each row of a pool or of ``openloop.read(file)``, or for texts.

        ``embedder``: ``hashed`` (words and their parts; nothing to download), a folder or hub name of a
        sentence-transformers model, ``http://HOST/v1#MODEL``, or what :mod:`openloop.embedding` makes. ``precision``
        is that of the stored numbers; ``name`` is what readers of the run call the vectors.
        """
        stages = embed_stages(self.session, texts, embedder_of(embedder), of, precision)
        for stage in stages:
            self.do(stage, name or stage.embedder.name)
        return Embedded(self.session, stages)

    def select(
        self,
        pool: Pool,
        verdicts: Verdicts | Mapping[str, Verdicts] | None,
        *selectors: Selector,
        limit: int | None = None,
        columns: Mapping[str, NDArray[Any] | Embedded] | None = None,
    ) -> Kept:
        """What the selectors keep, one after the other; ``limit`` cuts to the first rows in pool order.

        ``columns``: by name what a selector finds as ``pool.column(name)``: arrays, shape [N] or [N, D] in pool order,
        or vectors that :meth:`embed` returned for this pool.
        """
        require_result(pool, Pool, "select", "Run.sample or Run.parse")
        for selector in selectors:
            require(selector, Selector, "selector", "openloop.selection")
        by_name = {verdicts.signal: verdicts} if isinstance(verdicts, Verdicts) else verdicts or {}
        selector = selectors[0] if len(selectors) == 1 else chain(*selectors)
        stages = {name: scored.stages for name, scored in by_name.items()}
        stage = SelectStage(pool.stages, stages, selector, limit, *split_columns(pool, columns))
        self.do(stage)
        return Kept(self.session, stage)

    def train(
        self,
        model: Model | Student,
        kept: Any = None,
        *,
        real: Any = None,
        real_share: float | None = None,
        most_rows: int | None = None,
        seed: int = 0,
        using: Trainer | None = None,
        **options: Any,
    ) -> Student:
        """A new model trained on the kept rows, after the ``real`` ones, ``using`` a trainer.

        Without a trainer the model's own ``fit`` is called, with ``options``. ``kept`` is what a selection kept, or a
        list of such; for a trainer that answers prompts by itself it is the prompts. With ``real_share`` so many real
        rows are drawn that they are that share of all; without, all are used. ``most_rows`` draws so many of all rows.
        """
        if using is not None and options:
            raise InputError(
                f"train: {', '.join(options)} would be ignored; with `using`, give options to the trainer itself."
            )
        trainer = fit(**options) if using is None else using
        require(trainer, Trainer, "trainer", "openloop.training")
        if most_rows is not None and most_rows < 1:
            raise InputError(f"most_rows: at least 1, got {most_rows}.")
        prompts, stages = as_training_input(trainer, kept, real, most_rows)
        check_trainer(trainer, model)
        stage = TrainStage(
            as_model(model), stages, self._real(real, real_share), seed, trainer, real_share, prompts, most_rows
        )
        self.do(stage)
        for purpose, held, name in recorded_stages(stage, self.step.round):
            (self.during("evaluate") if purpose == "evaluate" else self).do(held, name)
        return Student(self.session, stage, self.step.round)

    def evaluate(
        self,
        model: Model | Student,
        test: Any,
        signal: Signal | Mapping[str, Signal] | None = None,
        *,
        name: str = "test",
        k: int = 1,
        temperature: float = 0.0,
        top_p: float = 1.0,
        max_tokens: int = 256,
        seed: int = 0,
    ) -> Evaluation:
        """What a model reaches on test rows, by a signal (``exact("answer")``), or on ``evaluation.harness(...)``.

        One greedy answer to each row unless told otherwise; with ``k`` answers at a ``temperature`` above 0 also
        ``pass@1``, ``pass@10``, ... up to ``pass@k``. Several signals, by name, give as many estimates; the first is
        what arms are compared by. ``name`` tells several tests of one model apart.
        """
        stage: BenchmarkStage | EvaluateStage
        if isinstance(test, Harness):
            require_of_rows_unset(signal=signal, k=k, temperature=temperature, top_p=top_p)
            stage = BenchmarkStage(as_model(model), test)
        else:
            if k > 1 and temperature == 0:
                raise InputError(f"evaluate: at temperature 0 all {k} answers are the same; set a temperature, or k=1.")
            named, inner = as_signals(exact("answer") if signal is None else signal), self.during("evaluate")
            pool = inner.sample(
                model, test, k=k, temperature=temperature, top_p=top_p, max_tokens=max_tokens, seed=seed
            )
            stage = EvaluateStage({what: inner.score(pool, mine, name=what).stages[0] for what, mine in named.items()})
        self.do(stage, name)
        return Evaluation(self.session, stage, name)

    def keep_real(self, real: Any) -> None:
        """Store real rows with the run, so that an export can mix them in when their file is gone."""
        self._real(real, None)

    def keep_reference(self, rows: Any, role: Literal["real", "evaluation"], name: str) -> None:
        """Store texts that an audit of the run compares its rows with, when their file is gone or changed."""
        self.do(ReferenceStage(as_rows(rows), role, name), name)

    def export(
        self,
        kept: Kept,
        to: str,
        path: str | Path | None = None,
        *,
        real: Any = None,
        real_share: float | None = None,
        **how: Unpack[HowToWrite],
    ) -> Path:
        """Write the kept rows as training data, with a data-set card beside them. Returns the file.

        With ``real_share`` so many rows of ``real`` are mixed in that they are that share of the file. ``plain``,
        ``holdout``, ``hub`` and ``overwrite`` are options of :func:`openloop.export.write`.
        """
        from openloop.run.exporting import selection_by_itself, write_selected

        selected = selection_by_itself(self.store, kept.stage, self._real(real, real_share), real_share)
        return write_selected(selected, to, None if path is None else Path(path), **how).path

    def close(self) -> None:
        """Let the workers and the directory go; what is committed stays."""
        self.session.close()

    def do(self, stage: Stage, label: str = "") -> None:
        """Carry a stage out at this step, under a name of the user's."""
        kind = stage.kind.name
        ordinal = self._ordinals[self.step.purpose, kind]
        self._ordinals[self.step.purpose, kind] += 1
        self.session.do(stage, self.step, ordinal, label)

    def _real(self, real: Any, share: float | None) -> RealStage | None:
        """Real rows, stored; the share they are to have is checked."""
        if share is not None:
            require_share(share)
            if real is None:
                raise InputError("real_share: needs the real rows; give real too.")
        if real is None:
            return None
        stage = RealStage(ExampleSource(as_rows(real)))
        self.do(stage)
        return stage
