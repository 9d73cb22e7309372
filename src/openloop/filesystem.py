"""Files that are there whole or not at all, on disks where that can be promised."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from openloop.errors import DiskFullError, StoreError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_DENIED = {
    errno.EROFS,
    errno.EACCES,
    errno.EPERM,
    errno.EISDIR,
    errno.ENOTDIR,
    errno.EEXIST,
    errno.ENOENT,
    errno.ENAMETOOLONG,
    errno.ELOOP,
}

# File systems on which SQLite's locks or a rename's durability cannot be trusted.
_REMOTE = (
    "nfs",
    "cifs",
    "smb",
    "afs",
    "ceph",
    "lustre",
    "gpfs",
    "beegfs",
    "glusterfs",
    "9p",
    "ncpfs",
    "orangefs",
    "fuse.sshfs",
    "fuse.s3fs",
    "fuse.gcsfuse",
    "fuse.rclone",
    "fuse.glusterfs",
    "fuse.juicefs",
)


@contextmanager
def disk_errors(path: Path, *, denied: bool = True) -> Iterator[None]:
    """Turn a full disk, and unless told otherwise a place that cannot be written, into an error that says what to do.

    ``denied=False`` is for blocks that run somebody else's code, whose missing files are not ours to explain.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise _full(path) from error
        if denied and error.errno in _DENIED:
            raise _denied(path, error) from error
        raise
    except sqlite3.OperationalError as error:
        if "full" in str(error) or "disk I/O" in str(error):
            raise _full(path) from error
        if "readonly" in str(error) or "unable to open" in str(error):
            raise _denied(path, error) from error
        raise


def _full(path: Path) -> DiskFullError:
    return DiskFullError(
        f"the disk that holds {path} is full. Everything committed so far is kept: free some space and run "
        "the same command again."
    )


def _denied(path: Path, error: Exception) -> StoreError:
    return StoreError(f"{path} cannot be written ({error}). Choose a place you may write (--dir, --out).")


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """A temporary file beside ``path`` that takes its place, fsynced, when the block ends well."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield temporary
            sync(temporary)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        sync(path.parent)


def write_text(path: Path, text: str) -> None:
    """Write a small text file, whole or not at all."""
    with written_whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def move_folder(folder: Path, target: Path) -> None:
    """Put a finished folder in its place, its files fsynced first; a leftover of a kill makes way."""
    with disk_errors(target):
        for file in folder.rglob("*"):
            sync(file)
        sync(folder)
        shutil.rmtree(target, ignore_errors=True)
        folder.rename(target)
        sync(target.parent)


def sha256(path: Path) -> str:
    """Of a file's content, in hexadecimal digits; memory holds a piece at a time."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Make a file's content, or a folder's entries, durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def file_system(path: Path, mounts: str) -> tuple[str, str]:
    """The mount point and type that hold ``path``, read from the text of ``/proc/mounts``."""
    best = ("/", "unknown")
    for line in mounts.splitlines():
        fields = line.split()
        if len(fields) < 3:
            continue
        point = fields[1].encode().decode("unicode_escape")  # spaces are written as \040
        inside = path == Path(point) or Path(point) in path.parents
        if inside and len(point) >= len(best[0]):
            best = (point, fields[2])
    return best


def require_local(path: Path, mounts: Path = Path("/proc/mounts")) -> None:
    """Refuse, by name, a network file system: SQLite's write-ahead log needs shared memory and true locks."""
    if not mounts.exists():
        return
    point, kind = file_system(path.resolve(), mounts.read_text())
    if kind.startswith(_REMOTE):
        raise StoreError(
            f"{path} lies on a network file system ({kind}, mounted at {point}), where a run's database can "
            "be corrupted. Choose a directory on a local disk; export the results to the network afterwards."
        )
