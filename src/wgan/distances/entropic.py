r"""Entropic transport between two weighted sets of points, over all pairs block by block.

$$OT_\varepsilon = \max_{f, g}\; \langle a, f \rangle + \langle b, g \rangle, \qquad
  f_i = -\varepsilon \log \sum_j b_j\, e^{(g_j - c_{ij}) / \varepsilon}$$

Sinkhorn's iteration corrects $g$ by the mass that each $y_j$ gets too little, $g_j \mathrel{+}= \varepsilon \log b_j /
q_j$. It stalls where few pairs join two parts of the samples, as in heavy tails. So $\varepsilon$ is lowered by halves,
each time from potentials that are carried on along the last two, and where a step gains too little, Newton's method
takes the next: the concave $\langle a, f(g) \rangle + \langle b, g \rangle$ has the gradient $b - q$ and the Hessian
$-(\operatorname{diag}(q) - Q^\top \operatorname{diag}(a)\, Q) / \varepsilon$, where $Q$ is the plan's rows, each as
shares; its equations are solved by conjugate gradients.

Cuturi 2013, https://arxiv.org/abs/1306.0895; Schmitzer 2019, Stabilized Sparse Scaling Algorithms,
https://arxiv.org/abs/1610.06519; Brauer et al. 2017, A Sinkhorn-Newton method, https://arxiv.org/abs/1710.06635.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from wgan.distances.costs import distances

__all__ = ["BLOCK_BYTES", "KEPT_BYTES", "Entropic", "PairCosts", "between", "within"]

BLOCK = 1 << 18  # pairs that are worked on at once
BLOCK_BYTES, KEPT_BYTES = 48 * BLOCK, 16  # peak of one, and what costs and plan take per pair where both are kept
MOST = 1e30  # cost that no plan pays
NEAR = 3e-3  # mass in the wrong place from which on the next temperature may follow
STEPS = 20  # at each temperature before the last
SLOW = 0.3  # share of the error that a step may leave, beyond which Newton's method takes over
REACH = 10.0  # temperatures by which one step of Newton's method may change a potential
CONJUGATE = 200  # steps of the conjugate gradients
FORCING = 0.1  # share of the residual that they leave
LEAST = 1e-300


class Entropic(NamedTuple):
    """The value of an entropic problem, and by how much its plan misses the weights (summed, of 1)."""

    value: Tensor
    error: float


@dataclass(frozen=True)
class PairCosts:
    r"""$(\lVert x_i - y_j \rVert / s)^p$, what is far beyond all lengths between the sets cut off.

    Args:
        x: points `(n, d)`.
        y: points `(m, d)`.
        p: the power.
        scale: $s$.
        keep: hold all of them, 8 bytes each; else each block is computed when it is needed.
    """

    x: Tensor
    y: Tensor
    p: float
    scale: float
    keep: bool
    kept: Tensor | None = field(init=False, repr=False, default=None)

    def __post_init__(self) -> None:
        if self.keep:
            object.__setattr__(self, "kept", self.between(self.x.detach(), self.y.detach()))

    def between(self, x: Tensor, y: Tensor) -> Tensor:
        """Of all pairs of two sets, differentiable."""
        lengths = distances(x, y) / self.scale
        return lengths if self.p == 1 else lengths.pow(self.p).clamp_max(MOST)

    def blocks(self) -> Iterator[tuple[slice, Tensor]]:
        """Costs of some rows at a time, without gradient."""
        n, m = len(self.x), len(self.y)
        step = max(1, BLOCK // m)
        for start in range(0, n, step):
            rows = slice(start, min(start + step, n))
            fixed = self.kept[rows] if self.kept is not None else self.between(self.x[rows].detach(), self.y.detach())
            yield rows, fixed

    @property
    def largest(self) -> float:
        """The greatest cost."""
        return max(costs.amax().item() for _, costs in self.blocks())

    def mean(self, a: Tensor, b: Tensor) -> float:
        """The mean cost under weights."""
        return sum((a[rows] @ (costs @ b)).item() for rows, costs in self.blocks())

    @property
    def has_gradient(self) -> bool:
        """Whether their gradient is asked for."""
        return torch.is_grad_enabled() and (self.x.requires_grad or self.y.requires_grad)


class Step(NamedTuple):
    """Potentials `(n,)` and `(m,)`, the mass that each y gets, and how much of it is in the wrong place."""

    f: Tensor
    g: Tensor
    taken: Tensor
    error: float


@dataclass(frozen=True)
class Scaling:
    """One problem: costs, and weights `(n,)` and `(m,)` that sum to one and are positive."""

    costs: PairCosts
    a: Tensor
    b: Tensor

    def shares(self, g: Tensor, epsilon: float) -> Iterator[tuple[slice, Tensor, Tensor]]:
        """Some rows of the plan at a time, each as shares of its mass, and their potential."""
        logarithm = self.b.log()
        for rows, costs in self.costs.blocks():
            exponents = torch.sub(g, costs).div_(epsilon).add_(logarithm)
            top = exponents.amax(1, keepdim=True)
            unscaled = exponents.sub_(top).exp_()
            total = unscaled.sum(1, keepdim=True)
            yield rows, unscaled.div_(total), (total.log_() + top).mul_(-epsilon)[:, 0]

    def sweep(self, g: Tensor, epsilon: float) -> Step:
        """The best potential of x against one of y, under which x gives what it weighs."""
        f, taken = torch.empty_like(self.a), torch.zeros_like(self.b)
        for rows, shares, f[rows] in self.shares(g, epsilon):
            taken += self.a[rows] @ shares
        return Step(f, g, taken, (taken - self.b).abs().sum().item())

    def settled(self, g: Tensor, epsilon: float, tolerance: float, most: int) -> Step:
        """Potentials at one temperature whose plan misses the weights by no more than that, if steps suffice."""
        now = self.sweep(g, epsilon)
        for _ in range(most):
            if now.error <= tolerance:
                break
            after = self.sweep(now.g + epsilon * (self.b.log() - now.taken.clamp_min(LEAST).log()), epsilon)
            slow = after.error > max(SLOW * now.error, tolerance)
            now = self.newton(after, epsilon) if slow else after
        return now

    def newton(self, now: Step, epsilon: float) -> Step:
        """The first point along Newton's direction whose plan is nearer to the weights."""
        direction = epsilon * self.direction(now, epsilon)
        reach = (direction.amax() - direction.amin()).item() / epsilon
        length = min(1.0, REACH / max(reach, LEAST))
        for _ in range(4):
            there = self.sweep(now.g + length * direction, epsilon)
            if there.error < now.error:
                return there
            length /= 4
        return now

    def direction(self, now: Step, epsilon: float) -> Tensor:
        r"""$(\operatorname{diag}(q) - Q^\top \operatorname{diag}(a)\, Q)^{-1} (b - q)$, but for a constant."""
        if self.costs.kept is None:
            return conjugate_gradients(self.times(now, lambda: self.shares(now.g, epsilon)), now.taken, self.b)
        plan = [(rows, shares) for rows, shares, _ in self.shares(now.g, epsilon)]
        return conjugate_gradients(self.times(now, lambda: ((*part, self.a) for part in plan)), now.taken, self.b)

    def times(
        self, now: Step, plan: Callable[[], Iterator[tuple[slice, Tensor, Tensor]]]
    ) -> Callable[[Tensor], Tensor]:
        """The matrix of Newton's equations times a vector."""

        def product(vector: Tensor) -> Tensor:
            found = now.taken * vector
            for rows, shares, _ in plan():
                found -= (self.a[rows] * (shares @ vector)) @ shares
            return found

        return product

    def solve(self, epsilon: float, tolerance: float, most: int) -> Step:
        """The potentials, from a temperature of the greatest cost down."""
        temperature = max(self.costs.largest, epsilon)
        g, before = torch.zeros_like(self.b), None
        while temperature > epsilon:
            found = self.settled(g, temperature, NEAR, STEPS).g
            lower = max(temperature / 2, epsilon)
            g = found if before is None else found + (found - before) * ((temperature - lower) / temperature)
            before, temperature = found, lower
        return self.settled(g, epsilon, tolerance, most)

    def value(self, f: Tensor, g: Tensor, epsilon: float) -> Tensor:
        """Of potentials, with the plan as its gradient with respect to the costs."""
        value = self.a @ f + self.b @ g
        if not self.costs.has_gradient:
            return value
        for rows, shares, _ in self.shares(g, epsilon):
            value = value + checkpoint(self.change, rows, self.a[rows, None] * shares, use_reentrant=False)
        return value

    def change(self, rows: slice, plan: Tensor) -> Tensor:
        """Zero, whose gradient is the plan's share of that of the costs."""
        costs = self.costs.between(self.costs.x[rows], self.costs.y)
        return ((costs - costs.detach()) * plan).sum()


def conjugate_gradients(product: Callable[[Tensor], Tensor], taken: Tensor, wanted: Tensor) -> Tensor:
    """Solves Newton's equations, which are singular along constants, with the masses as preconditioner."""
    size = torch.maximum(taken, 1e-3 * wanted)

    def conditioned(vector: Tensor) -> Tensor:
        scaled = vector / size
        return scaled - (size @ scaled) / size.sum()

    residual = wanted - taken
    found, direction = torch.zeros_like(taken), conditioned(residual)
    now = first = residual @ direction
    for _ in range(CONJUGATE):
        change = product(direction)
        curvature = direction @ change
        if not curvature > 0:
            break
        found += (now / curvature) * direction
        residual = residual - (now / curvature) * change
        along = conditioned(residual)
        before, now = now, residual @ along
        if now <= FORCING**2 * first:
            break
        direction = along + (now / before) * direction
    return found


def between(costs: PairCosts, a: Tensor, b: Tensor, epsilon: float, tolerance: float, most: int) -> Entropic:
    r"""$OT_\varepsilon$ of two sets, differentiable.

    Args:
        costs: of all pairs.
        a: weights of x, positive.
        b: weights of y.
        epsilon: the temperature.
        tolerance: mass that may be in the wrong place at the end.
        most: steps at that temperature.
    """
    problem = Scaling(costs, a, b)
    with torch.no_grad():
        found = problem.solve(epsilon, tolerance, most)
    return Entropic(problem.value(found.f, found.g, epsilon), found.error)


def within(costs: PairCosts, a: Tensor, epsilon: float, tolerance: float, most: int) -> Entropic:
    r"""$OT_\varepsilon$ of a set and itself: one potential for both sides, which averaging finds in some 20 steps."""
    problem = Scaling(costs, a, a)
    with torch.no_grad():
        now = problem.sweep(torch.zeros_like(a), epsilon)
        for _ in range(most):
            if now.error <= tolerance:
                break
            now = problem.sweep((now.f + now.g) / 2, epsilon)
    return Entropic(problem.value(now.f, now.g, epsilon), now.error)
