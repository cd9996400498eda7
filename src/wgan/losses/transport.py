r"""Losses of optimal transport between two batches, where the c-transform replaces the Lipschitz constraint.

The cost is Euclidean, $c(x, y) = \|x - y\|_2$ over all axes of a sample, and $\varphi$ is the critic. Whatever the
critic, the value is a lower bound of the transport cost between the two batches, which it meets at the optimum.
"""

from dataclasses import dataclass
from math import log

import torch
from torch import Tensor

from wgan.checks import Positive
from wgan.losses.loss import CriticValue, Loss, Measure
from wgan.losses.one_pass import scores_of_both
from wgan.types import Critic

__all__ = ["CTransform", "CoWGAN", "EntropicCTransform"]


@dataclass(frozen=True)
class CTransform(Loss):
    r"""The dual of optimal transport with the hard c-transform.

    $$V = \mathbb{E}_P \varphi + \mathbb{E}_Q \varphi^c, \qquad \varphi^c(y) = \min_x\, c(x, y) - \varphi(x),$$

    with the minimum over the real batch. $L_D = -V$ and $L_G = V$: the generator follows the gradient of the cost, not
    that of the critic.

    Mallasto, Montúfar & Gerolin 2019, How Well Do WGANs Estimate the Wasserstein Metric?,
    https://arxiv.org/abs/1910.03875.

    Example:
        >>> critic = lambda x: -x.sum(1)  # optimal where all of Q lies to the right of P
        >>> CTransform().critic_value(critic, torch.zeros(2, 1), torch.tensor([[3.0], [4.0]])).estimate.item()
        3.5
    """

    measures = Measure("W₁", "of the data")
    transports_batches = True

    def critic_value(self, critic: Critic, real: Tensor, fake: Tensor) -> CriticValue:
        """$-V$ and $V$."""
        value = self.value(critic, real, fake)
        return CriticValue(-value, value)

    def generator_loss(self, critic: Critic, real: Tensor, fake: Tensor) -> Tensor:
        """$V$."""
        return self.value(critic, real, fake)

    def value(self, critic: Critic, real: Tensor, fake: Tensor) -> Tensor:
        """$V$."""
        potential = critic(real)
        return potential.mean() + c_transform(potential, real, fake).mean()


@dataclass(frozen=True)
class EntropicCTransform(CTransform):
    r"""The dual of entropic transport, with a soft minimum in the c-transform.

    $$\varphi^{c,\varepsilon}(y) = -\varepsilon \log \operatorname*{mean}_x
      \exp\frac{\varphi(x) - c(x, y)}{\varepsilon},$$

    whose value at the optimum is $\min_\pi\, \mathbb{E}_\pi c + \varepsilon\,\mathrm{KL}(\pi \| P \otimes Q)$ between
    the batches. As ε → 0 it becomes `CTransform`.

    Mallasto, Montúfar & Gerolin 2019, https://arxiv.org/abs/1910.03875.

    Args:
        epsilon: the regularisation ε, in units of the data, positive.

    Raises:
        InputError: if ε is not positive.
    """

    measures = Measure("entropic W₁", "of the data")
    epsilon: Positive = 0.1

    def value(self, critic: Critic, real: Tensor, fake: Tensor) -> Tensor:
        """$V$."""
        potential = critic(real)
        exponents = (potential - torch.cdist(fake.flatten(1), real.flatten(1))) / self.epsilon
        return potential.mean() - self.epsilon * (exponents.logsumexp(1) - log(len(real))).mean()


@dataclass(frozen=True)
class CoWGAN(Loss):
    r"""The Wasserstein loss, replaced by a c-transform's wherever the batch shows that the critic is not 1-Lipschitz.

    $$V_1 = \mathbb{E}_P f - \mathbb{E}_Q f, \qquad
      V_2 = \mathbb{E}_P f + \mathbb{E}_Q f^c, \qquad
      V_3 = \mathbb{E}_P (-f)^c - \mathbb{E}_Q f.$$

    The critic ascends $V_2$ if $V_2 < V_1$, else $V_3$ if $V_3 < V_1$, else $V_1$; on a 1-Lipschitz critic no
    c-transform is below. The generator learns as in the Wasserstein GAN, $L_G = -\mathbb{E}_Q f$.

    Kwon, Kim, Montúfar & Yang 2021, Training Wasserstein GANs without Gradient Penalties,
    https://arxiv.org/abs/2110.14150.

    Example:
        >>> real, fake = torch.zeros(2, 1), torch.ones(2, 1)
        >>> CoWGAN().critic_value(lambda x: -x.sum(1), real, fake).estimate.item()
        1.0
        >>> CoWGAN().critic_value(lambda x: -9 * x.sum(1), real, fake).estimate.item()  # too steep to count
        1.0
    """

    measures = Measure("W₁", "of the data")

    def critic_value(self, critic: Critic, real: Tensor, fake: Tensor) -> CriticValue:
        """The negative of the value that counts, and the value."""
        at_real, at_fake = scores_of_both(critic, real, fake)
        plain = at_real.mean() - at_fake.mean()
        forward = at_real.mean() + c_transform(at_real, real, fake).mean()
        backward = c_transform(-at_fake, fake, real).mean() - at_fake.mean()
        value = torch.where(forward < plain, forward, torch.where(backward < plain, backward, plain))
        return CriticValue(-value, value)

    def generator_loss(self, critic: Critic, real: Tensor, fake: Tensor) -> Tensor:  # noqa: ARG002
        r"""$-\mathbb{E}_Q f$."""
        return -critic(fake).mean()


def c_transform(potential: Tensor, points: Tensor, targets: Tensor) -> Tensor:
    r"""$\varphi^c(y) = \min_x \|x - y\|_2 - \varphi(x)$, `(M,)`.

    Args:
        potential: $\varphi(x)$, `(N,)`.
        points: $x$, `(N, *shape)`.
        targets: $y$, `(M, *shape)`.
    """
    points, targets = points.flatten(1), targets.flatten(1)
    with torch.no_grad():
        nearest = (torch.cdist(targets, points) - potential).argmin(1)
    # The fast distances of cdist cancel where points almost meet; those that count are taken again, exactly.
    costs: Tensor = torch.linalg.vector_norm(targets - points[nearest], dim=1)
    return costs - potential[nearest]
