"""What differs between recipes."""

from collections.abc import Sequence
from typing import Any

from wgan.recipes import Recipe
from wgan.recipes.flat import flattened

__all__ = ["differing"]

DESCRIPTION = ("name", "summary", "paper", "url")
"""Fields that nothing is trained by."""


def differing(recipes: Sequence[Recipe]) -> dict[str, tuple[Any, ...]]:
    """The fields that are not the same in all, by dotted name, with the value in each; None where one has no such.

    Example:
        >>> recipes = [Recipe.named("wgan-gp"), Recipe.named("wgan-gp", {"seed": 1, "lipschitz.GP.weight": 5})]
        >>> differing(recipes)
        {'seed': (0, 1), 'lipschitz.GP.weight': (1.0, 5.0)}
    """
    tables = [flattened(recipe.to_table()) for recipe in recipes]
    names = dict.fromkeys(name for table in tables for name in table if name not in DESCRIPTION)
    rows = {name: tuple(table.get(name) for table in tables) for name in names}
    return {name: row for name, row in rows.items() if any(value != row[0] for value in row)}
