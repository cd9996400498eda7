"""Generators and critics."""

from wgan.networks.mlp import MLP
from wgan.networks.network import Network

__all__ = ["MLP", "Network"]
