"""The path-length regularisation of a generator that works through styles."""

from dataclasses import dataclass
from math import prod, sqrt

import torch
from torch import Tensor

from wgan.errors import InputError
from wgan.networks.network import StyleBased

__all__ = ["PathLength", "path_lengths"]


def path_lengths(generator: StyleBased, latent: Tensor, directions: Tensor) -> Tensor:
    r"""How much images change along a direction with their style, $\|J_w^\top y\|_2$, `(B,)`.

    Args:
        generator: $g(w)$ with $w = f(z)$; $J_w = \partial g / \partial w$.
        latent: $z$, `(B, latent)`.
        directions: $y$ times the root of the number of pixels, `(B, *shape)`.
    """
    style = generator.mapping(latent)
    along = (generator.synthesis(style, latent) * directions).sum() / sqrt(prod(directions.shape[2:]))
    (slopes,) = torch.autograd.grad(along, style, create_graph=True)
    lengths: Tensor = torch.linalg.vector_norm(slopes, dim=1)
    return lengths


@dataclass(frozen=True, kw_only=True)
class PathLength:
    r"""Equal steps of the style make equal steps of the image, $\lambda\, \mathbb{E} (\|J_w^\top y\|_2 - a)^2$.

    The length $a$ is the running mean $a \leftarrow (1 - \beta)\, a + \beta\, \mathbb{E} \|J_w^\top y\|_2$, which
    belongs to the state of the training. Directions $y$ are normal with variance 1 / pixels, so λ is the paper's γ
    times the pixels.

    Karras et al. 2020, Analyzing and Improving the Image Quality of StyleGAN, https://arxiv.org/abs/1912.04958.

    Args:
        weight: λ; the paper's $1 / (\log_2 r - 1)$ for images of $r \times r$ pixels is 0.25 at $r = 32$.
        decay: β.
        every: apply it at every `every`-th generator step only, `every` times as strong.
        shrink: it takes every `shrink`-th sample of the generator's batch.

    Raises:
        InputError: for a negative weight, a decay outside (0, 1], or a count below 1.

    Example:
        >>> from wgan.networks import StyleGAN2
        >>> generator = StyleGAN2(widest=8, style=16).build_generator(16, (3, 16, 16))
        >>> lengths = path_lengths(generator, torch.randn(4, 16), torch.randn(4, 3, 16, 16))
        >>> mean = PathLength().follow(torch.zeros(()), lengths)
        >>> PathLength().penalty(lengths, mean).shape
        torch.Size([])
    """

    weight: float = 0.25
    decay: float = 0.01
    every: int = 8
    shrink: int = 2

    def __post_init__(self) -> None:
        if not self.weight >= 0:
            raise InputError(f"path_length: weight is {self.weight}; expected zero or a positive number")
        if not 0 < self.decay <= 1:
            raise InputError(f"path_length: decay is {self.decay}; expected a share above 0, to 1")
        for name in ("every", "shrink"):
            if getattr(self, name) < 1:
                raise InputError(f"path_length: {name} is {getattr(self, name)}; expected 1 or more")

    def follow(self, mean: Tensor, lengths: Tensor) -> Tensor:
        """The running mean after `lengths`, `(B,)` or their mean, without gradient."""
        return mean.lerp(lengths.detach().mean(), self.decay)

    def penalty(self, lengths: Tensor, mean: Tensor) -> Tensor:
        """The penalty of `lengths`, `(B,)`, around the running mean, scalar."""
        return self.weight * (lengths - mean).square().mean()
