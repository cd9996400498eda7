"""Latents on the way from one to another, and nearer to the mean than they were drawn."""

from dataclasses import dataclass
from math import sqrt

import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity

from wgan.networks import StyleBased, beside
from wgan.randomness import stream
from wgan.runs.sampling import Inputs

__all__ = ["Styled", "slerp", "threshold", "truncated"]

STYLES = 10_000
"""Latents whose styles the mean is of."""
FLAT = 1e-6
"""A sine of an angle below which a straight line is taken."""


def slerp(first: Tensor, second: Tensor, steps: int) -> Tensor:
    r"""The way from one latent to another along the sphere that they lie on, in equal angles.

    $$z_t = \frac{\sin((1 - t)\,\theta)}{\sin\theta}\, z_0 + \frac{\sin(t\,\theta)}{\sin\theta}\, z_1, \qquad
    \cos\theta = \frac{\langle z_0, z_1 \rangle}{\lVert z_0 \rVert \lVert z_1 \rVert}.$$

    A straight line would pass nearer to the origin than latents of many dimensions lie. Along or against one
    direction, where there is no arc or no one arc, it is a straight line all the same.

    White 2016, Sampling Generative Networks, https://arxiv.org/abs/1609.04468.

    Args:
        first: where ways begin, `(n, latent)`.
        second: where they end, likewise.
        steps: points of a way, both ends among them; 2 or more.

    Returns:
        `(n, steps, latent)`.

    Example:
        >>> slerp(torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]]), 3)
        tensor([[[1.0000, 0.0000],
                 [0.7071, 0.7071],
                 [0.0000, 1.0000]]])
    """
    a, b = first.double().unsqueeze(1), second.double().unsqueeze(1)
    cosine = cosine_similarity(a, b, dim=2).clamp(-1, 1).unsqueeze(2)
    angle, t = cosine.acos(), torch.linspace(0, 1, steps, dtype=torch.float64).view(1, steps, 1)
    sine = angle.sin()
    arc = (((1 - t) * angle).sin() * a + (t * angle).sin() * b) / sine
    path = torch.where(sine < FLAT, (1 - t) * a + t * b, arc).to(first.dtype)
    path[:, 0], path[:, -1] = first, second
    return path


def threshold(psi: float) -> float:
    r"""The size $\sqrt 2 \operatorname{erf}^{-1}(\psi)$ below which a share ψ of standard normal numbers lies.

    Example:
        >>> round(threshold(0.5), 4)
        0.6745
    """
    return sqrt(2) * float(torch.erfinv(torch.tensor(psi, dtype=torch.float64)))


def truncated(latents: Tensor, psi: float) -> Tensor:
    r"""Standard normal numbers as those that are drawn again until they are small enough.

    $$z' = \sqrt 2 \operatorname{erf}^{-1}\bigl(\psi \operatorname{erf}(z / \sqrt 2)\bigr),$$

    which is distributed as $z$ given that $\lvert z \rvert \le \sqrt 2 \operatorname{erf}^{-1}(\psi)$, so that a share
    ψ of the normal distribution is kept, and increases with $z$, so that a sample stays akin to what it was.

    Brock, Donahue & Simonyan 2019, Large Scale GAN Training for High Fidelity Natural Image Synthesis,
    https://arxiv.org/abs/1809.11096.

    Args:
        latents: of any shape.
        psi: in (0, 1]; with 1 they are what they were.

    Example:
        >>> truncated(torch.tensor([0.0, 1.0, 9.0]), 0.5)
        tensor([0.0000, 0.4418, 0.6745])
    """
    if psi == 1:
        return latents
    return (sqrt(2) * torch.erfinv(psi * torch.erf(latents.double() / sqrt(2)))).to(latents.dtype)


@dataclass(frozen=True)
class Styled:
    r"""A generator with styles, each of which moves towards the mean one, $w' = \bar w + \psi\,(w - \bar w)$.

    Karras, Laine & Aila 2019, A Style-Based Generator Architecture for GANs, https://arxiv.org/abs/1812.04948.

    Args:
        generator: with styles.
        mean: of the styles of many latents, `(1, style)`.
        psi: in (0, 1].
    """

    generator: StyleBased
    mean: Tensor
    psi: float

    @classmethod
    def of(cls, generator: StyleBased, inputs: Inputs, psi: float, device: torch.device) -> "Styled":
        """One whose mean style is that of inputs that hang on no seed."""
        latents = torch.randn(STYLES, inputs.latent, generator=stream(0, "mean style"))
        styles = generator.mapping(beside(latents, inputs.asked(STYLES, 0)).to(device))
        return cls(generator, styles.mean(0, keepdim=True), psi)

    def __call__(self, latents: Tensor, noise: Tensor) -> Tensor:
        """Samples of latents; others decide the noise inputs."""
        style = torch.lerp(self.mean, self.generator.mapping(latents), self.psi)
        return self.generator.synthesis(style, noise)
