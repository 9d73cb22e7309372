"""A path to rows: named by its bytes without parsing, loaded when asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from pathlib import Path

from openloop import filesystem
from openloop.data.databases import BETWEEN, database_kind, split_table
from openloop.data.files import find_files
from openloop.data.rows import RECOGNITION, Rows, recognised
from openloop.data.table import Shard, table_of
from openloop.data.whole_file import whole_file
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
        digests: list[str] = []
        shards: list[Shard] = []
        for file in find_files(self.path):
            with _readable(file):
                digests.append(_digest(file))
                shards += whole_file(file)
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
                digests.append(_digest(file))
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


def _digest(file: Path) -> str:
    """Of a file's bytes; of a database also which table is read, and what SQLite has not merged into the file yet."""
    stored, table = split_table(file)
    digest = filesystem.sha256(stored)
    unmerged = stored.with_name(f"{stored.name}-wal")
    if database_kind(stored) and unmerged.exists() and unmerged.stat().st_size:
        digest += filesystem.sha256(unmerged)
    return digest if table is None else f"{digest}{BETWEEN}{table}"
