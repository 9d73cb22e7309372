"""Data between the judge and the child: numbers, texts and containers of them, never objects."""

import posix as os  # all that is used of `os`, without its start
import select
import time

MOST = 1 << 25
"""Bytes of one message."""
HEAD = 10
DEEPEST = 60


class Broken(Exception):
    """A message that is none, or an end where none was due."""


class Unsendable(Exception):
    """A value that is more than data."""


def encode(value, depth=0):
    """Data as bytes. What a subclass of a plain type would add is left behind."""
    if depth > DEEPEST:
        raise Unsendable("nested too deeply")
    if value is None:
        return b"N"
    if value is True or value is False:
        return b"T" if value else b"F"
    if isinstance(value, int):
        return _sized(b"i", b"%x" % int(value))
    if isinstance(value, float):
        return _sized(b"f", float.hex(value).encode())
    if isinstance(value, complex):
        return b"c" + encode(value.real) + encode(value.imag)
    if isinstance(value, str):
        return _sized(b"s", str.encode(value, "utf-8", "surrogatepass"))
    if isinstance(value, (bytes, bytearray)):
        return _sized(b"b", bytes(value))
    for kind, tag in ((list, b"l"), (tuple, b"t"), (set, b"S"), (frozenset, b"z")):
        if isinstance(value, kind):
            return _many(tag, list(kind.__iter__(value)), depth)
    if isinstance(value, dict):
        return _many(b"d", [part for pair in dict.items(value) for part in pair], depth)
    if isinstance(value, range):
        return b"r" + encode(value.start) + encode(value.stop) + encode(value.step)
    if hasattr(type(value), "__next__"):
        return _many(b"I", list(value), depth)
    if type(value).__name__ in ("dict_keys", "dict_values", "dict_items", "deque"):
        return _many(b"l", list(value), depth)
    raise Unsendable(type(value).__name__[:80])


def _sized(tag, raw):
    return tag + b"%d:" % len(raw) + raw


def _many(tag, items, depth):
    return tag + b"%d:" % len(items) + b"".join([encode(item, depth + 1) for item in items])


def decode(raw):
    """The data of some bytes, which may come from anybody. Raises Broken."""
    try:
        value, end = _decoded(raw, 0, 0)
    except (ValueError, IndexError, TypeError, OverflowError, MemoryError, RecursionError):
        raise Broken("a message that is no data") from None
    if end != len(raw):
        raise Broken("a message with more behind it")
    return value


def _decoded(raw, at, depth):
    if depth > DEEPEST + 2:
        raise ValueError("nested too deeply")
    tag, at = raw[at : at + 1], at + 1
    if tag in (b"N", b"T", b"F"):
        return {b"N": None, b"T": True, b"F": False}[tag], at
    if tag == b"c":
        real, at = _decoded(raw, at, depth + 1)
        imaginary, at = _decoded(raw, at, depth + 1)
        return complex(real, imaginary), at
    if tag == b"r":
        bounds = []
        for _ in range(3):
            value, at = _decoded(raw, at, depth + 1)
            bounds.append(value)
        return range(*bounds), at
    colon = raw.index(b":", at, at + 20)
    size, at = int(raw[at:colon]), colon + 1
    if not 0 <= size <= len(raw) - at:
        raise ValueError("a size beyond the end")
    if tag in (b"i", b"f", b"s", b"b"):
        held, at = raw[at : at + size], at + size
        if tag == b"i":
            return int(held, 16), at
        if tag == b"f":
            return float.fromhex(held.decode()), at
        return held if tag == b"b" else held.decode("utf-8", "surrogatepass"), at
    items = []
    for _ in range(size):
        value, at = _decoded(raw, at, depth + 1)
        items.append(value)
    if tag == b"d":
        return dict(zip(items[::2], items[1::2])), at
    if tag == b"I":
        return iter(items), at
    return {b"l": list, b"t": tuple, b"S": set, b"z": frozenset}[tag](items), at


def framed(raw):
    """A message: its size in :data:`HEAD` digits, and itself."""
    return b"%0*d" % (HEAD, len(raw)) + raw


def send(fd, value):
    """Write one message."""
    raw = encode(value)
    if len(raw) > MOST:
        raise Unsendable("too large")
    view = memoryview(framed(raw))
    while view:
        view = view[os.write(fd, view) :]


def receive(fd, until=None):
    """Read one message. Raises Broken, or TimeoutError at the monotonic time ``until``."""
    size = _exactly(fd, HEAD, until)
    if not size.isdigit() or int(size) > MOST:
        raise Broken("a message of no size")
    return decode(_exactly(fd, int(size), until))


def _exactly(fd, n, until):
    parts = []
    while n:
        if until is not None and not select.select([fd], [], [], max(0.0, until - time.monotonic()))[0]:
            raise TimeoutError
        part = os.read(fd, min(n, 1 << 20))
        if not part:
            raise Broken("it ended")
        parts.append(part)
        n -= len(part)
    return b"".join(parts)
