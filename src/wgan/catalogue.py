"""What the package has to choose from, by name, without importing torch: recipes, distances and metrics."""

import re
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

__all__ = ["Entry", "distance_names", "entries", "metric_names", "recipe_names", "shipped", "study_names"]


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
        >>> [entry.name for entry in entries()][:1]
        ['cowgan']
    """
    tables = {name: shipped(name) for name in recipe_names()}
    return [Entry(name, table["summary"], table["paper"], table["url"]) for name, table in tables.items()]


def distance_names() -> list[str]:
    """The short names of all distances, as their classes declare them; `wgan.distances.methods` has the classes.

    Example:
        >>> distance_names()[:3]
        ['energy', 'exact', 'gaussian']
    """
    return declared("distances")


def metric_names() -> list[str]:
    """The short names of all metrics, as their classes declare them; `wgan.metrics.metric_kinds` has the classes.

    Example:
        >>> "fd" in metric_names()
        True
    """
    return declared("metrics")


def study_names() -> list[str]:
    """The names of all studies, as their classes declare them; `wgan.studies.registry.study_kinds` has the classes.

    Example:
        >>> "kappa" in study_names()
        True
    """
    places = (place.name for place in (files("wgan") / "studies").iterdir() if place.is_dir())
    return sorted(name for place in places for name in declared(f"studies/{place}"))


def declared(room: str) -> list[str]:
    """The names that the classes in the files of a folder declare."""
    texts = (file.read_text(encoding="utf-8") for file in (files("wgan") / room).iterdir() if file.is_file())
    return sorted(name for text in texts for name in re.findall(r'^    name: ClassVar\[str\] = "(.+)"$', text, re.M))
