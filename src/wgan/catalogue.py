"""The shipped recipes, by name: their texts, and what they say of themselves, without importing torch."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

__all__ = ["Entry", "entries", "recipe_names", "shipped"]


@dataclass(frozen=True)
class Entry:
    """What a list says of a recipe."""

    name: str
    summary: str
    paper: str
    url: str


def recipe_names() -> list[str]:
    """Names of the recipes that come with the package."""
    folder = files("wgan") / "recipes"
    return sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))


def shipped(name: str) -> dict[str, Any]:
    """The table of one of them."""
    return tomllib.loads((files("wgan") / "recipes" / f"{name}.toml").read_text())


def entries() -> list[Entry]:
    """All of them, in the order of their names.

    Example:
        >>> [entry.name for entry in entries()][:2]
        ['cowgan', 'ctransform']
    """
    tables = {name: shipped(name) for name in recipe_names()}
    return [Entry(name, table["summary"], table["paper"], table["url"]) for name, table in tables.items()]
