"""A loop as data."""

from openloop.recipe.reading import load_yaml, read_recipe
from openloop.recipe.round_schema import Generation, Mix, Prompts, Round, Rows, Spec
from openloop.recipe.schema import Chain, Recipe, parse_recipe

__all__ = [
    "Chain",
    "Generation",
    "Mix",
    "Prompts",
    "Recipe",
    "Round",
    "Rows",
    "Spec",
    "load_yaml",
    "parse_recipe",
    "read_recipe",
]
