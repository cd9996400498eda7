"""What differs between recipes."""

from collections.abc import Mapping, Sequence
from typing import Any

from wgan.recipes import Recipe

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


def flattened(table: Mapping[str, Any], where: str = "") -> dict[str, Any]:
    """A recipe's table by the dotted names that the command takes: components by their class, then their fields."""
    found: dict[str, Any] = {}
    for name, value in table.items():
        place = f"{where}{name}"
        if isinstance(value, Mapping):
            found |= component(value, place)
        elif isinstance(value, list) and any(isinstance(entry, Mapping) for entry in value):
            found[place] = [entry["type"] for entry in value]
            for entry in value:
                found |= flattened(without_type(entry), f"{place}.{entry['type']}.")
        else:
            found[place] = value
    return found


def component(table: Mapping[str, Any], place: str) -> dict[str, Any]:
    """A table's class, if it has one, and its fields."""
    named = {place: table["type"]} if "type" in table else {}
    return named | flattened(without_type(table), f"{place}.")


def without_type(table: Mapping[str, Any]) -> dict[str, Any]:
    """The fields alone."""
    return {name: value for name, value in table.items() if name != "type"}
