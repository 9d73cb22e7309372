"""A path to rows: named by its bytes without parsing, loaded when asked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from pathlib import Path

from openloop import filesystem
from openloop.data.decode import decode
from openloop.data.files import find_files
from openloop.data.rows import RECOGNITION, Rows, recognised
from openloop.data.table import table_of
from openloop.errors import DataError
from openloop.identity import fingerprint


@dataclass(frozen=True)
class Source:
    """Rows in a file or folder, not read yet. Equal bytes and arguments have equal fingerprints."""

    path: Path
    prompt: str | None = None
    """The column that is the prompt, where it is not detected."""
    completion: str | None = None
    need: tuple[str, ...] = ()
    """Columns that every row must have."""

    @cached_property
    def fingerprint(self) -> str:
        """Of the files' bytes and of the named columns; 32 hexadecimal digits. Parses nothing."""
        return self._named(self._digests())

    def load(self) -> Rows:
        """Read the rows, check them, and detect their columns.

        Raises DataError for anything wrong with them, or when the bytes are no longer those that the
        fingerprint named.
        """
        digests, shards = [], []
        for file in find_files(self.path):
            with _readable(file):
                raw = file.read_bytes()
            digests.append(hashlib.sha256(raw).hexdigest())
            shards.append(decode(raw, str(file)))
        named = self._named(digests)
        self._require(named)
        table = table_of(str(self.path), shards)
        return recognised(table, self.prompt, self.completion, self.need, named)

    def require_unchanged(self) -> None:
        """Raise DataError when the bytes are no longer those that the fingerprint named."""
        if "fingerprint" in self.__dict__:
            self._require(self._named(self._digests()))

    def _require(self, named: str) -> None:
        if self.__dict__.get("fingerprint", named) != named:
            raise DataError(f"{self.path}: the file changed after the run was planned. Plan again.")

    def _digests(self) -> list[str]:
        digests = []
        for file in find_files(self.path):
            with _readable(file):
                digests.append(filesystem.sha256(file))
        return digests

    def _named(self, digests: Sequence[str]) -> str:
        return fingerprint(["rows", RECOGNITION, list(digests), self.prompt, self.completion])


def read(
    path: str | PathLike[str],
    *,
    prompt: str | None = None,
    completion: str | None = None,
    need: Sequence[str] = (),
) -> Rows:
    """Read the rows of a file or folder.

    ``prompt`` and ``completion`` name columns where they are not detected; ``need`` names columns that every row must
    have. Raises DataError.
    """
    return Source(Path(path), prompt, completion, tuple(need)).load()


def fingerprint_of(path: str | PathLike[str], *, prompt: str | None = None, completion: str | None = None) -> str:
    """The fingerprint that :func:`read` would give, without parsing. Raises DataError."""
    return Source(Path(path), prompt, completion).fingerprint


@contextmanager
def _readable(file: Path) -> Iterator[None]:
    """Turn a refusal of the operating system into a DataError that names the file."""
    try:
        yield
    except OSError as error:
        raise DataError(f"{file}: cannot be read: {error.strerror}. Check its permissions.") from None
