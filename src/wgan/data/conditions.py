r"""Conditions: what a sample can be asked for, one value of one of its columns, and batches that hold them.

A condition is one-hot over the values of all columns together, `(B, k)`, with the one that the sample holds set: the
class of an image, or one category of one column of a table.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, NamedTuple, Self

import torch
from torch import Tensor

from wgan.checks import Checked, NotNegative, choice
from wgan.errors import InputError, unknown_name

__all__ = ["Batch", "Conditioning", "Conditions", "Valued"]

FREQUENCIES = ("log", "data")
MOST = 2**53
"""Samples, up to which shares of them are exact."""


@dataclass(frozen=True, kw_only=True)
class Conditioning(Checked):
    r"""How a system learns with conditions: which it is asked for, and what it costs not to hold them.

    Of all columns one is chosen at random, then one of its values, then real samples that hold it. With
    `frequency = "log"` a value that $m$ samples hold is chosen with a probability proportional to $\log(1 + m)$, so
    that rare ones are learned too.

    Xu et al. 2019, Modeling Tabular Data using Conditional GAN, section 4.3, https://arxiv.org/abs/1907.00503.

    Args:
        frequency: of the values, `log` or as in the `data`.
        cross_entropy: weight of $-\log$ of the probability that a generated row has the state that it was asked for, in
            the generator's loss; only generators of tables of mixed columns tell it.

    Raises:
        InputError: for another frequency, or a negative weight.
    """

    frequency: Annotated[str, choice("frequency of conditions", FREQUENCIES)] = "log"
    cross_entropy: NotNegative = 0.0


class Batch(NamedTuple):
    """Samples `(B, *shape)`, and the condition that each holds, `(B, k)`; None where none was asked for."""

    samples: Tensor
    condition: Tensor | None = None


@dataclass(frozen=True)
class Conditions:
    """What samples can be asked for.

    Attributes:
        names: of the columns; of an image's class `class`.
        counts: of each column, how many of the samples that are learned from hold each value.
        values: of each column, the names of the values; none where a table's encoding knows them.
        places: of each column, where its first value lies among the states of a row; none where there are no rows.

    Raises:
        ValueError: if these do not fit each other: conditions are read from files too.

    Example:
        >>> conditions = Conditions(("class",), ((8, 1),), (("cat", "dog"),))
        >>> conditions.one_hot(conditions.places_for(torch.tensor([0.1, 0.95]), conditions.weights("data")))
        tensor([[1., 0.],
                [0., 1.]])
    """

    names: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    values: tuple[tuple[str, ...], ...] = ()
    places: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Looks at what was given."""
        sizes = [len(part) for part in self.counts]
        named = not self.values or [len(part) for part in self.values] == sizes
        placed = not self.places or (len(self.places) == len(sizes) and min(self.places) >= 0)
        sums = {sum(part) for part in self.counts}
        counted = sizes and min(sizes) > 1 and min(map(min, self.counts)) >= 0 and 0 < max(sums) < MOST
        if not (counted and named and placed and len(sums) == 1 and len(self.names) == len(sizes)):
            raise ValueError("conditions whose columns and values do not fit each other")

    @cached_property
    def width(self) -> int:
        """k, the values of all columns together."""
        return sum(map(len, self.counts))

    @cached_property
    def states(self) -> tuple[int, ...]:
        """Which state of a row each value is; empty where there are no rows."""
        starts = zip(self.places, self.counts, strict=True) if self.places else ()
        return tuple(start + value for start, counts in starts for value in range(len(counts)))

    def weights(self, frequency: str = "data") -> Tensor:
        """How often each value is asked for, `(k,)` float64, columns alike; the sum is 1."""
        return self._weights[frequency]

    @cached_property
    def _weights(self) -> dict[str, Tensor]:
        columns = [torch.tensor(part, dtype=torch.float64) for part in self.counts]
        weighed = {"data": columns, "log": [part.log1p() for part in columns]}
        return {name: torch.cat([part / part.sum() for part in parts]) / len(parts) for name, parts in weighed.items()}

    @staticmethod
    def places_for(chance: Tensor, weights: Tensor) -> Tensor:
        """The values that belong to uniform numbers in [0, 1), `(n,)`; one of weight 0 belongs to none."""
        heights = weights.cumsum(0)
        last = int(weights.nonzero().max())
        return torch.searchsorted(heights, chance * heights[-1], right=True).clamp(max=last)

    def one_hot(self, places: Tensor) -> Tensor:
        """`(n,)` to `(n, k)`."""
        return torch.zeros(len(places), self.width, device=places.device).scatter_(1, places[:, None], 1.0)

    def share(self, column: int, values: Tensor) -> float:
        """Of how many samples a column holds one of some values, `(values,)` of bool."""
        counts = torch.tensor(self.counts[column])
        return float(counts[values].sum() / counts.sum())

    def named(self, where: Sequence[str]) -> tuple[str, Tensor]:
        """The column and the weights, `(k,)`, of one value that is asked for by its name, such as `class=7`.

        Raises:
            InputError: for several values, another comparison, or a name that there is not.
        """
        expected = f"expected one value, such as {self.names[0]}={self.values[0][0]}"
        if len(where) != 1 or not (name_and_value := where[0].partition("="))[1] or name_and_value[0][-1:] in "!<>":
            raise InputError(f"--where {' and '.join(where)}: {expected}")
        name, value = (part.strip().strip("\"'") for part in name_and_value[::2])
        if name not in self.names:
            raise unknown_name("column", name, self.names)
        column = self.names.index(name)
        if value not in self.values[column]:
            raise unknown_name(f"value of {name}", value, self.values[column])
        chosen = sum(map(len, self.values[:column])) + self.values[column].index(value)
        return name, torch.zeros(self.width, dtype=torch.float64).index_fill_(0, torch.tensor(chosen), 1.0)

    def draw(self, n: int, rng: torch.Generator, weights: Tensor | None = None) -> Tensor:
        """Conditions at random, `(n, k)`: by default as often as the data hold them.

        Args:
            n: how many.
            rng: draws them.
            weights: how often each value is asked for, `(k,)`.
        """
        chance = torch.rand(n, generator=rng, device=rng.device, dtype=torch.float64)
        return self.one_hot(self.places_for(chance, (self.weights() if weights is None else weights).to(rng.device)))


class Valued(NamedTuple):
    """The samples of a source by the values of their columns.

    Attributes:
        conditions: what they can be asked for.
        order: `(columns N,)`, of each column all samples, those of a value one behind the other.
        counts: `(k,)`, how many samples hold each value.
        starts: `(k,)`, where in `order` they begin.
    """

    conditions: Conditions
    order: Tensor
    counts: Tensor
    starts: Tensor

    @classmethod
    def of(
        cls,
        codes: Tensor,
        names: Sequence[str],
        sizes: Sequence[int],
        values: tuple[tuple[str, ...], ...] = (),
        places: Sequence[int] = (),
    ) -> Self:
        """That of samples whose values are `codes`, `(N, columns)` from 0.

        Args:
            codes: one of `sizes` in each column.
            names: of the columns.
            sizes: how many values each has.
            values: their names.
            places: where the first of each lies among the states of a row.
        """
        firsts = torch.tensor([0, *sizes]).cumsum(0)[:-1].to(codes.device)
        counts = torch.bincount((codes + firsts).flatten(), minlength=sum(sizes))
        by_column = tuple(tuple(part.tolist()) for part in torch.split(counts.cpu(), list(sizes)))
        conditions = Conditions(tuple(names), by_column, values, tuple(places))
        return cls(conditions, codes.argsort(dim=0, stable=True).T.flatten(), counts, counts.cumsum(0) - counts)

    def draw(self, n: int, rng: torch.Generator, how: Conditioning) -> tuple[Tensor, Tensor]:
        """Samples with replacement, `(n,)` of their numbers, and the condition that each holds, `(n, k)`."""
        chance = torch.rand(2, n, generator=rng, device=rng.device, dtype=torch.float64).to(self.order.device)
        weights = self.conditions.weights(how.frequency).to(self.order.device)
        places = self.conditions.places_for(chance[0], weights)
        inside = torch.minimum((chance[1] * self.counts[places]).long(), self.counts[places] - 1)
        return self.order[self.starts[places] + inside], self.conditions.one_hot(places)
