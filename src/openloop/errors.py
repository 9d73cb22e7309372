"""The exceptions that openloop raises on purpose.

    OpenloopError                    anything below; the command line prints it without a traceback
    ├── InputError                   what was given is wrong: fix it and call again    (exit code 2)
    │   ├── RecipeError              a recipe does not parse or does not fit together
    │   ├── DataError                a file of rows is missing, broken or of the wrong shape
    │   │   └── UnclearColumns       several columns may be meant, and which one changes the result
    │   ├── ProbeError               a signal accepts what it must reject, or the reverse
    │   ├── IdentityError            a value has no stable identity, so no stage can be named by it
    │   ├── RowsRefused              a trainer cannot learn from these rows: in a recipe, the arm ends
    │   └── StoreError               a directory is no run, is locked, read-only, remote or too new
    ├── RunError                     the run cannot go on                              (exit code 1)
    │   ├── DiskFullError            the disk is full; nothing committed is lost
    │   ├── WorkerError              a worker process died and its work could not be done
    │   └── ContractError            a model, signal or selector broke its contract
    └── ArmEnded                     an arm has nothing left to train on: a result, not a failure
        └── TrainingEnded            a training came to nothing
            ├── OutOfMemory          it needed more memory than there is
            ├── LossNotFinite        its loss became infinite or no number
            ├── NothingScored        no signal judged what the policy answered
            └── TrainingDied         its process died twice

Each message says the name, what is allowed, what was given, and the next step.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.util import find_spec
from typing import ClassVar


class OpenloopError(Exception):
    """Base of every error openloop raises on purpose."""


class InputError(OpenloopError):
    """What was given is wrong; nothing was spent."""


class RecipeError(InputError):
    """A recipe does not parse or does not fit together."""


class DataError(InputError):
    """A file of rows is missing, broken, or of the wrong shape."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to say which column is meant."""

    words: tuple[str, ...]
    """Option and column, as on a command line: ``("--gold", "is_correct")``."""
    sample: str
    """What the column holds."""


class UnclearColumns(DataError):
    """Several columns may be meant, and which one changes the result; ``choices`` are what can be said."""

    def __init__(self, problem: str, choices: Sequence[Choice]) -> None:
        self.problem, self.choices = problem, tuple(choices)
        allowed = ", or ".join(" ".join(choice.words) for choice in self.choices)
        super().__init__(f"{problem}. Say which: {allowed}.")


class ProbeError(InputError):
    """A signal fails its own accept or reject probes."""


class IdentityError(InputError):
    """A value has no stable identity, so nothing that depends on it can be stored."""


class RowsRefused(InputError):
    """A trainer cannot learn from the rows it is given: too long, none left, no pair among them.

    Of rows that a model made, known only once it has: in a recipe the arm ends with a finding, and the others go on.
    """

    finding: ClassVar[str] = "rows-refused"


class StoreError(InputError):
    """A directory cannot be used as a run directory."""


class RunError(OpenloopError):
    """The run cannot go on; what was committed is kept."""


class DiskFullError(RunError):
    """The disk is full; free space and run the same command again."""


class WorkerError(RunError):
    """A worker process died and its work could not be done in a second try."""


class ContractError(RunError):
    """A model, signal or selector broke its contract."""


class ArmEnded(OpenloopError):
    """An arm has nothing left to train on. A result: the other arms go on."""


class TrainingEnded(ArmEnded):
    """A training came to nothing: its arm ends with a finding, and the others go on."""

    finding: ClassVar[str] = "training-failed"


class OutOfMemory(TrainingEnded):
    """A training needed more memory than there is."""

    finding = "out-of-memory"


class LossNotFinite(TrainingEnded):
    """The loss of a training became infinite or no number."""

    finding = "loss-not-finite"


class NothingScored(TrainingEnded):
    """Not one answer of a step was scored, so there was nothing to learn from."""

    finding = "nothing-scored"


class TrainingDied(TrainingEnded):
    """The process of a training died, twice."""

    finding = "training-died"


def nearest(name: str, allowed: Iterable[str]) -> str:
    """A sentence that names the closest allowed value (``did you mean 'rounds'?``), or lists them all."""
    options = sorted(allowed)
    close = get_close_matches(name, options, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"allowed: {', '.join(options)}." if options else "there is none to choose from."


def require_installed(who: str, package: str, extra: str) -> None:
    """Refuse what needs an optional package that is not there. Raises InputError with the line that installs it."""
    if find_spec(package.replace("-", "_")) is None:
        raise InputError(f"{who} needs {package}, which is not installed: pip install '{_with_extra(extra)}'")


def _with_extra(extra: str) -> str:
    """This package as pip finds it again, with more: the checkout or repository that it was installed from."""
    import json
    from importlib.metadata import PackageNotFoundError, distribution
    from urllib.parse import unquote, urlsplit

    try:
        url = json.loads(distribution("openloop").read_text("direct_url.json") or "{}").get("url", "")
    except (PackageNotFoundError, ValueError):
        return f".[{extra}]"
    if url.startswith("file:"):
        return f"{unquote(urlsplit(url).path)}[{extra}]"
    return f"openloop[{extra}]" + (f" @ {url}" if url else "")
