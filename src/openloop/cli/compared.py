"""Several files, runs or arms, each audited by itself, by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from openloop.auditing.comparison import LARGEST
from openloop.auditing.result import Audit
from openloop.auditing.stored_audit import stored_audit
from openloop.errors import InputError


def audits_of(data: Sequence[Path], arms: Sequence[str], measure: Callable[..., Audit]) -> dict[str, Audit]:
    """By what each is called. Raises InputError for too many, for one that is named twice, and for arms of no run."""
    if len(arms) > 1:
        if len(data) > 1 or not is_run(data[0]):
            raise InputError("--arm: several arms are compared within one run directory; give that alone.")
        _require_distinct([Path(arm) for arm in arms])
        return {arm: measure(data, arm=arm) for arm in arms}
    if len(data) > LARGEST:
        raise InputError(
            f"{len(data)} files: up to {LARGEST} are compared. If they are shards of one data set, give their folder "
            "or add --together."
        )
    _require_distinct(data)
    chosen = {"arm": arms[0]} if arms else {}
    beside = {"arm": None, "seed": None, "round": None}  # what chooses rows of a run is not about a file beside it
    return {
        str(path): stored_audit(path)
        or measure([path], **(beside if any(map(is_run, data)) and not is_run(path) else chosen))
        for path in data
    }


def require_rows(path: Path) -> None:
    """Raises InputError for an audit that ``--json`` wrote, given alone."""
    if stored_audit(path) is not None:
        raise InputError(f"{path} is an audit that --json wrote. Name the file that it is to be compared with as well.")


def is_run(path: Path) -> bool:
    """Whether it is a run directory."""
    return (path / "store.sqlite").exists()


def _require_distinct(names: Sequence[Path]) -> None:
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"{twice} is given twice; compare it with another.")
