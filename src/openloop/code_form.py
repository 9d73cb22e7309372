"""Python source reduced to what it does: the form by which code is identified.

Comments, docstrings, formatting and the lines on which things stand make no difference; neither does a block under
``if __name__ == "__main__"``, which an import skips, nor the order of definitions where no order can matter. Anything
else does. The form is the same under every version of Python that parses the source alike.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Sequence
from textwrap import dedent
from typing import Any

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_READS_DOCSTRINGS = {"__doc__", "getdoc", "getsource", "getcomments"}


def code_form(source: str) -> str:
    """A text that is equal for sources that do the same, as far as reformatting goes; what does not parse is itself."""
    try:
        tree = ast.parse(dedent(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return source
    body = [statement for statement in tree.body if not _is_main_block(statement)]
    keeps_texts = bool(_READS_DOCSTRINGS & set(_names_read(tree)))
    forms = [(s, json.dumps(_form(s, keeps_texts))) for s in body if keeps_texts or not _is_text(s)]
    return "\n".join(_in_order(forms))


def _in_order(forms: Sequence[tuple[ast.stmt, str]]) -> list[str]:
    """Sorted where the order of the statements decides nothing, else as they stand.

    It decides nothing among imports, definitions and plain values, each of another name. Values that a call computes
    keep their order among themselves: calls may build on each other.
    """
    bound = [_bound(statement) for statement, _ in forms]
    names = [name for mine in bound if mine is not None for name in mine]
    if None in bound or len(set(names)) < len(names):
        return [form for _, form in forms]
    free = sorted(form for statement, form in forms if not _calls(statement))
    return [*free, *(form for statement, form in forms if _calls(statement))]


def _bound(statement: ast.stmt) -> list[str] | None:
    """The names that an import, a definition or a plain assignment binds; None for any other statement."""
    match statement:
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            found = [alias.asname or alias.name.partition(".")[0] for alias in names]
            return None if "*" in found else found
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
    return None


def _calls(statement: ast.stmt) -> bool:
    """Whether running the statement calls something, a decorator aside."""
    match statement:
        case ast.FunctionDef(args=arguments) | ast.AsyncFunctionDef(args=arguments):
            run: list[ast.AST] = [*arguments.defaults, *(default for default in arguments.kw_defaults if default)]
        case ast.ClassDef(body=body, bases=bases):
            run = [*bases, *(inner for inner in body if not isinstance(inner, Definition))]
        case _:
            run = [statement]
    return any(isinstance(node, ast.Call | ast.Await | ast.NamedExpr) for one in run for node in ast.walk(one))


def _form(node: Any, keeps_texts: bool) -> Any:
    """A node as plain lists: its kind and the fields that hold something. Texts that stand alone are docstrings."""
    if isinstance(node, list):
        left = [item for item in node if keeps_texts or not _is_text(item)]
        return [_form(item, keeps_texts) for item in left or (node and [ast.Pass()])]
    if isinstance(node, ast.Constant):
        return ["Constant", type(node.value).__name__, repr(node.value)]
    if not isinstance(node, ast.AST):
        return node
    fields = {name: value for name, value in ast.iter_fields(node) if value is not None and value != []}
    fields.pop("type_comment", None)
    return [type(node).__name__, {name: _form(value, keeps_texts) for name, value in sorted(fields.items())}]


def _is_text(statement: object) -> bool:
    """Whether a statement is a text standing alone."""
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def _is_main_block(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.If)
        and not statement.orelse
        and ast.unparse(statement.test) in ("__name__ == '__main__'", "'__main__' == __name__")
    )


def _names_read(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.alias):
            yield node.name
