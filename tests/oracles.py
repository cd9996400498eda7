"""Closed forms and independent solvers that the tests compare with, each with its equation."""

from math import erf, exp, lgamma, log, pi

import numpy as np
import torch
from scipy.linalg import sqrtm
from scipy.optimize import linear_sum_assignment
from scipy.special import logsumexp


def discrete_divergences(p: np.ndarray, q: np.ndarray) -> dict[str, float]:
    """Divergences of two distributions on the same atoms, all with positive mass, by the name a loss declares."""

    def kl(a: np.ndarray, b: np.ndarray) -> float:
        return float((a * np.log(a / b)).sum())

    middle = (p + q) / 2
    return {
        "TV": float(np.abs(p - q).sum() / 2),
        "KL": kl(p, q),
        "reverse KL": kl(q, p),
        "Jeffrey": kl(p, q) + kl(q, p),
        "Pearson χ²": float(((p - q) ** 2 / q).sum()),
        "Neyman χ²": float(((p - q) ** 2 / p).sum()),
        "H²": float(((np.sqrt(p) - np.sqrt(q)) ** 2).sum()),
        "JS": (kl(p, middle) + kl(q, middle)) / 2,
        "Le Cam": float(((p - q) ** 2 / (p + q)).sum() / 2),
    }


def weighted_jensen_shannon(p: np.ndarray, q: np.ndarray, pi: float) -> float:
    """π KL(P‖M) + (1 − π) KL(Q‖M), M = πP + (1 − π)Q."""
    mixture = pi * p + (1 - pi) * q
    return float((pi * p * np.log(p / mixture) + (1 - pi) * q * np.log(q / mixture)).sum())


def relativistic_divergence(p: float, q: float) -> float:
    """sup_D E log(2σ(D(x) − D(y))) for P = (p, 1 − p), Q = (q, 1 − q) on two atoms.

    Only unlike pairs count: with a = p(1 − q), b = (1 − p)q the difference of the two scores is log(a / b) at the
    optimum, as in the model of Bradley and Terry.
    """
    a, b = p * (1 - q), (1 - p) * q
    return (a + b) * log(2) + a * log(a / (a + b)) + b * log(b / (a + b))


def assignment_cost(x: np.ndarray, y: np.ndarray) -> float:
    """W₁ of two equally large samples, the linear program solved on its vertices: min over permutations."""
    costs = np.linalg.norm(x[:, None] - y[None], axis=-1)
    return float(costs[linear_sum_assignment(costs)].mean())


def entropic_cost(x: np.ndarray, y: np.ndarray, epsilon: float, iterations: int = 1000) -> float:
    """min_π ⟨π, c⟩ + ε KL(π ‖ P ⊗ Q) of two samples, by Sinkhorn's iteration on the logarithms of the scalings."""
    costs = np.linalg.norm(x[:, None] - y[None], axis=-1)
    g = np.zeros(len(y))
    for _ in range(iterations):
        f = -epsilon * logsumexp((g[None] - costs) / epsilon - log(len(y)), axis=1)
        g = -epsilon * logsumexp((f[:, None] - costs) / epsilon - log(len(x)), axis=0)
    return float(f.mean() + g.mean())


def three_cones(angles: int = 32) -> tuple[torch.Tensor, torch.Tensor]:
    """Three points on a line, and the unit circles around them, `(3, 2)` and `(3 · angles, 2)`: W₁ = 1.

    Each circle moves to its centre at cost 1, and minus the distance to the nearest centre, three cones, proves that
    nothing is cheaper.
    """
    centres = torch.tensor([[-2.0, 0.0], [0.0, 0.0], [2.0, 0.0]])
    turns = torch.arange(angles) * 2 * torch.pi / angles
    circle = torch.stack([turns.cos(), turns.sin()], 1)
    return centres, (centres[:, None] + circle).reshape(-1, 2)


def linear_critic(dim: int, slope: float) -> torch.nn.Sequential:
    """D(x) = ⟨w, x⟩ with ‖w‖ = slope, on `(B, dim)`."""
    layer = torch.nn.Linear(dim, 1, bias=False)
    torch.nn.init.constant_(layer.weight, slope / dim**0.5)
    return torch.nn.Sequential(layer, torch.nn.Flatten(0))


def convolution_norm(weight: torch.Tensor, stride: int, groups: int, size: int) -> float:
    """Operator norm of a convolution with full zero padding on images of `size` pixels, from its dense matrix."""
    axes = weight.dim() - 2
    channels = weight.shape[1] * groups
    basis = torch.eye(channels * size**axes).reshape(-1, channels, *[size] * axes)
    operation = (torch.conv1d, torch.conv2d, torch.conv3d)[axes - 1]
    columns = operation(basis, weight.float(), stride=stride, padding=max(weight.shape[2:]) - 1, groups=groups)
    return torch.linalg.matrix_norm(columns.flatten(1), 2).item()


def gaussian_line_w1(shift: float, spread: float) -> float:
    """W₁ of two normal distributions on the line, m = abs(Δμ), s = abs(Δσ).

    E abs(m + sZ) = s √(2/π) exp(−m² / 2s²) + m (1 − 2Φ(−m/s)), since the monotone plan moves x by m + sZ.
    """
    return spread * (2 / pi) ** 0.5 * exp(-((shift / spread) ** 2) / 2) + shift * erf(shift / spread / 2**0.5)


def gaussian_transport(mean_x: np.ndarray, cov_x: np.ndarray, mean_y: np.ndarray, cov_y: np.ndarray) -> float:
    """W₂ of normal distributions: W₂² = ‖Δμ‖² + tr(A + B − 2 (A^½ B A^½)^½), by Schur's method for the roots."""
    root = sqrtm(cov_x)
    squared = ((mean_x - mean_y) ** 2).sum() + np.trace(cov_x + cov_y - 2 * np.real(sqrtm(root @ cov_y @ root)))
    return float(squared**0.5)


def isotropic_w1(s: float, t: float, dim: int) -> float:
    """W₁ of N(0, s²I) and N(0, t²I): abs(s − t) √2 Γ((d+1)/2) / Γ(d/2), each point moving along its ray."""
    return abs(s - t) * 2**0.5 * exp(lgamma((dim + 1) / 2) - lgamma(dim / 2))


def gaussian_kernel_mmd(shift: float, bandwidth: float, dim: int) -> float:
    """MMD of N(0, I) and N(μ, I), ‖μ‖ = shift, kernel exp(−‖x−y‖²/2h²): E k(x, x') = (1 + 2/h²)^{−d/2}.

    Between the two sides it is that times exp(−shift² / (2(h² + 2))).
    """
    same = (1 + 2 / bandwidth**2) ** (-dim / 2)
    return (2 * same * (1 - exp(-(shift**2) / (2 * (bandwidth**2 + 2))))) ** 0.5


def gaussian_grid(dim: int, count: int) -> torch.Tensor:
    """Points of a standard normal distribution, by Sobol's sequence, `(count, dim)`: far more even than random ones."""
    uniform = torch.quasirandom.SobolEngine(dim, scramble=True, seed=0).draw(count, dtype=torch.float64)
    return torch.special.ndtri(uniform.clamp(1e-12, 1 - 1e-12))


def cumulative_w1(x: np.ndarray, y: np.ndarray) -> float:
    """W₁ on the line as the area between the distribution functions, ∫ abs(F_x − F_y)."""
    points = np.sort(np.concatenate([x, y]))
    gaps = [np.searchsorted(np.sort(side), points[:-1], side="right") / len(side) for side in (x, y)]
    return float((np.abs(gaps[0] - gaps[1]) * np.diff(points)).sum())


def frechet_distance(x: np.ndarray, y: np.ndarray) -> float:
    """‖μ_x − μ_y‖² + tr(A + B − 2 (AB)^½), the formula of the FID's first code, by the matrix square root."""
    a, b = np.cov(x, rowvar=False), np.cov(y, rowvar=False)
    return float(((x.mean(0) - y.mean(0)) ** 2).sum() + np.trace(a + b - 2 * sqrtm(a @ b).real))


def kernel_distance(x: np.ndarray, y: np.ndarray) -> float:
    """The unbiased MMD² with the kernel (⟨x, y⟩ / d + 1)³, over all pairs i ≠ j one by one."""

    def k(a: np.ndarray, b: np.ndarray) -> float:
        return (float(a @ b) / len(a) + 1) ** 3

    def within(z: np.ndarray) -> float:
        pairs = [k(z[i], z[j]) for i in range(len(z)) for j in range(len(z)) if i != j]
        return sum(pairs) / len(pairs)

    return within(x) + within(y) - 2 * float(np.mean([k(a, b) for a in x for b in y]))


def inception_score(probabilities: np.ndarray, splits: int) -> float:
    """The mean over consecutive splits of exp(H(E p) − E H(p)), by entropies instead of divergences."""

    def entropy(p: np.ndarray) -> np.ndarray:
        return -(p * np.log(p)).sum(-1)

    size = len(probabilities) // splits
    parts = [probabilities[i * size : (i + 1) * size] for i in range(splits)]
    return float(np.mean([np.exp(entropy(part.mean(0)) - entropy(part).mean()) for part in parts]))


def neighbourhoods(x: np.ndarray, y: np.ndarray, k: int) -> dict[str, float]:
    """Precision, recall, density and coverage of y against x, from sorted distances, sample by sample."""

    def reach(z: np.ndarray) -> list[float]:
        return [float(np.sort(np.linalg.norm(z - point, axis=1))[k]) for point in z]

    of_x, of_y = reach(x), reach(y)
    inside_x = np.array([[np.linalg.norm(b - a) <= r for a, r in zip(x, of_x, strict=True)] for b in y])
    inside_y = np.array([[np.linalg.norm(a - b) <= r for b, r in zip(y, of_y, strict=True)] for a in x])
    return {
        "precision": float(inside_x.any(1).mean()),
        "recall": float(inside_y.any(1).mean()),
        "density": float(inside_x.sum(1).mean() / k),
        "coverage": float(inside_x.any(0).mean()),
    }
