"""A loop as data."""

from openloop.recipe.file import load_yaml, read_recipe
from openloop.recipe.schema import Chain, Recipe, Round, Rows, Spec, parse_recipe

__all__ = ["Chain", "Recipe", "Round", "Rows", "Spec", "load_yaml", "parse_recipe", "read_recipe"]
