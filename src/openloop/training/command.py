"""Command: any trainer that can be started with an argument list."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from openloop import export
from openloop.contracts import Model, Pretrained, Report
from openloop.contracts.training import Learns
from openloop.errors import InputError, TrainingEnded
from openloop.export.formats import FORMATS, require_format
from openloop.identity import fingerprint
from openloop.records import Artifact, Candidate, Content, Example, Pair
from openloop.training import leash
from openloop.training.command_line import filled, named, program_of, require_words
from openloop.training.written_model import require_model

LOG = "command.log"
"""What the command said, kept with the weights; no part of their name."""
SHOWN = 12
"""Lines of it in an error."""


@dataclass(frozen=True)
class Command:
    """See :func:`command`."""

    arguments: tuple[str, ...]
    format: str
    seconds: float | None
    env: Mapping[str, str]
    base: Path
    fingerprint: str
    """Of the words and of the content of the files among them, and of no path."""
    version: ClassVar[str] = "1"
    name: ClassVar[str] = "command"
    own_process: ClassVar[bool] = True

    @property
    def learns_from(self) -> Learns:
        """See :class:`openloop.contracts.LearnsFrom`."""
        return "pairs" if FORMATS[self.format].pairs else "examples"

    def check(self, model: Model, rows: Sequence[Any] = ()) -> list[str]:  # noqa: ARG002
        """See :class:`openloop.contracts.Checks`."""
        self._given(model)
        program_of(self.arguments, self.base)
        return []

    def train(
        self, model: Model, rows: Sequence[Any], *, seed: int, folder: Path, checkpoints: Path, report: Report
    ) -> Artifact:
        """See :class:`openloop.contracts.Trainer`."""
        mine, program = self._given(model), program_of(self.arguments, self.base)
        held = checkpoints / "held"  # what the command keeps for itself survives kills
        held.mkdir(exist_ok=True)
        data = checkpoints / f"data{FORMATS[self.format].endings[0]}"
        write_rows(rows, data, self.format)
        places = {"data": data, "model": mine.folder, "out": folder, "checkpoints": held}
        words = filled(self.arguments, {name: path.resolve() for name, path in places.items()} | {"seed": seed % 2**31})
        log = checkpoints / LOG
        status = self._run([program, *words[1:]], log)
        if status:
            raise TrainingEnded(f"{self._who} {_ended(status)}. Its last words:\n{tail(log)}")
        if not folder.is_dir():
            raise TrainingEnded(f"{self._who} ended well, but deleted the folder {{out}} that it was given.")
        revision = require_model(self._who, mine, folder)
        shutil.copyfile(log, folder / LOG)
        report({"step": 1.0, "of": 1.0})
        return Artifact(revision, facts={"rows": len(rows), "said": tail(log)})

    def load(self, model: Model, folder: Path) -> Pretrained:
        """See :class:`openloop.contracts.Trainer`."""
        return self._given(model).load(folder)

    @property
    def _who(self) -> str:
        return f"command {Path(self.arguments[0]).name}"

    def _given(self, model: Model) -> Pretrained:
        if not isinstance(model, Pretrained):
            raise InputError(
                f"command: cannot be given {model.name!r}, which has no weights in a folder of this machine. Train a "
                "models.transformers(...), or export the rows and train elsewhere."
            )
        if model.adapter is not None:
            raise InputError(
                f"command: {model.name!r} is an adapter over another network, which {{model}} cannot name. Merge it "
                "first (adapter='merge' in the training that makes it)."
            )
        return model

    def _run(self, words: Sequence[str], log: Path) -> int:
        """Exit status; 128 and more where a signal ended it. Raises TrainingEnded when it takes too long."""
        tied = [sys.executable, "-I", "-S", leash.__file__, *words]
        with log.open("wb") as said:
            process = subprocess.Popen(
                tied,
                stdin=subprocess.PIPE,
                stdout=said,
                stderr=subprocess.STDOUT,
                cwd=self.base,
                env=os.environ | dict(self.env),
                start_new_session=True,
            )
            try:
                return process.wait(self.seconds)
            except subprocess.TimeoutExpired:
                raise TrainingEnded(
                    f"{self._who} took longer than seconds={self.seconds:g} and was ended. Its last words:\n{tail(log)}"
                ) from None
            finally:
                _end_group(process)


def command(
    arguments: Sequence[str],
    *,
    format: str = "trl",
    seconds: float | None = None,
    env: Mapping[str, str] | None = None,
    base: Path | None = None,
) -> Command:
    """Train by a program of one's own: ``command(["python", "train.py", "{data}", "{model}", "{out}", "{seed}"])``.

    No shell reads the words, and ``python`` is the one that openloop runs in. ``{data}`` is a file of the rows in a
    ``format`` of ``openloop export --plain`` (of ``dpo`` the rows are pairs), ``{model}`` the folder to start from,
    ``{out}`` an empty folder for the new model, ``{seed}`` a number, ``{checkpoints}`` a folder that survives a kill.
    It works in ``base`` (in a recipe its folder); files among the words have their content in the stage's name.
    ``env`` is recorded: leave keys in the environment. A status other than 0, more than ``seconds``, or no whole model
    in ``{out}`` ends the arm. Raises InputError.
    """
    words = require_words(arguments)
    require_format(format)
    if seconds is not None and not seconds > 0:
        raise InputError(f"command: seconds must be above 0, got {seconds!r}.")
    place, more = (base or Path()).resolve(), dict(env or {})
    mine = fingerprint(["command", Command.version, named(words, place), format, seconds, more])
    return Command(words, format, seconds, more, place, mine)


def write_rows(rows: Sequence[Example | Pair], path: Path, form: str) -> None:
    """Write examples or pairs in a format of the export. Raises InputError for what it cannot hold."""
    made, accepted = [], []
    for number, row in enumerate(rows):
        if isinstance(row, Pair):
            made += [_candidate(number, 0, row, row.chosen), _candidate(number, 1, row, row.rejected)]
            accepted += [True, False]
        else:
            made.append(_candidate(number, 0, row, row.completion))
    plain = FORMATS[form].has_plain  # the command is told what its rows hold, and templates them as it likes
    export.write(made, path, to=form, accepted=accepted or None, plain=plain, overwrite=True)


def _candidate(number: int, index: int, row: Example | Pair, completion: Content) -> Candidate:
    return Candidate(f"{number}-{index}", str(number), row.prompt, completion, index, row=row.row)


def tail(log: Path) -> str:
    """The last lines that a command said, cut where they are long."""
    with log.open("rb") as stream:
        stream.seek(max(0, log.stat().st_size - 8192))
        lines = stream.read().decode(errors="replace").splitlines()
    return "\n".join(line[-300:] for line in lines[-SHOWN:]) or "(nothing)"


def _ended(status: int) -> str:
    if status == 128 + signal.SIGKILL:
        return "was killed by signal 9, which is often a lack of memory"
    return f"was ended by signal {status - 128}" if status > 128 else f"ended with status {status}"


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """End what is left of a command: processes that it started and did not wait for."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdin is not None:
        process.stdin.close()
