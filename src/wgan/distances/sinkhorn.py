r"""Entropic transport, made a divergence by taking off what each set is from itself."""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, log
from typing import Annotated, ClassVar, NamedTuple

import torch
from torch import Tensor

from wgan.checks import Count, Positive, Rule
from wgan.distances.costs import distances
from wgan.distances.method import DistanceMethod, Measured
from wgan.distances.samples import AT_LEAST_ONE
from wgan.distances.units import LOW, in_own_units, power, reach, root
from wgan.errors import InputError
from wgan.memory import require_memory

__all__ = ["Sinkhorn"]

LOST = 1e-14  # share of its parts up to which their difference is but rounding
MOST = 1e30  # cost that no plan pays
SMALL = 1e-260

Sweep = Callable[[Tensor, Tensor, float], tuple[Tensor, Tensor]]


class Entropic(NamedTuple):
    """The value of an entropic problem, and by how much its plan misses the weights (summed, of 1)."""

    value: Tensor
    error: float


@dataclass(frozen=True)
class Sinkhorn(DistanceMethod):
    r"""The debiased Sinkhorn divergence, to the power $1/p$.

    $$S_\varepsilon(x, y) = OT_\varepsilon(x, y) - \tfrac12 OT_\varepsilon(x, x) - \tfrac12 OT_\varepsilon(y, y),
      \qquad
      OT_\varepsilon = \min_\pi \sum_{ij} \pi_{ij} \lVert x_i - y_j \rVert^p + \varepsilon\,
      \mathrm{KL}(\pi \,\|\, a \otimes b)$$

    solved in the log domain, with $\varepsilon$ lowered step by step. $S_\varepsilon$ goes from $W_p^p$, as
    $\varepsilon \to 0$, to a kernel distance: the squared distance of the means for $p = 2$.

    Feydy et al. 2019, Interpolating between Optimal Transport and MMD using Sinkhorn Divergences,
    https://arxiv.org/abs/1810.08278.

    Args:
        p: the power of the Euclidean distance, at least 1 and finite.
        epsilon: $\varepsilon$ in units of the cost, that is of the data to the power p; `relative` of the mean cost
            between the sets if None, which then differs from pair to pair (give it to compare values) and is held
            fixed by the gradient.
        relative: see `epsilon`.
        iterations: at the last $\varepsilon$, at most.
        tolerance: how much mass may be in the wrong place at the end.

    Raises:
        InputError: if a field is out of range, if all samples are equal and `epsilon` is None, or if the costs do not
            fit into the memory.

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
        largest = max(len(x), len(y))
        require_memory(80 * largest**2, f"sinkhorn of {largest:,} samples", "take fewer samples, or method='sliced'")
        x, y, unit = in_own_units(x, y)
        centre = torch.cat([x.detach(), y.detach()]).mean(0)
        x, y = x - centre, y - centre
        lengths = distances(x, y)
        scale = float(reach(lengths.detach().amax(), self.p))
        costs = self.costs(lengths, scale)
        epsilon = self.temperature(costs, unit * scale)
        selves = (self.entropic(self.costs(distances(s, s), scale), epsilon, symmetric_sweep) for s in (x, y))
        parts = [self.entropic(costs, epsilon, sweep), *selves]
        error = max(part.error for part in parts)
        value = parts[0].value - (parts[1].value + parts[2].value) / 2
        note = f"debiased, epsilon {epsilon * power(unit * scale, self.p):.3g}"
        if error > self.tolerance:
            note += f"; not converged: {error:.1g} of the mass is misplaced after {self.iterations} iterations"
        doubt = LOST * sum(abs(part.value.item()) for part in parts) + epsilon * error * (self.p > LOW)
        if value <= doubt:  # whose root, of high powers, would look like a distance
            value, note = value * 0, note + "; no more than the error of its parts"
        return Measured(unit * scale * root(value, self.p), note)

    def costs(self, lengths: Tensor, scale: float) -> Tensor:
        r"""$(\lVert x_i - y_j \rVert / s)^p$, `(n, m)`; what is far beyond the lengths between the sets is cut off."""
        relative = lengths / scale
        return relative if self.p == 1 else relative.pow(self.p).clamp_max(MOST)

    def temperature(self, costs: Tensor, scale: float) -> float:
        r"""$\varepsilon$ in units of the costs."""
        if self.epsilon is not None:
            return min(max(self.epsilon / max(power(scale, self.p), SMALL), SMALL), 1 / SMALL)
        mean = costs.mean().item()
        if not mean > 0:
            raise InputError("sinkhorn: all samples are equal, so that their mean cost is 0; give an epsilon")
        return self.relative * mean

    def entropic(self, costs: Tensor, epsilon: float, update: Sweep) -> Entropic:
        r"""$OT_\varepsilon$, whose gradient with respect to the costs is its plan."""
        fixed = costs.detach()
        f, g, error = self.potentials(fixed, epsilon, update)
        plan = ((f[:, None] + g - fixed) / epsilon).exp_().div_(costs.numel())
        return Entropic(f.mean() + g.mean() + ((costs - fixed) * plan).sum(), error)

    def potentials(self, costs: Tensor, epsilon: float, update: Sweep) -> tuple[Tensor, Tensor, float]:
        r"""Sinkhorn's iteration, $f_i = -\varepsilon \log \operatorname{mean}_j e^{(g_j - c_{ij}) / \varepsilon}$."""
        f, g = costs.new_zeros(len(costs)), costs.new_zeros(costs.shape[1])
        temperature = max(costs.max().item(), epsilon)
        while temperature > epsilon:
            f, g = update(costs, g, temperature)
            temperature /= 2
        error = float("inf")
        for step in range(self.iterations):
            f, g = update(costs, g, epsilon)
            # The rows, which are right by construction only if the columns are, are looked at now and then.
            if step % 5 == 4:
                error = ((f - soft_minimum(costs, g, epsilon)) / epsilon).expm1().abs().mean().item()
                if error < self.tolerance:
                    break
        return f, g, error


def sweep(costs: Tensor, g: Tensor, epsilon: float) -> tuple[Tensor, Tensor]:
    """Both potentials, one after the other."""
    f = soft_minimum(costs, g, epsilon)
    return f, soft_minimum(costs.T, f, epsilon)


def symmetric_sweep(costs: Tensor, g: Tensor, epsilon: float) -> tuple[Tensor, Tensor]:
    """One potential for both sides of a set against itself, by averaging, which alternation takes long for."""
    f = (g + soft_minimum(costs, g, epsilon)) / 2
    return f, f


def soft_minimum(costs: Tensor, potential: Tensor, epsilon: float) -> Tensor:
    r"""$-\varepsilon \log \operatorname{mean}_j \exp((g_j - c_{ij}) / \varepsilon)$ for each row."""
    return -epsilon * (((potential - costs) / epsilon).logsumexp(1) - log(costs.shape[1]))
