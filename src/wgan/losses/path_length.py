"""The path-length regularisation of a generator that works through styles."""

from dataclasses import dataclass
from math import prod, sqrt

import torch
from torch import Tensor

from wgan.checks import AboveShare, Checked, Count, NotNegative

__all__ = ["PathLength", "path_lengths"]


def path_lengths(images: Tensor, style: Tensor, directions: Tensor) -> Tensor:
    r"""How much images change along a direction with their style, $\|J_w^\top y\|_2$, `(B,)`.

    Args:
        images: $g(w)$, `(B, *shape)`, made of the styles; $J_w = \partial g / \partial w$.
        style: $w$, `(B, style)`.
        directions: $y$ times the root of the number of pixels, `(B, *shape)`.
    """
    along = (images * directions).sum() / sqrt(prod(directions.shape[2:]))
    (slopes,) = torch.autograd.grad(along, style, create_graph=True)
    lengths: Tensor = torch.linalg.vector_norm(slopes, dim=1)
    return lengths


@dataclass(frozen=True, kw_only=True)
class PathLength(Checked):
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
        >>> style = torch.ones(4, 3, requires_grad=True)
        >>> images = (2 * style)[:, :, None, None]  # of one pixel, twice its style
        >>> lengths = path_lengths(images, style, torch.ones(4, 3, 1, 1))
        >>> mean = PathLength(decay=1.0).follow(torch.zeros(()), lengths)
        >>> round(mean.item(), 4), PathLength().penalty(lengths, mean).item()
        (3.4641, 0.0)
    """

    weight: NotNegative = 0.25
    decay: AboveShare = 0.01
    every: Count = 8
    shrink: Count = 2

    def follow(self, mean: Tensor, lengths: Tensor) -> Tensor:
        """The running mean after `lengths`, `(B,)` or their mean, without gradient."""
        return mean.lerp(lengths.detach().mean(), self.decay)

    def penalty(self, lengths: Tensor, mean: Tensor) -> Tensor:
        """The penalty of `lengths`, `(B,)`, around the running mean, scalar."""
        return self.weight * (lengths - mean).square().mean()
