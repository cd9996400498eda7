"""Distances between two sets of samples: one class in one file each."""

from wgan.distances.exact import Exact, Transport, transport, wasserstein

__all__ = ["Exact", "Transport", "transport", "wasserstein"]
