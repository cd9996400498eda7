"""How far a generator's samples are from data that it never saw."""

from dataclasses import asdict, dataclass
from math import prod
from typing import Any

from torch import Tensor

from wgan.data import Source
from wgan.distances.exact import wasserstein
from wgan.errors import InputError
from wgan.metrics.modes import ModeCoverage, mode_coverage
from wgan.randomness import stream

__all__ = ["Evaluation", "evaluate", "sample_size"]

SAMPLES = 1000
NUMBERS = 50_000_000
"""At most this many numbers in a set of samples, so that large images do not fill the memory."""


@dataclass(frozen=True)
class Evaluation:
    """The exact W₁ between generated samples and held-out data, with its yardstick.

    Attributes:
        w1: between `samples` generated and as many held-out samples.
        baseline: between as many training samples and the same held-out ones: what a perfect generator would score.
        samples: on each side.
        unit: of both values.
        modes: mode coverage, for mixtures whose modes are known.
    """

    w1: float
    baseline: float
    samples: int
    unit: str
    modes: ModeCoverage | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    def to_text(self) -> str:
        """The distance with its yardstick, as a person reads it."""
        lines = [
            f"  exact W₁            {self.w1:.4g}  from {self.samples:,} generated to held-out samples ({self.unit}); "
            f"two batches of real data are {self.baseline:.4g} apart"
        ]
        if (found := self.modes) is not None:
            lines.append(
                f"  modes               {found.modes_covered} of {found.modes_total}, "
                f"{found.high_quality_share:.1%} of the samples within 3σ of one"
            )
        return "\n".join(lines)


def evaluate(generated: Tensor, data: Source, held_out: Source, seed: int) -> Evaluation:
    """Compares samples with data.

    Distances are in the user's units where one factor serves all features, else in standard deviations.

    Args:
        generated: `(N, *shape)` as `Run.sample` gives them, in the user's units; as many are used as there are to
            compare with.
        data: what the generator learned from.
        held_out: data that it never saw.
        seed: of the draw from both.

    Raises:
        InputError: if there are too few samples.
    """
    count = min(len(generated), sample_size(data, held_out))
    scaling = data.scaling
    alike = isinstance(scaling.scale, float | int)
    real = held_out.observed(count, stream(seed, "evaluation held-out"))
    other = data.observed(count, stream(seed, "evaluation data"))
    fake, real, other = (x if alike else scaling.encode(x) for x in (generated.double(), real, other))
    modes = None
    if data.modes is not None and data.mode_std is not None:
        modes = mode_coverage(scaling.encode(generated), data.modes, data.mode_std)
    return Evaluation(
        w1=wasserstein(fake[:count], real),
        baseline=wasserstein(other, real),
        samples=count,
        unit=scaling.unit if alike else "standard deviations",
        modes=modes,
    )


def sample_size(*sources: Source) -> int:
    """How many samples of each side are compared: 1,000, fewer of a small data set or of large images.

    Raises:
        InputError: if one source has not even two.
    """
    most = max(2, min(SAMPLES, NUMBERS // prod(sources[0].shape)))
    least = min(sources, key=lambda source: source.at_most(most))
    if (count := least.at_most(most)) < 2:
        raise InputError(
            f"{least.name} has {count} sample to compare the generated ones with; expected 2 or more: "
            "give it more data, of which a fifth is held out"
        )
    return count
