"""Distances between two sets of samples: one class in one file each."""

from wgan.distances.exact import wasserstein

__all__ = ["wasserstein"]
