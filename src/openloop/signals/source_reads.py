"""What the source of a function reads: which fields of a candidate, and what outside of it may change.

Read from the syntax tree, without running anything: helpers and values of the same file that the function uses are
followed, other files are not. So what is found is certain, and what is not found may still be there.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

from openloop.signals.arguments import Arguments

OUTSIDE: Mapping[str, tuple[str, ...]] = {
    "the environment": ("os.environ", "os.getenv", "sys.argv", "os.getcwd", "platform", "getpass"),
    "files": (
        *("open", "io.open", "os.listdir", "os.scandir", "os.walk", "os.stat", "os.path.exists", "glob.glob"),
        *("numpy.load", "numpy.loadtxt", "pandas.read_", "sqlite3.connect", "pickle.load", "tomllib.load", "shelve"),
    ),
    "the network": ("requests", "urllib.request", "http.client", "httpx", "aiohttp", "socket", "openai", "anthropic"),
    "random numbers": ("random", "numpy.random", "secrets", "uuid.uuid1", "uuid.uuid4", "os.urandom"),
    "the clock": (
        *("time.time", "time.monotonic", "time.perf_counter", "time.localtime", "time.gmtime", "time.strftime"),
        *("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today"),
    ),
    "other programs": ("subprocess", "os.system", "os.popen"),
}
"""What may change between two scorings → names that reach it, as prefixes."""
_FILE_METHODS = {"read_text", "read_bytes", "iterdir", "rglob"}
_SEEDED = ("random.Random", "numpy.random.default_rng", "numpy.random.Generator", "numpy.random.RandomState")
"""With a seed given, the same numbers every time."""


def outside_reads(function: Callable[..., Any]) -> dict[str, list[str]]:
    """What of :data:`OUTSIDE` a function reads → where: ``time.time (mine.py, line 7)``; empty where none is seen."""
    source = _source(function)
    if source is None:
        return {}
    tree, start, file = source
    found: dict[str, list[str]] = {}
    imported = _imported(tree)
    for node in _reached(tree, start):
        for kind, name in _reads(node, imported):
            said = f"{name} ({file}, line {node.lineno})"  # type: ignore[attr-defined]
            if said not in found.setdefault(kind, []):
                found[kind].append(said)
    return found


def fields_read(function: Callable[..., Any], arguments: Arguments) -> frozenset[str] | None:
    """``completion``, ``prompt``, ``row.COLUMN`` as far as a function reads them; None where that cannot be seen."""
    found = {name for name in arguments.fields if name not in ("candidate", "row")}
    found |= {f"row.{column}" for column in (*arguments.columns, *arguments.optional)}
    if arguments.rest:
        return None
    held = {"candidate", "row"} & set(arguments.fields)
    source = _source(function)
    if arguments.whole:
        named = source[1] if source is not None else None
        if not isinstance(named, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            return None
        parameters = [*named.args.posonlyargs, *named.args.args]
        held = {parameters[0].arg} if parameters else set()
    if not held:
        return frozenset(found)
    if source is None:
        return None
    inside = _fields_of(source[1], held)
    return None if inside is None else frozenset(found | inside)


def reward_fields_read(reward: Callable[..., Any]) -> frozenset[str] | None:
    """The same of a TRL reward function, whose parameters are ``prompts``, ``completions`` and columns as lists."""
    source = _source(reward)
    if source is None:
        return None
    used = {node.id for node in ast.walk(source[1]) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    found = set()
    for parameter in inspect.signature(reward).parameters.values():
        if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            if parameter.name in used:
                return None
        elif parameter.name in used:
            known = {"prompts": "prompt", "completions": "completion"}
            found.add(known.get(parameter.name, f"row.{parameter.name}"))
    return frozenset(found)


def _fields_of(function: ast.AST, held: set[str]) -> set[str] | None:
    """Fields read of the names that hold a candidate (or its row); None where one of them goes elsewhere whole."""
    found: set[str] = set()
    parents = {child: node for node in ast.walk(function) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(function):
        if not (isinstance(node, ast.Name) and node.id in held and isinstance(node.ctx, ast.Load)):
            continue
        above = parents[node]
        row: ast.AST | None = node if node.id == "row" else None
        if row is None:
            if not isinstance(above, ast.Attribute):
                return None
            if above.attr != "row":
                found.add("prompt" if above.attr == "prompt" else "completion")
                continue
            row, above = above, parents[above]
        column = _column(above, parents.get(above))
        if column is None:
            return None
        found.add(f"row.{column}")
    return found


def _column(above: ast.AST, call: ast.AST | None) -> str | None:
    """The column of ``row["x"]`` or ``row.get("x")``."""
    key: ast.AST | None = None
    if isinstance(above, ast.Subscript):
        key = above.slice
    elif isinstance(above, ast.Attribute) and above.attr == "get" and isinstance(call, ast.Call) and call.args:
        key = call.args[0]
    return key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else None


def _source(function: Callable[..., Any]) -> tuple[ast.AST, ast.AST, str] | None:
    """The tree of a function's file, the function in it, and the file's name; None where they cannot be read."""
    code = getattr(function, "__code__", None)
    if code is None:
        return None
    module = sys.modules.get(getattr(function, "__module__", None) or "")
    try:
        file = Path(inspect.getfile(function))
        tree: ast.AST = ast.parse(inspect.getsource(module) if module is not None else file.read_text("utf-8"))
    except (OSError, TypeError, SyntaxError, ValueError):
        try:
            tree, file = ast.parse(dedent(inspect.getsource(function))), Path("here")
        except (OSError, TypeError, SyntaxError, ValueError):
            return None
        first = next((n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.Lambda)), None)
        return None if first is None else (tree, first, file.name)
    lines = {code.co_firstlineno}
    candidates = [n for n in ast.walk(tree) if _begins(n) in lines and getattr(n, "name", "<lambda>") == code.co_name]
    return (tree, candidates[0], file.name) if len(candidates) == 1 else None


def _begins(node: ast.AST) -> int | None:
    """The line that ``co_firstlineno`` names: a function's first decorator, if it has one."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    return node.lineno if isinstance(node, ast.Lambda) else None


def _reached(tree: ast.AST, start: ast.AST) -> Iterator[ast.AST]:
    """Every node of a function and of what it uses of its own file."""
    own: dict[str, ast.AST] = {}
    for statement in getattr(tree, "body", ()):
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            own[statement.name] = statement
        for target in getattr(statement, "targets", [getattr(statement, "target", None)]):
            if isinstance(target, ast.Name):
                own[target.id] = statement
    seen, waiting = {id(start)}, [start]
    while waiting:
        for node in ast.walk(waiting.pop()):
            yield node
            used = own.get(node.id) if isinstance(node, ast.Name) else None
            if used is not None and id(used) not in seen:
                seen.add(id(used))
                waiting.append(used)


def _imported(tree: ast.AST) -> dict[str, str]:
    """Name in the file → what it stands for: ``np`` → ``numpy``, ``now`` → ``time.time``."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                found[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _reads(node: ast.AST, imported: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    if isinstance(node, ast.Call):
        name = _dotted(node.func, imported)
        if name in _SEEDED and (node.args or node.keywords):
            return
        if isinstance(node.func, ast.Attribute) and node.func.attr in _FILE_METHODS:
            yield "files", f".{node.func.attr}()"
        elif name is not None:
            yield from _kinds(name)
    elif isinstance(node, ast.Attribute) and _dotted(node, imported) in ("os.environ", "sys.argv"):
        yield "the environment", str(_dotted(node, imported))
    elif isinstance(node, ast.Name) and imported.get(node.id) in ("os.environ", "sys.argv"):
        yield "the environment", imported[node.id]


def _kinds(name: str) -> Iterable[tuple[str, str]]:
    for kind, prefixes in OUTSIDE.items():
        if any(name == p or name.startswith((f"{p}.", p if p.endswith("_") else f"{p}.")) for p in prefixes):
            yield kind, name


def _dotted(node: ast.AST, imported: Mapping[str, str]) -> str | None:
    """``numpy.random.rand`` of ``np.random.rand``; builtins by their own name; None for what is neither."""
    if isinstance(node, ast.Attribute):
        before = _dotted(node.value, imported)
        return None if before is None else f"{before}.{node.attr}"
    if isinstance(node, ast.Name):
        return imported.get(node.id) or (node.id if node.id == "open" else None)
    return None
