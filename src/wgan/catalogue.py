"""What the package has to choose from, by name, without importing torch: recipes and distances."""

import re
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

__all__ = ["Entry", "distance_names", "entries", "recipe_names", "shipped"]


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
    return tomllib.loads((files("wgan") / "recipes" / f"{name}.toml").read_text(encoding="utf-8"))


def entries() -> list[Entry]:
    """All of them, in the order of their names.

    Example:
        >>> [entry.name for entry in entries()][:2]
        ['cowgan', 'ctransform']
    """
    tables = {name: shipped(name) for name in recipe_names()}
    return [Entry(name, table["summary"], table["paper"], table["url"]) for name, table in tables.items()]


def distance_names() -> list[str]:
    """The short names of all distances, as their classes declare them; `wgan.distances.methods` has the classes.

    Example:
        >>> distance_names()[:3]
        ['energy', 'exact', 'gaussian']
    """
    texts = (file.read_text(encoding="utf-8") for file in (files("wgan") / "distances").iterdir() if file.is_file())
    return sorted(name for text in texts for name in re.findall(r'^    name: ClassVar\[str\] = "(.+)"$', text, re.M))
