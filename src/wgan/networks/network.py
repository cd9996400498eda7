"""What a network family is: a frozen dataclass that builds a generator and a critic for a sample's shape."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from wgan.checks import Checked
from wgan.types import Shape

__all__ = ["CriticNetwork", "Grows", "Initialises", "Network", "StyleBased"]


@dataclass(frozen=True, kw_only=True)
class CriticNetwork(Checked, ABC):
    """A family of critics; its fields are hyper-parameters, the sample's shape comes from the data.

    The modules hold no loss, optimizer or device, and any `nn.Module` with the same shapes works in their place. One
    whose form changes while it trains has the method of `Grows`, one that starts from data that of `Initialises`, a
    critic that knows its slopes that of `wgan.lipschitz.Traced`, a generator with styles those of `StyleBased`.

    A condition is no matter of a family: a generator is built for as many latent numbers more, and a critic for what
    `judged_shape` says, which counts channels or features alone.

    Attributes:
        critic_norm_field: the field that chooses the critic's normalisation; None if it never has any.
        size_field: the field to lower where a network is too large.
    """

    critic_norm_field: ClassVar[str | None] = None
    size_field: ClassVar[str | None] = None

    @abstractmethod
    def build_critic(self, shape: Shape) -> nn.Module:
        """A module `(B, *shape) -> (B,)`."""


@dataclass(frozen=True, kw_only=True)
class Network(CriticNetwork):
    """A family with both sides."""

    @abstractmethod
    def build_generator(self, latent: int, shape: Shape) -> nn.Module:
        """A module `(B, latent) -> (B, *shape)`."""


@runtime_checkable
class Grows(Protocol):
    """A module whose architecture changes while it trains; all parameters exist from the start."""

    def grow(self, progress: float) -> None:
        """Takes the form that belongs to this share of the training, from 0 to 1.

        A pure function of `progress`, to be called before each step, also on copies of the module such as its moving
        average.
        """


@runtime_checkable
class Initialises(Protocol):
    """A critic that starts from the data rather than at random."""

    def initialise(self, real: Tensor, fake: Tensor, rng: torch.Generator) -> None:
        """Sets the parameters from samples, each `(N, *shape)`, before the first step."""


@runtime_checkable
class StyleBased(Protocol):
    """A generator in two parts, $g(f(z))$, whose middle a path-length penalty can reach."""

    def mapping(self, latent: Tensor) -> Tensor:
        """The style $w = f(z)$, `(B, latent) -> (B, style)`."""

    def synthesis(self, style: Tensor, latent: Tensor) -> Tensor:
        """The image $g(w)$, `(B, *shape)`; the latent decides the noise inputs alone."""
