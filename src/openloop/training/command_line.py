"""An argument list with placeholders, and what names it: its words and the content of the files among them."""

from __future__ import annotations

import shutil
import string
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from openloop import filesystem
from openloop.errors import InputError, nearest

PLACEHOLDERS = ("data", "model", "out", "seed", "checkpoints")
NEEDED = ("data", "out")


def require_words(arguments: Sequence[str]) -> tuple[str, ...]:
    """The words of a command, checked. Raises InputError."""
    if isinstance(arguments, str) or not arguments or not all(isinstance(word, str) and word for word in arguments):
        raise InputError(
            "command: needs a list of words, which no shell reads, such as ['python', 'train.py', '{data}', '{out}']; "
            f"got {arguments!r}."
        )
    used = {name for word in arguments for name in names_in(word)}
    for name in sorted(used - set(PLACEHOLDERS)):
        raise InputError(
            f"command: unknown placeholder {{{name}}}; {nearest(name, PLACEHOLDERS)} Double other braces: {{{{."
        )
    for name in NEEDED:
        if name not in used:
            raise InputError(f"command: no word holds {{{name}}}, so the trainer cannot know where that is.")
    return tuple(arguments)


def names_in(word: str) -> list[str]:
    """Placeholders of a word. Raises InputError for braces that are none."""
    try:
        found = list(string.Formatter().parse(word))
    except ValueError as error:
        raise InputError(f"command: {word!r}: {error}. Braces of its own are doubled: {{{{ and }}}}.") from None
    if any(spec or conversion for _, name, spec, conversion in found if name is not None):
        raise InputError(f"command: {word!r}: a placeholder is a name in braces and nothing more.")
    return [name for _, name, _, _ in found if name is not None]


def filled(arguments: Sequence[str], values: Mapping[str, object]) -> list[str]:
    """The words with what their placeholders stand for."""
    return [word.format(**{name: values[name] for name in names_in(word)}) for word in arguments]


def named(arguments: Sequence[str], base: Path) -> tuple[str | tuple[str, str], ...]:
    """What names a command: its words, and of a file among them (relative to ``base``) its name and content's hash.

    Of the program itself only the name counts, unless it lies in ``base``: another machine has another Python.
    """
    program, *others = arguments
    mine = _own_program(program, base)
    first = Path(program).name if mine is None else (Path(program).name, _digest(mine))
    return (first, *(_named(word, base) for word in others))


def program_of(arguments: Sequence[str], base: Path) -> str:
    """The program as it can be started from any folder. Raises InputError where there is none.

    ``python`` is the one that openloop runs in, whatever a shell would find.
    """
    program = arguments[0]
    if program in ("python", "python3"):
        return sys.executable
    mine = _own_program(program, base)
    found = str(mine.resolve()) if mine is not None else shutil.which(program)
    if found is None or shutil.which(found) is None:
        raise InputError(f"command: {program!r} is no program that can be started here. Install it, or give its path.")
    return found


def _own_program(program: str, base: Path) -> Path | None:
    """A program given by a relative path."""
    path = base / program
    return path if "/" in program and not Path(program).is_absolute() and path.is_file() else None


def _named(word: str, base: Path) -> str | tuple[str, str]:
    option, equals, value = word.rpartition("=") if word.startswith("-") else ("", "", word)
    path = base / value
    try:
        if value and path.is_file():
            return option + equals + path.name, _digest(path)
        return option + equals + path.name if Path(value).is_absolute() and path.exists() else word
    except OSError:  # longer than a file's name can be
        return word


def _digest(path: Path) -> str:
    return filesystem.sha256(path)[:32]
