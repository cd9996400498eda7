"""Named systems of the literature, and the format in which a run or a user writes one."""

from wgan.catalogue import recipe_names
from wgan.recipes.recipe import Recipe

__all__ = ["Recipe", "recipe_names"]
