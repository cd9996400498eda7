"""How steep a fitted critic is: certified from above, measured from below, calibrated on a known distance."""

from dataclasses import dataclass

import torch

from wgan.critic.candidates import Candidate
from wgan.critic.fitting import Fitting, StopRule, mean_gap
from wgan.critic.samples import Sides, Split
from wgan.lipschitz.constant import certified_constant, measured_constant

__all__ = ["Kappa", "calibrated_constant", "kappa_of"]

TIGHT = 1.05  # a certificate this near to the measured slope needs no calibration
PROBES = 512


@dataclass(frozen=True)
class Kappa:
    """What is known of a critic's Lipschitz constant κ.

    Attributes:
        upper: certified; None where no bound is known.
        lower: the steepest slope that was measured near the samples.
        calibrated: what the same critic, fitted in the same way, made of a known distance, per unit of it; None where
            the certificate is tight.
    """

    upper: float | None
    lower: float
    calibrated: float | None = None

    @property
    def used(self) -> float:
        """What a raw value is divided by: the calibration, or a tight certificate."""
        if self.calibrated is not None:
            return self.calibrated
        assert self.upper is not None
        return self.upper


def kappa_of(fit: Fitting, samples: Split, rule: StopRule, seed: int) -> Kappa:
    """All three of a fitted critic; calibrates it only where its certificate is missing or loose."""
    upper = certified_constant(fit.critic, samples.shape)
    lower = measured_constant(fit.critic, torch.cat([side[:PROBES] for side in samples.check]))
    if upper is not None and upper <= TIGHT * lower:
        return Kappa(upper, lower)
    return Kappa(upper, lower, calibrated_constant(fit.candidate, samples, rule, seed))


def calibrated_constant(candidate: Candidate, samples: Split, rule: StopRule, seed: int) -> float:
    r"""What the candidate makes of real samples against others of them moved by a vector $v$, over $\|v\| = W_1$.

    The vector leads from one mean to the other, so that the distance is of the size that the critic was asked for.
    """
    vector = samples.fit.fake.mean(0) - samples.fit.real.mean(0)
    vector = vector if vector.norm() > 0 else torch.ones_like(vector)
    fit, check, report = (
        Sides(real, real.roll(len(real) // 2, 0) + vector) for real, _ in (samples.fit, samples.check, samples.report)
    )
    moved = samples._replace(fit=fit, check=check, report=report, renew=lambda _: fit)
    fitting = Fitting(candidate, moved, rule, seed)
    fitting.finish()
    return mean_gap(fitting.critic, report).value / float(vector.norm())
