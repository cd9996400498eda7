"""A recipe's fields by the dotted names that the command takes."""

from collections.abc import Mapping
from typing import Any

__all__ = ["flattened"]


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
