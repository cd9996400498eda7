"""What a network family is: a frozen dataclass that builds a generator and a critic for a sample's shape."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from torch import nn

__all__ = ["Network"]


@dataclass(frozen=True, kw_only=True)
class Network(ABC):
    """A family of networks; its fields are what both sides share, the sample's shape comes from the data.

    The modules hold no loss, optimizer or device, and any `nn.Module` with the same shapes works in their place.
    """

    @abstractmethod
    def generator(self, latent: int, shape: tuple[int, ...]) -> nn.Module:
        """A module `(B, latent) -> (B, *shape)`."""

    @abstractmethod
    def critic(self, shape: tuple[int, ...]) -> nn.Module:
        """A module `(B, *shape) -> (B,)`."""
