"""Two data sets, or a run and its data, side by side."""

from wgan.comparison.compare import Comparison, compare

__all__ = ["Comparison", "compare"]
