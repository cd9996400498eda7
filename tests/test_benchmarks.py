"""The benchmarks' own arithmetic, and a guard that needs no clock: our step computes less than the textbook's."""

import importlib
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from wgan.networks import DCGAN, MLP, R3GAN, ResNet

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


@pytest.fixture(scope="module")
def benchmarks():
    sys.path.insert(0, str(BENCHMARKS))
    yield
    sys.path.remove(str(BENCHMARKS))


SMALL = (MLP(widths=(64, 64)), DCGAN(width=8, norm="none"), ResNet(width=8), R3GAN(capacity=64))


@pytest.mark.parametrize("network", SMALL, ids=["MLP", "DCGAN", "ResNet", "R3GAN"])
@pytest.mark.parametrize("method", ["GP", "clip", "SN", "R1"])
def test_our_iteration_takes_fewer_operations_than_the_textbook(benchmarks, network, method):
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
    # The counter sees matrix products and convolutions, which are nearly all of it. A penalty costs the textbook a
    # backward pass of zeros, of which ours has none.
    assert counts["ours"] < (0.9 if method in ("GP", "R1") else 1) * counts["textbook"]


def test_a_compiled_iteration_calls_fewer_operations_one_by_one(benchmarks):
    step = importlib.import_module("step")
    case, calls = replace(step.CASES[0], network=SMALL[0]), {}
    for compiled in (False, True):
        loop = step.ours(case, "GP", step.source(case), compiled=compiled)
        next(loop)
        with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profile:
            next(loop)
        calls[compiled] = sum(event.count for event in profile.key_averages() if event.key.startswith("aten::"))
    # A compile that was lost, or falls apart into many graphs, shows here and needs no clock.
    assert calls[True] < 0.6 * calls[False]


@pytest.mark.parametrize("data", ["gauss:2", "law:16", "heavy:3"])
def test_solvers_of_a_benchmark_agree(benchmarks, data):
    transport, alone = importlib.import_module("transport"), importlib.import_module("alone")
    x, y = alone.samples(data, 60)
    values = {name: transport.CONTENDERS[name](1e-9)(x, y)["value"] for name in ("ours", "POT emd2", "scipy")}
    assert values == pytest.approx(dict.fromkeys(values, values["ours"]), rel=1e-9)


def test_the_parts_of_a_round_and_a_shared_pass_can_be_timed(benchmarks):
    columns, sweeps = importlib.import_module("columns"), importlib.import_module("sweeps")
    at = columns.Round("law:2", 1300)  # more than are solved over all pairs
    for name, part in columns.PARTS.items():
        if "OR-tools" not in name:
            part(at)
    with sweeps.screened(1300, 2) as step:
        step()


def test_docs_show_the_tables_that_were_measured():
    docs = BENCHMARKS.parent / "docs"
    measured = {line for table in (docs / "speed").glob("*.md") for line in table.read_text().splitlines()}
    shown = [line for line in (docs / "speed.md").read_text().splitlines() if line.startswith("| ")]
    assert len(shown) > 50
    assert [line for line in shown if line not in measured] == []


def test_ratio_is_taken_within_rounds(benchmarks):
    rounds = importlib.import_module("rounds")
    # The machine is twice as slow in the second round, which the ratio does not see.
    taken = {"slow": [2.0, 4.0, 2.0], "fast": [1.0, 2.0, 1.0]}
    assert rounds.ratio(taken, "slow", "fast") == (2.0, 2.0, 2.0)


def test_exponent_of_growth(benchmarks):
    growth = importlib.import_module("growth")
    rows = [{"width": width, "milliseconds": 3.0 * width**2} for width in (4, 8, 16)]
    assert growth.exponent(rows, "width") == pytest.approx(2.0, abs=1e-5)
