"""What a reproduced figure consists of, and how it is written."""

from __future__ import annotations

import csv
import importlib
import io
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args

import numpy as np
from numpy.typing import ArrayLike

from openloop import filesystem
from openloop.engine import Died, Engine, require_workers
from openloop.errors import InputError, WorkerError, nearest, require_installed
from openloop.measures.intervals import mean
from openloop.records import Estimate
from openloop.reproduce import FIGURES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

T = TypeVar("T")
Verdict = Literal[
    "reproduced",
    "reproduced only with their estimator",
    "true under a stated condition",
    "false",
    "not testable here",
]


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing a paper says, and what came of it."""

    paper: str
    """Short name, and where it stands."""
    says: str
    measured: str
    value: float | None
    low: float | None
    high: float | None
    verdict: Verdict
    reason: str

    def __post_init__(self) -> None:
        assert self.verdict in get_args(Verdict), self.verdict


def claim(
    paper: str, says: str, measured: str, found: Estimate | float | None, verdict: Verdict, reason: str
) -> Claim:
    """A claim with its number: an estimate, an exact value, or none."""
    if isinstance(found, Estimate):
        return Claim(paper, says, measured, found.value, found.low, found.high, verdict, reason)
    value = None if found is None or not math.isfinite(found) else float(found)
    return Claim(paper, says, measured, value, None, None, verdict, reason)


@dataclass(frozen=True)
class Result:
    """A figure: its data as columns of one length, its claims, its caption, and how it is drawn."""

    data: Mapping[str, Sequence[Any]]
    claims: Sequence[Claim]
    caption: str
    draw: Callable[[Figure], None]


def gathered(engine: Engine, function: Callable[..., T], arguments: Sequence[tuple[Any, ...]]) -> list[T]:
    """What a function makes of each, in order, in the engine's workers. Raises WorkerError when one dies twice."""
    found: dict[int, T] = {}
    for number, result in engine.map(function, arguments):
        if isinstance(result, Died):
            raise WorkerError(f"reproduce: {function.__name__}{arguments[number][:3]}: {result.reason}.")
        found[number] = result
    return [found[number] for number, _ in enumerate(arguments)]


def over_runs(values: ArrayLike) -> Estimate:
    """Mean over independent runs with its t interval."""
    return mean([float(v) for v in np.asarray(values).ravel()])


def within(found: Estimate, truth: float, most: float) -> bool:
    """Whether a mean over runs lies so close to a number; the tolerance is the claim's own."""
    return abs(found.value - truth) <= most


def load(name: str) -> ModuleType:
    """The module of a figure. Raises InputError for a name that is none."""
    if name not in FIGURES:
        raise InputError(f"reproduce: no figure {name!r}; {nearest(name, FIGURES)}")
    return importlib.import_module(f"openloop.reproduce.{FIGURES[name]}")


def reproduce(name: str, folder: Path, *, quick: bool, workers: int = 2) -> Result:
    """Make one figure and write FOLDER/NAME/{data.csv, claims.json, figure.svg, figure.png}. Raises InputError."""
    module = load(name)
    require_installed("reproduce", "matplotlib", "figures")
    here = folder / name
    try:
        here.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"reproduce: cannot write into {folder} ({error.strerror}); give another --out."
        ) from None
    engine = Engine(require_workers(workers))
    try:
        result: Result = module.run(quick, engine)
    finally:
        engine.close()
    lengths = {len(column) for column in result.data.values()}
    assert len(lengths) == 1, f"{name}: columns of lengths {lengths}"
    filesystem.write_text(here / "data.csv", _csv(result.data))
    claims = {"figure": name, "title": module.TITLE, "paper": module.PAPER, "quick": quick,
              "caption": result.caption, "claims": [asdict(c) for c in result.claims]}  # fmt: skip
    filesystem.write_text(here / "claims.json", json.dumps(claims, indent=1, ensure_ascii=False) + "\n")
    from openloop.reproduce.drawing import write_pictures

    write_pictures(here, module.TITLE, result)
    return result


def _csv(data: Mapping[str, Sequence[Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(data)
    writer.writerows(zip(*data.values(), strict=True))
    return text.getvalue()
