"""Two data sets, or a run and its data, side by side; and runs side by side."""

from wgan.comparison.compare import Comparison, compare
from wgan.comparison.drift import ColumnDrift, DriftReport, drift
from wgan.comparison.runs import JudgedRun, RunComparison, compare_runs
from wgan.comparison.verdict import Verdict

__all__ = [
    "ColumnDrift",
    "Comparison",
    "DriftReport",
    "JudgedRun",
    "RunComparison",
    "Verdict",
    "compare",
    "compare_runs",
    "drift",
]
