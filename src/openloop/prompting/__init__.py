"""Makers: how prompts are made of a task, a condition and real rows, p = E(task, condition, demos)
(reverse-bottleneck, §3.2), or of nothing but a prefix (nomad, §3).

    asked = prompting.make(prompting.in_context(task="...", demos=3, new=20), rows, count=100, seed=0)
    replies = run.sample(teacher, asked)
"""

from openloop.prompting.in_context import in_context
from openloop.prompting.prefix import prefix
from openloop.prompting.sources import made as make
from openloop.prompting.template import template

__all__ = ["in_context", "make", "prefix", "template"]
