"""The sign before the decimals of each column of text."""

import warnings
from collections.abc import Iterable, Mapping

from wgan.data.settings import DataSettings
from wgan.data.tables.decimals import forms
from wgan.data.tables.kinds.affixes import Affixes
from wgan.data.tables.kinds.cells import HOLLOW
from wgan.errors import InputError

__all__ = ["decimal_signs"]


def decimal_signs(settings: DataSettings, columns: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """For each column a point or a comma: as asked, by what only one of them can be, or as in the other columns.

    Args:
        settings: with `decimal` and the name of the data.
        columns: the texts of each.

    Raises:
        InputError: a column may have either, and no other tells.

    Example:
        >>> decimal_signs(DataSettings(decimal="."), {"a": ["1,500"], "b": ["x"]})
        {'a': '.', 'b': '.'}
        >>> decimal_signs(DataSettings(), {"a": ["1,500", "20,250"], "b": ["0.5"]})
        {'a': '.', 'b': '.'}
    """
    if settings.decimal != "auto":
        return dict.fromkeys(columns, settings.decimal)
    options = {name: options_of(texts) for name, texts in columns.items()}
    told = {found for found in options.values() if found in (",", ".")}
    signs = {}
    for name, found in options.items():
        if found == "?" and len(told) != 1:
            first = next(text for text in columns[name] if "," in text)
            raise InputError(
                f"{settings.source}: {first!r} in column {name!r} may have a decimal comma or set thousands apart; "
                "pass --decimal , or --decimal ."
            )
        signs[name] = next(iter(told)) if found == "?" or (found == "" and told == {","}) else found or "."
    if "," in told:
        warnings.warn(f"{settings.source}: its numbers have decimal commas, and were read so", stacklevel=4)
    return signs


def options_of(texts: Iterable[str]) -> str:
    """`.` or `,` where a column of numbers can have but one; `?` where a comma may be either; else nothing.

    Example:
        >>> options_of(["1.5", "NA"]), options_of(["0,5 €"]), options_of(["1,500"]), options_of(["7"])
        ('.', ',', '?', '')
    """
    filled = [text.strip() for text in texts if text.strip().lower() not in HOLLOW]
    affixes = Affixes.of(filled) or Affixes()
    numbers = list(map(affixes.bare, filled))
    common = [sign for sign in ".," if all(sign in forms(text) for text in numbers)]
    if len(common) == 1 and numbers:
        return common[0]
    return "?" if len(common) == 2 and any("," in text for text in numbers) else ""
