"""The columns of two tables side by side: brought to one scale, or one that outweighs all others named."""

from dataclasses import replace

import torch
from torch import Tensor

from wgan.comparison.sides import Side
from wgan.errors import InputError, unknown_name

__all__ = ["names_of", "outweighing", "pooled_ranks", "standardized"]

WIDE = 1000
"""How many times the spread of all others a column has that decides the distance alone."""
UNITS = {"deviation": "deviations of each column", "rank": "ranks from 0 to 1"}


def names_of(side: Side) -> tuple[str, ...]:
    """Of the columns, by their places where they have none."""
    return side.columns or tuple(f"column {place}" for place in range(1, side.values.shape[1] + 1))


def standardized(x: Side, y: Side, how: str) -> tuple[Side, Side]:
    r"""Both sides with each column divided by its deviation, or replaced by its ranks, among all samples of both.

    Args:
        x: a table.
        y: a table of the same columns.
        how: `deviation`, or `rank`: the mean rank of equal values over the number of samples, whatever the scale.

    Raises:
        InputError: for another word, or for pictures.
    """
    if how not in UNITS:
        raise unknown_name("way to standardize", how, UNITS)
    if x.values.dim() != 2:
        raise InputError(f"standardize is for the columns of tables, and {x.name} holds {x.kind}; leave it out")
    if x.cells is not None:
        raise InputError(f"columns of mixed kinds, as {x.name} has them, are in {x.unit} anyway; leave out standardize")
    pooled = torch.cat([x.values, y.values])
    if how == "rank":
        scaled = pooled_ranks(pooled)
    else:
        spread = spreads(pooled)
        scaled = (pooled - pooled.mean(0)) / torch.where(spread > 0, spread, 1)
    first, second = torch.split(scaled, [len(x.values), len(y.values)])
    return replace(x, values=first, unit=UNITS[how]), replace(y, values=second, unit=UNITS[how])


def spreads(pooled: Tensor) -> Tensor:
    """The deviation of each column, `(d,)`, without the squares of large numbers."""
    centred = pooled - pooled.mean(0)
    size = centred.abs().amax(0)
    unit = torch.where(size > 0, size, 1)
    return (centred / unit).square().mean(0).sqrt() * unit


def pooled_ranks(values: Tensor) -> Tensor:
    """Ranks over the number of rows, `(N, d)`, those of equal values their mean.

    Example:
        >>> pooled_ranks(torch.tensor([[5.0], [7.0], [7.0], [9e9]])).flatten().tolist()
        [0.125, 0.5, 0.5, 0.875]
    """
    columns = values.T.contiguous()
    ordered = columns.sort(1).values
    below, upto = (torch.searchsorted(ordered, columns, right=right) for right in (False, True))
    return ((below + upto).double() / (2 * len(values))).T


def outweighing(x: Side, y: Side) -> str:
    """One line on the columns that spread a thousand times as much as any other; empty if none does."""
    if x.values.dim() != 2:
        return ""
    spread, names = spreads(torch.cat([x.values, y.values])), names_of(x)
    ordered = spread.argsort(descending=True)
    ordered = ordered[spread[ordered] > 0]
    gaps = spread[ordered[:-1]] >= WIDE * spread[ordered[1:]]
    if not bool(gaps.any()):
        return ""
    count = int(gaps.nonzero()[0]) + 1
    wide = ", ".join(names[place] for place in ordered[:count].tolist())
    ratio = (spread[ordered[count - 1]] / spread[ordered[count]]).item()
    verb = "spreads" if count == 1 else "spread"
    return (
        f"{wide} {verb} {ratio:,.0f} times as much as any other column and all but alone decides the distance; "
        "--standardize deviation or rank gives all columns one scale"
    )
