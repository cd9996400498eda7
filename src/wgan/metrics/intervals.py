"""How sure a metric's value is."""

from collections.abc import Sequence
from math import ceil, sqrt
from statistics import stdev

import torch
from scipy.special import bdtr, bdtrik, ndtri, stdtrit
from torch import Tensor

from wgan.distances import Interval
from wgan.errors import InputError
from wgan.metrics.metric import Metric
from wgan.randomness import stream

__all__ = ["LEVEL", "by_halves", "by_parts", "by_ranks", "by_share", "half_values"]

LEVEL = 0.95
COVERS = "the expected value between samples of these sizes"


def by_halves(metric: Metric, value: float, halves: Sequence[float]) -> Interval:
    r"""An interval for the expected value between samples of these sizes, from random halves.

    $$V \pm t_{R-1} \operatorname{sd}_r V^{(r)}_{n/2}$$

    with Student's quantile $t$: the values of random halves, drawn without replacement, spread around their mean as
    $V$ of the whole does around its own (Shao & Wu 1989, https://doi.org/10.1214/aos/1176347263). All training rows,
    where a metric asks for them, are not a sample and are not halved. The bias of small samples is not covered: the
    floor shows it.

    Args:
        metric: the metric.
        value: $V$, of all rows.
        halves: $V^{(r)}_{n/2}$, as `half_values` gives them.
    """
    return around(value, stdev(halves), len(halves), f"by {len(halves)} random halves", metric.bounds)


def half_values(metric: Metric, real: Tensor, fake: Tensor, seed: int, replicates: int) -> tuple[float, ...]:
    """The metric of random halves.

    They are the same rows of every set of one size, so that the differences between two sets are paired.

    Args:
        metric: the metric.
        real: `(n, d)`.
        fake: `(m, d)`.
        seed: of the halves, and of what the metric draws.
        replicates: $R$, pairs of halves.

    Raises:
        InputError: if a half is less than the metric takes.
    """
    if replicates and (least := min(len(real), len(fake))) < 2 * metric.least:
        raise InputError(f"{metric.name}: {least:,} samples to halve; expected {2 * metric.least:,} or more")
    values = []
    for replicate in range(replicates):
        rng = stream(seed, "metric halves", metric.name, replicate)
        reference = half(real, rng) if metric.against == "held-out" else real
        values.append(metric.measure(reference, half(fake, rng), metric.rng(seed)).value)
    return tuple(values)


def half(rows: Tensor, rng: torch.Generator) -> Tensor:
    """A random half of the rows."""
    return rows[torch.randperm(len(rows), generator=rng)[: len(rows) // 2]]


def by_parts(value: float, parts: Sequence[float], bounds: tuple[float, float], what: str) -> Interval:
    r"""An interval from the values of $B$ disjoint parts: $V \pm t_{B-1} \operatorname{sd} / \sqrt B$."""
    return around(value, stdev(parts) / sqrt(len(parts)), len(parts), f"by {len(parts)} {what}", bounds)


def by_share(share: float, n: int) -> Interval:
    r"""Wilson's interval for a share of `n` independent samples, which holds near 0 and 1 as well.

    $$\frac{p + z^2 / 2n \pm z \sqrt{p (1 - p) / n + z^2 / 4n^2}}{1 + z^2 / n}$$

    Wilson 1927, https://doi.org/10.1080/01621459.1927.10502953.

    Example:
        >>> interval = by_share(1.0, 100)
        >>> round(interval.low, 3), interval.high
        (0.963, 1.0)
    """
    z = float(ndtri((1 + LEVEL) / 2))
    middle, reach = share + z * z / (2 * n), z * sqrt(share * (1 - share) / n + (z / (2 * n)) ** 2)
    low, high = ((middle + side * reach) / (1 + z * z / n) for side in (-1, 1))
    return Interval(
        min(max(low, 0.0), share), max(min(high, 1.0), share), LEVEL, f"{COVERS}; Wilson's, of a share of {n:,}"
    )


def by_ranks(ordered: Sequence[float]) -> Interval:
    r"""An interval for the median of a distribution, from the order statistics of independent samples.

    $$\bigl[x_{(k)}, x_{(n + 1 - k)}\bigr], \qquad k = \max\{j : P(B < j) \le 0.025\}$$

    with $B$ the number of heads in $n$ tosses. It holds for every distribution; Thompson 1936,
    https://doi.org/10.1214/aoms/1177732502. Too few samples have none at this level, and get their ends.

    Args:
        ordered: $x_{(1)} \le \dots \le x_{(n)}$.

    Example:
        >>> interval = by_ranks([float(k) for k in range(1, 101)])
        >>> interval.low, interval.high
        (40.0, 61.0)
    """
    k = max(binomial_quantile((1 - LEVEL) / 2, len(ordered)), 1)
    return Interval(ordered[k - 1], ordered[-k], LEVEL, f"{COVERS}; by ranks of {len(ordered):,}")


def around(value: float, error: float, replicates: int, how: str, bounds: tuple[float, float]) -> Interval:
    """Student's interval around a value with a standard error, within the metric's bounds."""
    reach = float(stdtrit(replicates - 1, (1 + LEVEL) / 2)) * error
    low, high = max(value - reach, bounds[0]), min(value + reach, bounds[1])
    return Interval(low, high, LEVEL, f"{COVERS}; {how}")


def binomial_quantile(share: float, n: int) -> int:
    """The least number of heads that `n` throws do not exceed with at least that probability.

    Example:
        >>> binomial_quantile(0.025, 20), binomial_quantile(0.025, 100)
        (6, 40)
    """
    k = ceil(float(bdtrik(share, n, 0.5)))
    while k > 0 and bdtr(k - 1, n, 0.5) >= share:
        k -= 1
    return k
