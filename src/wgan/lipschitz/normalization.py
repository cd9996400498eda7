"""Spectral normalisation: every weight divided by its largest singular value."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrize import is_parametrized, register_parametrization

from wgan.checks import Few, choice
from wgan.lipschitz.method import LipschitzMethod
from wgan.lipschitz.norms import CONVOLUTIONS, CircularConvolution, slack, stride_of

__all__ = ["SpectralNorm", "SpectralWeight"]

# A weight as a linear map: `(weight, input) -> output`.
Operator = Callable[[Tensor, Tensor], Tensor]
ITERATIONS_AT_START = 200


@dataclass(frozen=True, kw_only=True)
class SpectralNorm(LipschitzMethod):
    r"""Divides each weight of linear and convolutional layers by its spectral norm, $\bar W = W / \sigma(W)$.

    The norm is $\sigma = u^\top W v$, with vectors that power iteration improves after each of the critic's steps and
    that the critic's state keeps. The gradient flows through σ.

    It certifies a linear layer to be 1-Lipschitz, up to what the power iteration lacks: nothing at rest, but up to a
    fifth for some steps where, at large learning rates, a new direction overtakes the largest. A convolution it does
    not certify with `convolution="reshaped"`, the paper's choice: the operator can be larger than its kernel as a
    matrix, by $\lceil k / s \rceil$ for images. With `convolution="operator"` the power iteration runs on the
    convolution itself, on a torus large enough to bound its norm for images of every size.

    Miyato et al. 2018, Spectral Normalization for Generative Adversarial Networks, https://arxiv.org/abs/1802.05957.

    Args:
        iterations: power iterations after each step.
        convolution: whose norm a convolution is divided by, `reshaped` or `operator`.

    Raises:
        InputError: for less than one iteration, or an unknown choice of norm.

    Example:
        >>> critic = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 1), nn.Flatten(0))
        >>> SpectralNorm().parametrize(critic)
        >>> round(torch.linalg.matrix_norm(critic[0].weight, 2).item(), 3)
        1.0
    """

    promises_unit_slope = True

    iterations: Few = 1
    convolution: Annotated[str, choice("norm of a convolution", ("reshaped", "operator"))] = "reshaped"

    def parametrize(self, critic: nn.Module) -> None:
        """Registers the normalisation on every linear and convolutional layer."""
        for layer in [module for module in critic.modules() if isinstance(module, (nn.Linear, *CONVOLUTIONS))]:
            norm = matrix_norm if isinstance(layer, nn.Linear) else NORMS[self.convolution]
            register_parametrization(layer, "weight", norm(layer, layer.weight.detach()))

    def project(self, critic: nn.Module) -> None:
        """Improves the singular vectors; the weights are left to the parametrization."""
        for layer in critic.modules():
            if is_parametrized(layer, "weight"):
                weight = layer.parametrizations.weight  # type: ignore[union-attr]
                for step in weight:  # type: ignore[union-attr]
                    if isinstance(step, SpectralWeight):
                        step.iterate(weight.original, self.iterations)  # type: ignore[union-attr, arg-type]


class SpectralWeight(nn.Module):
    r"""The parametrization $W \mapsto W / (\text{slack} \cdot u^\top A_W v)$, with $A_W$ the weight as a linear map.

    Args:
        operator: $A_W$.
        weight: what to normalise, for the first singular vectors.
        start: an input of the operator, where power iteration begins.
        slack: by how much the norm can exceed what power iteration finds.
    """

    u: Tensor
    v: Tensor

    def __init__(self, operator: Operator, weight: Tensor, start: Tensor, slack: float = 1.0) -> None:
        super().__init__()
        self.operator = operator
        self.slack = slack
        self.register_buffer("v", unit(start))
        self.register_buffer("u", torch.zeros_like(operator(weight, self.v)))
        self.iterate(weight, ITERATIONS_AT_START)

    def forward(self, weight: Tensor) -> Tensor:
        """The weight over its norm."""
        sigma = self.slack * (self.u * self.operator(weight, self.v)).sum()
        return weight / sigma.clamp(min=torch.finfo(weight.dtype).tiny)

    @torch.no_grad()
    def iterate(self, weight: Tensor, iterations: int) -> None:
        """Power iteration on the weight, in place on the singular vectors."""
        for _ in range(iterations):
            with torch.enable_grad():
                at = self.v.detach().requires_grad_()
                image = self.operator(weight.detach(), at)
            self.u.copy_(unit(image.detach()))
            (transposed,) = torch.autograd.grad(image, at, self.u)  # of a linear map: its transpose, applied to u
            self.v.copy_(unit(transposed))


def unit(vector: Tensor) -> Tensor:
    """The vector at length 1, zero if it is zero."""
    length: Tensor = torch.linalg.vector_norm(vector)
    return vector / length.clamp(min=torch.finfo(vector.dtype).tiny)


def matrix_operator(weight: Tensor, vector: Tensor) -> Tensor:
    """A weight as the matrix `(out, everything else)`."""
    return weight.flatten(1) @ vector


def matrix_norm(layer: nn.Module, weight: Tensor) -> SpectralWeight:  # noqa: ARG001
    """The norm of the reshaped weight, as in the paper."""
    return SpectralWeight(matrix_operator, weight, noise(weight[0].numel(), like=weight))


def operator_norm(layer: nn.Module, weight: Tensor) -> SpectralWeight:
    """The norm of the convolution itself."""
    assert isinstance(layer, CONVOLUTIONS)
    stride = stride_of(layer)
    operator = CircularConvolution(stride, layer.groups)
    start = noise(*operator.image_shape(weight), like=weight)
    return SpectralWeight(operator, weight, start, slack(weight, stride))


def noise(*shape: int, like: Tensor) -> Tensor:
    """Where power iteration begins: any vector does, the same one each time keeps a run a function of its seed."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(0)).to(like)


NORMS: dict[str, Callable[[nn.Module, Tensor], SpectralWeight]] = {
    "reshaped": matrix_norm,
    "operator": operator_norm,
}
