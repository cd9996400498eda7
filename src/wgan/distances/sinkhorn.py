r"""Entropic transport, made a divergence by taking off what each set is from itself."""

from dataclasses import dataclass
from math import inf
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from wgan.checks import Count, Positive, Rule
from wgan.distances.costs import distances, row_blocks
from wgan.distances.entropic import BLOCK_BYTES, KEPT_BYTES, PairCosts, between, within
from wgan.distances.method import DistanceMethod, Measured
from wgan.distances.samples import AT_LEAST_ONE
from wgan.distances.units import LOW, in_own_units, power, reach, root
from wgan.errors import InputError
from wgan.memory import available_memory, require_memory

__all__ = ["Sinkhorn"]

LOST = 1e-14  # share of its parts up to which their difference is but rounding
SMALL = 1e-260


@dataclass(frozen=True)
class Sinkhorn(DistanceMethod):
    r"""The debiased Sinkhorn divergence, to the power $1/p$.

    $$S_\varepsilon(x, y) = OT_\varepsilon(x, y) - \tfrac12 OT_\varepsilon(x, x) - \tfrac12 OT_\varepsilon(y, y),
      \qquad
      OT_\varepsilon = \min_\pi \sum_{ij} \pi_{ij} \lVert x_i - y_j \rVert^p + \varepsilon\,
      \mathrm{KL}(\pi \,\|\, a \otimes b)$$

    solved in the log domain, with $\varepsilon$ lowered step by step and Newton's method where Sinkhorn's iteration
    stalls (see `wgan.distances.entropic`). Costs that fit into half of the free memory are kept, others computed block
    by block. $S_\varepsilon$ goes from $W_p^p$, as
    $\varepsilon \to 0$, to a kernel distance: the squared distance of the means for $p = 2$.

    Feydy et al. 2019, Interpolating between Optimal Transport and MMD using Sinkhorn Divergences,
    https://arxiv.org/abs/1810.08278.

    Args:
        p: the power of the Euclidean distance, at least 1 and finite.
        epsilon: $\varepsilon$ in units of the cost, that is of the data to the power p; `relative` of the mean cost
            between the sets if None, which then differs from pair to pair (give it to compare values) and is held
            fixed by the gradient.
        relative: see `epsilon`.
        iterations: steps at the last $\varepsilon$, at most; what has not converged by then says how far off it is.
        tolerance: how much mass may be in the wrong place at the end.

    Raises:
        InputError: if a field is out of range, if all samples are equal and `epsilon` is None, or if one block
            of costs does not fit into the memory.

    Example:
        >>> x = torch.tensor([[0.0], [1.0], [5.0]])
        >>> round(Sinkhorn(p=2)(x, x + 2).item(), 6)  # exact for translations
        2.0
    """

    name: ClassVar[str] = "sinkhorn"
    unit: ClassVar[str] = "of the data"
    costly: ClassVar[bool] = True
    metric: ClassVar[bool] = False

    p: Annotated[float, Rule(f"{AT_LEAST_ONE}, and finite", lambda p: 1 <= p < inf)] = 1
    epsilon: Positive | None = None
    relative: Positive = 0.05
    iterations: Count = 500
    tolerance: Positive = 1e-6

    def measure(self, x: Tensor, y: Tensor) -> Measured:
        r"""$S_\varepsilon^{1/p}$."""
        return self.measure_weighted(x, y, *(side.new_full((len(side),), 1 / len(side)) for side in (x, y)))

    def measure_weighted(self, x: Tensor, y: Tensor, x_weights: Tensor, y_weights: Tensor) -> Measured:
        r"""$S_\varepsilon^{1/p}$, of weighted points."""
        x, y, unit = in_own_units(x[x_weights > 0], y[y_weights > 0])
        a, b = x_weights[x_weights > 0].to(x), y_weights[y_weights > 0].to(x)
        centre = torch.cat([x.detach(), y.detach()]).mean(0)
        x, y = x - centre, y - centre
        scale = float(reach(longest(x.detach(), y.detach()), self.p))
        keep = fits(max(len(x), len(y)))
        costs = PairCosts(x, y, self.p, scale, keep)
        epsilon = self.temperature(costs, a, b, unit * scale)
        effort = epsilon, self.tolerance, self.iterations
        selves = (within(PairCosts(s, s, self.p, scale, keep), w, *effort) for s, w in ((x, a), (y, b)))
        parts = [between(costs, a, b, *effort), *selves]
        error = max(part.error for part in parts)
        value = parts[0].value - (parts[1].value + parts[2].value) / 2
        shown = epsilon * power(unit * scale, self.p)
        note = f"debiased, epsilon {shown:.3g}" if shown < inf else "debiased, an epsilon beyond 1e308"
        if error > self.tolerance:
            note += f"; not converged: {error:.1g} of the mass is misplaced after {self.iterations} iterations"
        doubt = LOST * sum(abs(part.value.item()) for part in parts) + epsilon * error * (self.p > LOW)
        if value <= doubt:  # whose root, of high powers, would look like a distance
            value, note = value * 0, note + "; no more than the error of its parts"
        return Measured(unit * scale * root(value, self.p), note)

    def temperature(self, costs: PairCosts, a: Tensor, b: Tensor, scale: float) -> float:
        r"""$\varepsilon$ in units of the costs."""
        if self.epsilon is not None:
            return min(max(self.epsilon / max(power(scale, self.p), SMALL), SMALL), 1 / SMALL)
        mean = costs.mean(a, b)
        if not mean > 0:
            raise InputError("sinkhorn: all samples are equal, so that their mean cost is 0; give an epsilon")
        return self.relative * mean


def fits(points: int) -> bool:
    """Whether costs and plan between so many points are kept, in half of the free memory."""
    free = available_memory()
    require_memory(BLOCK_BYTES + 100 * points, f"sinkhorn of {points:,} samples", "take fewer samples")
    return BLOCK_BYTES + KEPT_BYTES * points**2 <= free / 2


def longest(x: Tensor, y: Tensor) -> Tensor:
    """The greatest distance between the sets."""
    return torch.stack([distances(x[rows], y).amax() for rows in row_blocks(len(x), len(y))]).amax()
