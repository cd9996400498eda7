"""What studies measure against numbers that were computed independently of them."""

from math import exp, inf, log

import pytest

from wgan.studies import DiracGan, ParallelLines, TwoGaussians

# Mean radius of the last 50 of 500 steps of .2 from (1, 1): simultaneous, alternating.
RADII = {
    "GAN": (3.10, 1.40),
    "NSGAN": (0.634, 0.284),
    "clipped": (1.12, 1.00),
    "WGAN-GP": (1.79, 1.28),
    "R1": (6e-6, 5e-7),
    "R1 strong": (3e-20, 8e-16),
    "consensus": (8e-10, 6e-11),
    "NS + R1": (5e-6, 4e-7),
}


@pytest.mark.parametrize("field", RADII)
def test_dirac_radii(field):
    rows = [row for row in DiracGan().design(False) if row["part"] == "table" and row["field"] == field]
    found = {row["scheme"]: DiracGan().measure(row)["radius"] for row in rows}
    for scheme, radius in zip(("simultaneous", "alternating"), RADII[field], strict=True):
        assert found[scheme] == pytest.approx(radius, rel=0.3 if radius < 1e-3 else 0.01)


def test_dirac_noise_ends_at_the_floor_of_its_sampling():
    rows = [row for row in DiracGan().design(False) if row["part"] == "table" and row["field"] == "noise"]
    assert all(0.003 < DiracGan().measure(row)["radius"] < 0.03 for row in rows)  # .011 and .009


def test_best_discriminator_between_two_gaussians():
    (row,) = [row for row in TwoGaussians().design(False) if row["part"] == "best" and row["distance"] == 10][:1]
    assert TwoGaussians().measure(row)["gradient"] == pytest.approx(10 / (1 + exp(50)), rel=1e-9)  # Δσ(−Δ²/2)


def test_parallel_lines_at_any_distance():
    rows = [row for row in ParallelLines().design(False) if not row.get("control") and row["theta"]]
    for row in rows:
        found = ParallelLines().measure(row)
        assert (found["tv"], found["kl"], found["reverse_kl"]) == (1.0, inf, inf)
        assert found["js"] == pytest.approx(log(2), rel=1e-12)
        assert found["w1"] == pytest.approx(abs(row["theta"]), rel=1e-12)
