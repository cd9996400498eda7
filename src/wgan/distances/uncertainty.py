"""How sure a measured distance is, how far one sample is from itself, and whether a difference is chance."""

from dataclasses import dataclass

import torch
from scipy.special import stdtrit
from torch import Tensor

from wgan.arrays import ArrayLike
from wgan.distances.kernels import Energy
from wgan.distances.method import DistanceMethod
from wgan.distances.samples import paired
from wgan.errors import InputError
from wgan.randomness import stream

__all__ = ["Halves", "Interval", "PermutationTest", "compare_halves", "confidence_interval", "permutation_test"]


@dataclass(frozen=True)
class Interval:
    """A confidence interval.

    Attributes:
        low: its lower end.
        high: its upper end.
        level: how often such intervals cover, at least asymptotically.
        covers: what they cover.
    """

    low: float
    high: float
    level: float
    covers: str = "the expected value between samples of these sizes, not that of the distributions"


def confidence_interval(
    method: DistanceMethod, x: ArrayLike, y: ArrayLike, *, level: float = 0.95, replicates: int = 24, seed: int = 0
) -> Interval:
    r"""An interval for the expected value of a distance between samples of these sizes, from random halves.

    $$\sqrt{D_n} \pm t_{R-1} \sqrt{1 + 1 / R}\, \operatorname{sd}_r \sqrt{D_{n/2}^{(r)}}$$

    squared, with Student's quantile $t$. With $n$ samples $D_n = \mathbb{E} D_n + e$, and the spread of $D$ between
    random halves around its own mean is that of $e$: half of the samples have twice the variance, of which the whole
    sample, common to all halves, explains one half. Halves hold no sample twice, as bootstrap samples do, which would
    move transport costs and nearest neighbours.

    No distance is negative, and one of samples spreads the more the greater it is, to the right. On the scale of roots
    both ends stay where a distance can be, and none has to be cut off but a root below 0, whose end is 0; on that of
    logarithms, intervals of nothing but noise are too short. Of a distance with a greatest value the upper end is that
    at most.

    It says nothing of the bias $\mathbb{E} D_n - D$ against the distributions: `compare_halves` shows it. And where the
    expected value is that of a few samples far out, as of lognormal ones with $\sigma \ge 2$, a sample without them
    does not know what it misses: no interval from it covers as often as it says.

    Politis & Romano 1994, https://doi.org/10.1214/aos/1176325770; Shao & Wu 1989 for the delete-half jackknife,
    https://doi.org/10.1214/aos/1176347263.

    Args:
        method: the distance.
        x: samples `(n, ...)`.
        y: samples `(m, ...)`.
        level: of confidence.
        replicates: $R$, pairs of halves; their spread is known to $1 / \sqrt{2 R}$ of itself.
        seed: of their choice.

    Raises:
        InputError: if a set is too small to be halved, or if level or replicates are out of range.

    Example:
        >>> from wgan.distances import Energy
        >>> x = torch.randn(200, 2, generator=torch.Generator().manual_seed(0))
        >>> interval = confidence_interval(Energy(), x, x + 1)
        >>> interval.low < Energy()(x, x + 1).item() < interval.high
        True
    """
    a, b = halvable(x, y)
    check_level(level, replicates)
    with torch.no_grad():
        value = method.measure(a, b).value
        halves = ([random_half(side, seed, name, r) for side, name in ((a, "x"), (b, "y"))] for r in range(replicates))
        values = torch.stack([method.measure(first, second).value for first, second in halves])
    # Halves and not the whole are centred; a mean of few of them is itself off by 1 / replicates of the variance.
    wide = float(stdtrit(replicates - 1, (1 + level) / 2)) * (1 + 1 / replicates) ** 0.5
    scale = values.max().item() or 1.0
    middle, reach = (value.item() / scale) ** 0.5, wide * (values / scale).sqrt().std().item()
    low, high = (scale * max(end, 0.0) ** 2 for end in (middle - reach, middle + reach))
    return Interval(min(low, value.item()), max(min(high, method.most), value.item()), level)


def check_level(level: float, replicates: int) -> None:
    """Refuses what is no level, and replicates that have no spread."""
    if not 0 < level < 1:
        raise InputError(f"level is {level:g}; expected it between 0 and 1, such as 0.95")
    if replicates < 2:
        raise InputError(f"replicates is {replicates}; expected at least 2, whose spread is the error")


def halvable(x: ArrayLike, y: ArrayLike) -> tuple[Tensor, Tensor]:
    """Two sets of at least four samples."""
    a, b = paired(x, y)
    if min(len(a), len(b)) < 4:
        raise InputError(f"the sets hold {len(a)} and {len(b)} samples; expected at least 4 of each, to halve them")
    return a, b


def random_half(points: Tensor, seed: int, side: str, replicate: int) -> Tensor:
    """Half of the points, without replacement."""
    order = torch.randperm(len(points), generator=stream(seed, "half", side, replicate))
    return points[order[: len(points) // 2].to(points.device)]


@dataclass(frozen=True)
class Halves:
    r"""A distance between random halves: what of it is there between two halves of one set already?

    Attributes:
        between: mean distance between a half of x and a half of y.
        within_x: between the two halves of x: how far apart two batches of one's own data are.
        within_y: between the two halves of y.
        n: samples in a half of x.
        m: samples in a half of y.
    """

    between: float
    within_x: float
    within_y: float
    n: int
    m: int

    @property
    def debiased(self) -> float:
        r"""$D(x, y) - \tfrac12 D(x, x') - \tfrac12 D(y, y')$, all at the size of a half.

        Its mean is 0 where both sets come from one distribution. Elsewhere it is rather too small, since the bias of a
        distance shrinks as the distance grows; the truth lies between it and `between`.
        """
        return self.between - (self.within_x + self.within_y) / 2


def compare_halves(method: DistanceMethod, x: ArrayLike, y: ArrayLike, *, splits: int = 1, seed: int = 0) -> Halves:
    """Measures both sets against each other and each against itself, at one size.

    An exact distance between finite samples is never zero: what a perfect generator would score is `within_x`.

    Args:
        method: the distance.
        x: samples `(n, ...)`.
        y: samples `(m, ...)`.
        splits: random splits to average over.
        seed: of the splits.

    Raises:
        InputError: if a set is too small to be halved.

    Example:
        >>> from wgan.distances import Exact
        >>> x = torch.randn(600, 20, generator=torch.Generator().manual_seed(0))
        >>> halves = compare_halves(Exact(), x[:300], x[300:])
        >>> halves.within_x > 4, abs(halves.debiased) < 0.2
        (True, True)
    """
    a, b = halvable(x, y)
    rows = []
    with torch.no_grad():
        for split in range(splits):
            first, second = halve(a, seed, "x", split), halve(b, seed, "y", split)
            across = torch.stack([method.measure(s, t).value for s in first for t in second]).mean()
            rows.append(torch.stack([across, *(method.measure(*pair).value for pair in (first, second))]))
    between, within_x, within_y = torch.stack(rows).mean(0).tolist()
    return Halves(between, within_x, within_y, len(a) // 2, len(b) // 2)


def halve(points: Tensor, seed: int, side: str, split: int) -> tuple[Tensor, Tensor]:
    """Two random halves of one size."""
    order = torch.randperm(len(points), generator=stream(seed, "halves", side, split)).to(points.device)
    half = len(points) // 2
    return points[order[:half]], points[order[half : 2 * half]]


@dataclass(frozen=True)
class PermutationTest:
    """Whether two sets may come from one distribution.

    Attributes:
        p_value: how often a random regrouping of all samples is as far apart as the two sets, both counted in.
        value: the distance between the two sets.
        permutations: regroupings.
        method: the distance's name.
    """

    p_value: float
    value: float
    permutations: int
    method: str


def permutation_test(
    x: ArrayLike, y: ArrayLike, *, method: DistanceMethod | None = None, permutations: int = 199, seed: int = 0
) -> PermutationTest:
    r"""Has my data drifted? The probability of so great a distance if both sets came from one distribution.

    $$p = \frac{1 + \#\{r : D_r \ge D\}}{1 + R}$$

    over $R$ random regroupings, which is exact at any sample size: under that hypothesis $p \le \alpha$ has a
    probability of at most $\alpha$.

    Phipson & Smyth 2010, Permutation P-values Should Never Be Zero, https://arxiv.org/abs/1603.05766.

    Args:
        x: samples `(n, ...)`.
        y: samples `(m, ...)`.
        method: any distance; the energy distance if None, whose regroupings all come from one matrix.
        permutations: $R$.
        seed: of the regroupings.

    Raises:
        InputError: if there are no permutations, or if samples are refused.

    Example:
        >>> x = torch.randn(300, 5, generator=torch.Generator().manual_seed(0))
        >>> permutation_test(x[:150], x[150:]).p_value > 0.05
        True
        >>> permutation_test(x[:150], x[150:] + 0.5).p_value
        0.005
    """
    if permutations < 1:
        raise InputError(f"permutations is {permutations}; expected at least 1, such as 199")
    method = method or Energy()
    a, b = paired(x, y)
    labels = torch.arange(len(a) + len(b)) < len(a)
    rng = stream(seed, "permutations")
    shuffled = [labels[torch.randperm(len(labels), generator=rng)] for _ in range(permutations)]
    values = method.permuted(torch.cat([a, b]), torch.stack([labels, *shuffled]).to(a.device))
    # Equal regroupings may differ by rounding, and a tie counts against the difference.
    reached = int((values[1:] >= values[0] * (1 - 1e-12)).sum())
    return PermutationTest((1 + reached) / (1 + permutations), values[0].item(), permutations, method.name)
