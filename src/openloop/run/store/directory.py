"""Whether a directory may become, or is, a run."""

from __future__ import annotations

from pathlib import Path

from openloop.errors import StoreError


def require_run_or_empty(root: Path) -> None:
    """Refuse a directory that holds something else, or a run that lost its database. Raises StoreError."""
    database = root / "store.sqlite"
    if (root / "candidates").is_dir() and (not database.exists() or database.stat().st_size == 0):
        raise StoreError(
            f"{root} holds candidates, but its store.sqlite is gone or empty, so nothing in it can be found again. "
            "Restore store.sqlite, or choose another directory with --dir."
        )
    if root.exists() and not root.is_dir():
        raise StoreError(f"{root} is a file; a run needs a directory. Choose another with --dir.")
    if root.is_dir() and not (root / "store.sqlite").exists():
        strangers = [path.name for path in root.iterdir() if path.name != "lock"]
        if strangers:
            raise StoreError(
                f"{root} is not empty ({strangers[0]!r}, ...) and is not a run directory (it has no "
                "store.sqlite). Choose a new directory with --dir."
            )
