"""Optimizers as fields of a recipe: each class is a frozen dataclass that builds torch's own optimizer."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import nn

from wgan.checks import BelowShare, Checked, NotNegative, Positive

__all__ = ["SGD", "Adam", "Optimizer", "RMSprop"]


@dataclass(frozen=True)
class Optimizer(Checked, ABC):
    """What every optimizer has.

    Args:
        lr: learning rate, positive.

    Raises:
        InputError: if `lr` is not positive, or another field of the optimizer is out of its range.
    """

    lr: Positive = 1e-4

    @property
    @abstractmethod
    def moments(self) -> int:
        """How many numbers it keeps for each weight."""

    @abstractmethod
    def build(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        """Torch's optimizer over `parameters`."""


@dataclass(frozen=True)
class Adam(Optimizer):
    """Adam (Kingma & Ba 2014, https://arxiv.org/abs/1412.6980), with the fused kernel.

    Args:
        lr: learning rate.
        betas: decay rates of the two moments; adversarial training wants a small first one.
        eps: added to the denominator.
        weight_decay: L2 penalty on the parameters.
    """

    betas: tuple[BelowShare, BelowShare] = (0.5, 0.9)
    eps: NotNegative = 1e-8
    weight_decay: NotNegative = 0.0

    @property
    def moments(self) -> int:
        """Two means."""
        return 2

    def build(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        """`torch.optim.Adam`."""
        return torch.optim.Adam(
            parameters, lr=self.lr, betas=self.betas, eps=self.eps, weight_decay=self.weight_decay, fused=True
        )


@dataclass(frozen=True)
class RMSprop(Optimizer):
    """RMSprop (Tieleman & Hinton 2012), the optimizer of the WGAN paper; a critic's loss is not stationary.

    Args:
        lr: learning rate.
        alpha: decay rate of the squared gradient's mean.
        eps: added to the denominator.
    """

    lr: Positive = 5e-5
    alpha: BelowShare = 0.99
    eps: NotNegative = 1e-8

    @property
    def moments(self) -> int:
        """One mean."""
        return 1

    def build(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        """`torch.optim.RMSprop`."""
        return torch.optim.RMSprop(parameters, lr=self.lr, alpha=self.alpha, eps=self.eps, foreach=True)


@dataclass(frozen=True)
class SGD(Optimizer):
    """Stochastic gradient descent.

    Args:
        lr: learning rate.
        momentum: share of the last update that is kept.
    """

    lr: Positive = 1e-2
    momentum: BelowShare = 0.0

    @property
    def moments(self) -> int:
        """The last update, if a share of it is kept."""
        return int(self.momentum > 0)

    def build(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        """`torch.optim.SGD`."""
        return torch.optim.SGD(parameters, lr=self.lr, momentum=self.momentum, fused=True)
