"""What a run records of itself, so that whoever reads it needs neither the recipe, nor the code, nor any extra.

Every stage is committed with the record of what made it: its signal, model, selector or trainer. Every run of a recipe
is recorded with its arms. Readers (`show`, `export`, `audit`) read these records, match by name, and import no code of
the user's.
"""

from __future__ import annotations

import dataclasses
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import Enum
from functools import cache
from importlib import metadata
from pathlib import Path
from types import FunctionType
from typing import Any, Self, cast

from openloop.contracts import Kind, Model, Scope, Signal, Sourced
from openloop.contracts.models import weights_of
from openloop.contracts.signals import asking

LIBRARIES = (
    "numpy",
    "scipy",
    "pyarrow",
    "torch",
    "transformers",
    "trl",
    "peft",
    "accelerate",
    "lm_eval",
    "math-verify",
    "rouge-score",
    "langdetect",
    "nltk",
    "nupunkt",
    "rensa",
    "aiohttp",
)
"""What may have computed a stage."""


@cache
def versions() -> dict[str, str]:
    """Of openloop, Python and every library of :data:`LIBRARIES` that is installed."""
    found = {"python": platform.python_version()}
    for library in ("openloop", *LIBRARIES):
        try:
            found[library] = metadata.version(library)
        except metadata.PackageNotFoundError:
            continue
    return found


@dataclass(frozen=True)
class SignalRecord:
    """What a signal said of itself when it scored."""

    name: str
    kind: Kind
    range: tuple[float, float]
    accept_at: float | None
    depends_on: tuple[str, ...]
    scope: Scope
    options: Mapping[str, Any] = field(default_factory=dict)
    models: tuple[ModelRecord, ...] = ()
    """The models that it asks."""

    @classmethod
    def of(cls, signal: Signal) -> Self:
        """Of a live signal."""
        low, high = signal.range
        return cls(
            signal.name,
            signal.kind,
            (float(low), float(high)),
            signal.accept_at,
            tuple(sorted(signal.depends_on)),
            signal.scope,
            options_of(signal),
            tuple(ModelRecord.of(part.model) for part in asking(signal) if part.model is not None),
        )

    @classmethod
    def read(cls, record: Mapping[str, Any]) -> Self:
        """As it was stored."""
        values = dict(record)
        values |= {"range": tuple(values["range"]), "depends_on": tuple(values["depends_on"])}
        return cls(**values | {"models": tuple(ModelRecord.read(model) for model in values.get("models", ()))})


@dataclass(frozen=True)
class ModelRecord:
    """What a model said of itself when it was asked or trained."""

    name: str
    revision: str
    depends_on: tuple[str, ...]
    """What its answers are computed from, where it declares that."""
    options: Mapping[str, Any] = field(default_factory=dict)
    weights: tuple[str, ...] = ()
    """What names its weights alone, whatever is asked of them; the first is theirs, the others are further names."""

    @classmethod
    def of(cls, model: Model) -> Self:
        """Of a live model."""
        depends_on = tuple(sorted(model.depends_on)) if isinstance(model, Sourced) else ()
        return cls(model.name, model.revision, depends_on, options_of(model), weights_of(model))

    @classmethod
    def read(cls, record: Mapping[str, Any]) -> Self:
        """As it was stored."""
        values = dict(record)
        lists = {name: tuple(values.get(name, ())) for name in ("depends_on", "weights")}
        return cls(**values | lists)


@dataclass(frozen=True)
class ArmRecord:
    """One arm of a recipe, as it was run."""

    name: str
    outside: bool
    """Whether anything from outside the model decides what it is trained on, as its parts declare."""
    chain: tuple[str, ...]
    """From what the model is asked to what it is trained on."""
    signals: tuple[str, ...]
    """Names that the recipe gives the arm's signals, in its order."""
    several_samples: bool = False
    """Whether a prompt has several candidates that answer it, so that pass@k means something."""
    real_share: float | None = None
    """Share of real rows that is mixed into what is exported."""

    @classmethod
    def read(cls, record: Mapping[str, Any]) -> Self:
        """As it was stored."""
        values = dict(record)
        return cls(**values | {"chain": tuple(values["chain"]), "signals": tuple(values["signals"])})


@dataclass(frozen=True)
class RunRecord:
    """A recipe, as it was run into a directory."""

    name: str
    rounds: int
    seeds: tuple[int, ...]
    arms: Mapping[str, ArmRecord]
    trains: bool
    """False where rows are only made."""
    measure: str
    """What its evaluations estimate: ``accuracy``, or ``mean value`` of a signal that accepts nothing."""
    licence: Mapping[str, str]
    sources: Sequence[Mapping[str, Any]]
    """The real data: ``name``, ``rows``, ``fingerprint``, ``license``."""
    recipe: str
    """The recipe as text (YAML), everything that was inherited or set on the command line filled in."""
    versions: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    @classmethod
    def read(cls, record: Mapping[str, Any]) -> Self:
        """As it was stored."""
        arms = {name: ArmRecord.read(arm) for name, arm in record["arms"].items()}
        return cls(**dict(record) | {"arms": arms, "seeds": tuple(record["seeds"])})


def options_of(value: object) -> dict[str, Any]:
    """The options of a signal, model, selector or trainer as plain values: the fields of its dataclass."""
    if not dataclasses.is_dataclass(value):
        return {}
    named = {f.name: getattr(value, f.name) for f in dataclasses.fields(value) if f.init and f.name != "probes"}
    return cast(dict[str, Any], _plain(named))


def named_options(value: object) -> dict[str, Any]:
    """``{name, options}`` of a selector, parser or trainer; its name is that of its class unless it has one."""
    name = getattr(value, "name", None)
    return {"name": name if isinstance(name, str) else type(value).__name__, "options": options_of(value)}


def without_keys(values: Any) -> Any:
    """Plain values as they may be stored: what looks like a key or a password is left out."""
    return _plain(values)


_SECRET = re.compile(r"(^|_)(api_?key|key|token|secret|password|authorization)$", re.IGNORECASE)
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")


def _plain(value: Any) -> Any:
    """A value for people to read: code is named, weights are counted, and what looks like a key is left out."""
    match value:
        case Enum():
            return _plain(value.value)
        case str():
            return _CREDENTIALS.sub("***@", value)
        case None | bool() | int() | float():
            return value
        case bytes():
            return f"{len(value):,} bytes"
        case Path():
            return str(value)
        case Mapping():
            return {
                str(key): "***" if isinstance(item, str) and _SECRET.search(str(key)) else _plain(item)
                for key, item in value.items()
            }
        case list() | tuple():
            return [_plain(item) for item in value]
        case set() | frozenset():
            return sorted(str(item) for item in value)
        case FunctionType():
            return value.__qualname__
        case Model():
            return {"name": value.name, "revision": value.revision}
        case Signal():
            return asdict(SignalRecord.of(value))
    if dataclasses.is_dataclass(value):
        return named_options(value)
    return type(value).__name__
