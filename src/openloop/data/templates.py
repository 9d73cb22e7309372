"""Templates: jinja2 in its sandbox. What a row holds is data: braces in it are never read as a template."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from openloop.errors import InputError


def compiled(text: str, what: str) -> Callable[..., str]:
    """A function of the template's variables. Raises InputError for a template that does not parse, and when called
    for one that names a variable it is not given."""
    from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["json"] = lambda value: json.dumps(value, ensure_ascii=False)
    try:
        template = environment.from_string(text)
    except TemplateSyntaxError as error:
        raise InputError(f"{what}: the template's line {error.lineno}: {error.message}.") from None

    def render(**variables: Any) -> str:
        try:
            return template.render(**variables)
        except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
            has = ", ".join(sorted(variables))
            raise InputError(f"{what}: the template cannot be filled in: {error}. It may use: {has}.") from None

    return render
