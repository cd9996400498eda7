"""Orthogonal layers: critics that are 1-Lipschitz by construction, and keep the gradient's norm."""

from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrize import is_parametrized, register_parametrization

from wgan.checks import Few
from wgan.errors import InputError
from wgan.lipschitz.method import LipschitzMethod
from wgan.lipschitz.norms import CONVOLUTIONS, overlap, stride_of

__all__ = ["Orthogonal", "bjorck"]

Layer = nn.Linear | nn.modules.conv._ConvNd

# Singular values up to here stay away from √3, which one iteration would send to 0; and the bound below, taken of a
# matrix that is orthogonal already, is smaller for up to 650 rows.
LARGEST = 1.5

# Of the weights' learning rate. On three cones in the plane 20 starts of 20 then reach .985 of the distance; at the
# whole rate some end below .98, and at three hundredths of it none gets there in time.
BIAS_RATE = 0.1


@dataclass(frozen=True, kw_only=True)
class Orthogonal(LipschitzMethod):
    r"""Keeps every weight an orthogonal matrix, $W W^\top = I$ or $W^\top W = I$, whichever its shape allows.

    The weights start as their nearest orthogonal matrices. Their gradients are projected onto the tangent space of
    orthogonal matrices, so that the optimizer spends its step on directions that last. After the step, Björck's
    iteration $W \leftarrow \tfrac32 W - \tfrac12 W W^\top W$ brings them back; it leaves no singular value above 1.
    The biases start $\text{outputs} / \text{inputs}$ times smaller where a layer widens and so has short rows, and Adam
    changes them at a tenth of its rate. Otherwise they, not the sample, soon say in which order channels are sorted,
    and a sort whose order is the same for all samples is linear, with no gradient that could bring it back.
    Convolutions are orthogonal as reshaped kernels and divided by the overlap $\lceil k / s \rceil$ of their patches:
    1-Lipschitz too, though they keep the gradient's norm only where patches do not overlap ($k \le s$).

    With `MaxMin` or `GroupSort` between the layers such a critic can be every 1-Lipschitz function; with ReLU, which
    loses the gradient's norm, it cannot even be |x|. Batch and layer normalisation break the bound.

    Anil, Lucas & Grosse 2019, Sorting out Lipschitz function approximation, https://arxiv.org/abs/1811.05381. (There
    the optimizer differentiates through 15 to 20 iterations; tangent steps with a retraction fit as well in a third of
    the time.)

    Args:
        iterations: of Björck's method after each step.

    Raises:
        InputError: for less than one iteration; when applied, for a layer whose weight is parametrized already.

    Example:
        >>> critic = nn.Linear(3, 2)
        >>> Orthogonal().parametrize(critic)
        >>> bool(torch.allclose(critic.weight @ critic.weight.T, torch.eye(2), atol=1e-6))
        True
    """

    promises_unit_slope = True

    iterations: Few = 2

    @torch.no_grad()
    def parametrize(self, critic: nn.Module) -> None:
        """Replaces each weight by the nearest orthogonal matrix, and has its gradients projected."""
        for layer, scale in orthogonal_layers(critic):
            weight, bias = layer.weight, layer.bias
            left, _, right = torch.linalg.svd(weight.flatten(1), full_matrices=False)
            weight.copy_((left @ right).view_as(weight) * scale)
            weight.register_hook(partial(tangent, weight, scale))  # type: ignore[no-untyped-call]
            if bias is not None:
                bias.mul_(min(1.0, weight.numel() / len(bias) ** 2))  # inputs / outputs
                register_parametrization(layer, "bias", Slow(BIAS_RATE))

    @torch.no_grad()
    def project(self, critic: nn.Module) -> None:
        """Retracts each weight."""
        for layer, scale in orthogonal_layers(critic):
            weight = layer.weight
            weight.copy_(bjorck(weight.flatten(1) / scale, self.iterations).view_as(weight) * scale)


class Slow(nn.Module):
    """A parameter that Adam changes at a share of its learning rate, since it stores it as much larger.

    Args:
        share: of the learning rate.
    """

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def forward(self, stored: Tensor) -> Tensor:
        """The parameter."""
        return stored * self.share

    def right_inverse(self, value: Tensor) -> Tensor:
        """What to store."""
        return value / self.share


def orthogonal_layers(critic: nn.Module) -> list[tuple[Layer, float]]:
    """The layers whose weights are kept orthogonal, and the singular value that each has."""
    layers: list[tuple[Layer, float]] = []
    for name, layer in critic.named_modules():
        if isinstance(layer, (nn.Linear, *CONVOLUTIONS)):
            if is_parametrized(layer, "weight"):
                raise InputError(
                    f"Orthogonal: the weight of layer {name!r} is parametrized; expected a plain weight, so leave out "
                    "spectral normalisation or the equalised learning rate"
                )
            scale = 1.0 if isinstance(layer, nn.Linear) else 1 / overlap(layer.weight, stride_of(layer))
            layers.append((layer, scale))
    return layers


def tangent(weight: Tensor, scale: float, gradient: Tensor) -> Tensor:
    r"""The part of a gradient that leaves $W$ orthogonal to first order.

    $G - W \operatorname{sym}(W^\top G)$ for orthonormal columns, $G - \operatorname{sym}(G W^\top) W$ for rows.

    Args:
        weight: $W$ times `scale`, read whenever the hook runs.
        scale: the singular value of the weight.
        gradient: $G$, of the weight's shape.
    """
    matrix, direction = weight.detach().flatten(1) / scale, gradient.flatten(1)
    if matrix.shape[0] <= matrix.shape[1]:
        normal = symmetric(direction @ matrix.mT) @ matrix
    else:
        normal = matrix @ symmetric(matrix.mT @ direction)
    return gradient - normal.view_as(gradient)


def symmetric(square: Tensor) -> Tensor:
    """The symmetric part of a square matrix."""
    return (square + square.mT) / 2


def bjorck(matrix: Tensor, iterations: int) -> Tensor:
    r"""The orthogonal matrix near `matrix`, by $W \leftarrow \tfrac32 W - \tfrac12 W W^\top W$.

    A singular value follows $\sigma \leftarrow \tfrac32 \sigma - \tfrac12 \sigma^3$, which tends to 1 and exceeds it
    nowhere on $[0, \sqrt 3]$. A matrix that a large step of the optimizer left beyond is scaled down first.

    Björck & Bowie 1971, https://doi.org/10.1137/0708036.

    Args:
        matrix: `(rows, columns)`.
        iterations: how many.

    Example:
        >>> torch.linalg.svdvals(bjorck(torch.diag(torch.tensor([0.9, 1.2])), iterations=3)).round(decimals=3)
        tensor([1., 1.])
    """
    wide = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.mT
    wide = wide / (norm_bound(wide) / LARGEST).clamp(min=1)
    for _ in range(iterations):
        wide = 1.5 * wide - 0.5 * (wide @ wide.mT) @ wide
    return wide if matrix.shape[0] <= matrix.shape[1] else wide.mT


def norm_bound(wide: Tensor) -> Tensor:
    r"""$\|(W W^\top)^4\|_F^{1/8} \ge \|W\|_2$, at most $\text{rows}^{1/16}$ times too large."""
    gram = wide @ wide.mT
    squared = gram @ gram
    bound: Tensor = torch.linalg.matrix_norm(squared @ squared).pow(1 / 8)
    return bound
