"""A file appears whole or not at all: temporary file, fsync, rename."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from openloop.errors import DiskFullError, InputError


@contextmanager
def replacing(path: Path, overwrite: bool) -> Iterator[Path]:
    """Give a temporary path beside ``path`` to write to; on success it becomes ``path``, else it is removed.

    Raises InputError when the folder cannot be written or the file has appeared meanwhile, DiskFullError
    when the disk is full.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        _sync(temporary)
        if overwrite:
            temporary.replace(path)
        else:
            _appear(temporary, path)
        _sync(path.parent)
    except FileExistsError:
        raise InputError(
            f"{path}: the file exists. Choose another name, or pass overwrite=True (--overwrite)."
        ) from None
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFullError(f"{path}: the disk is full. Free space and export again.") from None
        raise InputError(f"{path}: cannot be written: {error.strerror}. Choose another folder.") from None
    finally:
        with suppress(OSError):  # the folder itself may be what is wrong, and that was said above
            temporary.unlink(missing_ok=True)


def _appear(temporary: Path, path: Path) -> None:
    """Rename without replacing: a link, unlike a rename, fails when the file has appeared meanwhile."""
    try:
        os.link(temporary, path)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS):  # a file system without links
            raise
        temporary.replace(path)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
