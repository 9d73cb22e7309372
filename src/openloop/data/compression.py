"""gzip and zstd, told by their first bytes: a name may lie, content does not."""

from __future__ import annotations

import gzip
import zlib

from openloop.errors import DataError

GZIP = b"\x1f\x8b"
ZSTD = b"\x28\xb5\x2f\xfd"
_OTHERS = {b"PK\x03\x04": "a zip archive", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"7z\xbc\xaf": "a 7z archive"}


def unpack(raw: bytes, name: str) -> tuple[bytes, str]:
    """The plain bytes and the name of the compression (``""`` when there was none).

    Raises DataError when the compressed data is cut short, damaged, or of a kind that is not read.
    """
    if raw.startswith(GZIP):
        return _gunzip(raw, name), "gzip"
    if raw.startswith(ZSTD):
        return _unzstd(raw, name), "zstd"
    for magic, what in _OTHERS.items():
        if raw.startswith(magic):
            raise DataError(f"{name}: this is {what}. Allowed: plain, gzip or zstd. Unpack it first.")
    return raw, ""


def _gunzip(raw: bytes, name: str) -> bytes:
    try:
        return gzip.decompress(raw)
    except EOFError:
        raise damaged(name, "gzip", "it ends early (truncated)") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise damaged(name, "gzip", str(error)) from None


def _unzstd(raw: bytes, name: str) -> bytes:
    import pyarrow as pa

    try:
        with pa.CompressedInputStream(pa.BufferReader(raw), "zstd") as stream:
            plain: bytes = stream.read()
            return plain
    except OSError as error:
        what = "it ends early (truncated)" if "runcated" in str(error) else str(error)
        raise damaged(name, "zstd", what) from None


def damaged(name: str, kind: str, what: str) -> DataError:
    """The error for packed data that cannot be unpacked."""
    return DataError(f"{name}: the {kind} data is damaged: {what}. Copy or download the file again.")
