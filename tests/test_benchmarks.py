"""The benchmarks' own arithmetic, and a guard that needs no clock: our step computes no more than the textbook's."""

import importlib
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from wgan.networks import DCGAN, MLP

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


@pytest.fixture(scope="module")
def benchmarks():
    sys.path.insert(0, str(BENCHMARKS))
    yield
    sys.path.remove(str(BENCHMARKS))


SMALL = (MLP(widths=(64, 64)), DCGAN(width=8, norm="none"))


@pytest.mark.parametrize("network", SMALL, ids=["MLP", "DCGAN"])
@pytest.mark.parametrize("method", ["GP", "clip", "SN", "R1"])
def test_our_iteration_takes_no_more_operations_than_the_textbook(benchmarks, network, method):
    step = importlib.import_module("step")
    case = replace(step.CASES[2], network=network)
    data = step.source(case)
    counts = {}
    for name, loop in (
        ("ours", step.ours(case, method, data, compiled=False)),
        ("textbook", step.textbook(case, method, data)),
    ):
        next(loop)
        counts[name] = step.operations_of(loop.__next__)
    # The counter sees matrix products and convolutions, which are nearly all of it.
    assert counts["ours"] <= counts["textbook"]


def test_ratio_is_taken_within_rounds(benchmarks):
    rounds = importlib.import_module("rounds")
    # The machine is twice as slow in the second round, which the ratio does not see.
    taken = {"slow": [2.0, 4.0, 2.0], "fast": [1.0, 2.0, 1.0]}
    assert rounds.ratio(taken, "slow", "fast") == (2.0, 2.0, 2.0)


def test_exponent_of_growth(benchmarks):
    growth = importlib.import_module("growth")
    rows = [{"width": width, "milliseconds": 3.0 * width**2} for width in (4, 8, 16)]
    assert growth.exponent(rows, "width") == pytest.approx(2.0, abs=1e-5)
