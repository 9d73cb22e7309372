"""What goes wrong inside a training library, by name: no memory, no space on the disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from openloop import filesystem
from openloop.errors import DiskFullError, OutOfMemory
from openloop.training.settings import Settings

_NO_MEMORY = ("out of memory", "can't allocate memory", "cannot allocate memory", "CUBLAS_STATUS_ALLOC_FAILED")
_NO_SPACE = (
    *("No space left", "os error 28", "File too large", "os error 27"),
    *("file write failed", "failed writing file", "unexpected pos"),
)


@contextmanager
def failures(who: str, folder: Path, settings: Settings) -> Iterator[None]:
    """Name what went wrong inside a training library: no memory, no space on the disk."""
    try:
        with filesystem.disk_errors(folder, denied=False):
            yield
    except (MemoryError, RuntimeError, OSError) as error:
        said = str(error)
        if isinstance(error, MemoryError) or any(mark in said for mark in _NO_MEMORY):
            raise OutOfMemory(
                f"{who}: needed more memory than there is, with batch={settings.batch}. Lower batch and raise "
                "accumulate, set gradient_checkpointing=true or max_length, or train an adapter (lora=16)."
            ) from error
        if any(mark in said for mark in _NO_SPACE):
            raise _disk_full(folder) from error
        raise
    except Exception as error:
        if any(mark in str(error) for mark in _NO_SPACE):  # safetensors has errors of its own
            raise _disk_full(folder) from error
        raise


def _disk_full(folder: Path) -> DiskFullError:
    return DiskFullError(
        f"the disk that holds {folder} is full, in the middle of writing weights. The last whole checkpoint and "
        "everything committed so far are kept: free some space and run the same command again."
    )
