"""Real data that generated samples are compared with, by any metrics."""

import time
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from math import prod

from torch import Tensor

from wgan.data import Source
from wgan.errors import InputError
from wgan.metrics.evaluation import Evaluation
from wgan.metrics.exact import ExactW1
from wgan.metrics.features import Features, features_for
from wgan.metrics.intervals import by_halves, half_values
from wgan.metrics.metric import Measured, Metric, Need
from wgan.metrics.modes import HighQuality, Modes
from wgan.metrics.score import Score
from wgan.metrics.views import NUMBERS, View, reason_against, sample_size
from wgan.randomness import stream

__all__ = ["DEFAULT", "Judge", "evaluate"]

DEFAULT: tuple[Metric, ...] = (ExactW1(), Modes(), HighQuality())
"""What the end of a run prints, of it what the data allow."""
REPLICATES = 20


@dataclass(frozen=True)
class Judge:
    """Real data, looked at once, that any number of generated sets are compared with.

    Args:
        data: what the generator learned from.
        held_out: data that it never saw.
        metrics: what to measure.
        features: in which features, for the metrics that need them.
        samples: of each side.
        seed: of the draw from both, of halves, and of what metrics draw.
        replicates: random halves behind an interval; 0 for no intervals.
        paired: whether every metric measures these halves, also one with an interval of its own, so that the
            differences between two sets can be told from noise.
        left_out: metrics that cannot be measured of these data, with the reason.

    Example:
        >>> import torch
        >>> from wgan.data import open_source
        >>> judge = Judge.of(*open_source("digits").split(), samples=200)
        >>> noise = torch.rand(200, 1, 8, 8, generator=torch.Generator().manual_seed(0))
        >>> score = judge(noise)["w1"]
        >>> score.name, score.value > 1.5 * score.floor
        ('w1_200', True)
    """

    data: Source
    held_out: Source
    metrics: tuple[Metric, ...]
    features: Features
    samples: int
    seed: int = 0
    replicates: int = REPLICATES
    paired: bool = False
    left_out: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        data: Source,
        held_out: Source,
        *,
        metrics: Iterable[Metric] | None = None,
        features: Features | None = None,
        samples: int | None = None,
        seed: int = 0,
        replicates: int = REPLICATES,
        paired: bool = False,
    ) -> "Judge":
        """The judge of a data set, with what it does not name chosen to suit the data.

        Args:
            data: what the generator learned from.
            held_out: data that it never saw.
            metrics: what to measure; by default those of `DEFAULT` that the data allow.
            features: by default those of the classifier that knows the data set, else the samples themselves.
            samples: of each side; by default 1,000, fewer of a small data set or of large images.
            seed: of all that is drawn.
            replicates: random halves behind an interval; 0 for no intervals.
            paired: whether every metric measures these halves.

        Raises:
            InputError: if a metric is named that these data do not allow, and no other is.
        """
        features = features or features_for(data.name)
        asked = DEFAULT if metrics is None else tuple(metrics)
        reasons = {metric.name: reason_against(metric, data, features) for metric in asked}
        left_out = {name: reason for name, reason in reasons.items() if reason is not None}
        if len(left_out) == len(reasons):
            raise InputError("; ".join(f"{name}: {reason}" for name, reason in left_out.items()) or "no metrics named")
        count = sample_size(data, held_out, most=samples)
        if samples is not None and count < samples:
            warnings.warn(f"{data.name}: {samples:,} samples asked for, {count:,} can be had", stacklevel=2)
        chosen = tuple(metric for metric in asked if metric.name not in left_out)
        said = {} if metrics is None else left_out
        return cls(data, held_out, chosen, features, count, seed, replicates, paired, said)

    def __call__(self, generated: Tensor) -> Evaluation:
        """The scores of generated samples; metrics that refuse them, such as for being too few, are left out.

        Args:
            generated: `(N, *shape)` in the user's units; the first `samples` are used.

        Raises:
            InputError: if they are of another shape than the data, not finite, or fewer than `samples`, or if no metric
                takes them.
        """
        used = self._checked(generated)
        fake = View(lambda: used, self.data, self.features)
        scores, refused = [], {}
        for metric in self.metrics:
            try:
                scores.append(self._score(metric, fake))
            except InputError as error:
                refused[metric.name] = str(error)
        if not scores:
            raise InputError("; ".join(dict.fromkeys(refused.values())))
        return Evaluation(tuple(scores), self.left_out | refused)

    def _checked(self, generated: Tensor) -> Tensor:
        shape = tuple(self.data.observed_shape)
        if tuple(generated.shape[1:]) != shape:
            raise InputError(
                f"generated samples have shape {tuple(generated.shape[1:])}, those of {self.data.name} {shape}; "
                "expected equal ones: bring all to one resolution"
            )
        if len(generated) < self.samples:
            raise InputError(f"{len(generated):,} generated samples; expected {self.samples:,}, as many as real ones")
        used = generated[: self.samples].detach().cpu()
        if bad := int((~self.data.scaling.comparable(used).flatten(1).isfinite()).any(1).sum()):
            raise InputError(f"{bad:,} of {len(used):,} generated samples hold NaN or infinity; expected numbers")
        return used

    def _score(self, metric: Metric, fake: View) -> Score:
        real, rows = self._reference(metric)[metric.needs], fake[metric.needs]
        began = time.perf_counter()
        found = metric(real, rows, seed=self.seed)
        seconds = time.perf_counter() - began
        wanted = self.replicates if self.paired or found.interval is None else 0
        halves, note = self._halves(metric, real, rows, wanted)
        interval = found.interval or (by_halves(metric, found.value, halves) if halves else None)
        return Score(
            name=self.protocol(metric),
            metric=metric.name,
            title=metric.title,
            value=found.value,
            interval=interval if self.replicates else None,
            floor=self._floor(metric).value,
            samples=self.samples,
            unit=self.data.scaling.comparable_unit if metric.unit == "of the samples" else metric.unit,
            better=metric.better,
            seconds=seconds,
            note="; ".join(filter(None, [found.note, note])),
            details=found.details,
            halves=halves,
        )

    def _halves(self, metric: Metric, real: Tensor, rows: Tensor, replicates: int) -> tuple[tuple[float, ...], str]:
        try:
            return half_values(metric, real, rows, self.seed, replicates), ""
        except InputError:  # it takes the whole, but not half as many
            return (), f"no halves of {len(rows):,} samples"

    def protocol(self, metric: Metric) -> str:
        """The name under which values compare, such as `fd_digits_1k`."""
        seen = [self.features.name] if metric.needs in (Need.FEATURES, Need.CLASSES) else []
        thousands, rest = divmod(self.samples, 1000)
        return "_".join([metric.protocol, *seen, f"{thousands}k" if not rest else str(self.samples)])

    @cached_property
    def floors(self) -> dict[Metric, Measured]:
        """Each metric of real samples in place of the generated ones, at the same size."""
        return {metric: self._floor(metric) for metric in self.metrics}

    def _floor(self, metric: Metric) -> Measured:
        if metric not in self._floors:
            instead = self._batch if metric.against == "held-out" else self._real
            self._floors[metric] = metric(self._reference(metric)[metric.needs], instead[metric.needs], seed=self.seed)
        return self._floors[metric]

    @cached_property
    def _floors(self) -> dict[Metric, Measured]:
        return {}

    def _reference(self, metric: Metric) -> View:
        return self._real if metric.against == "held-out" else self._training

    @cached_property
    def _real(self) -> View:
        return self._view(self.held_out, self.samples, "evaluation held-out")

    @cached_property
    def _batch(self) -> View:
        return self._view(self.data, self.samples, "evaluation data")

    @cached_property
    def _training(self) -> View:
        return self._view(self.data, self.data.at_most(NUMBERS // prod(self.data.shape)), "evaluation training")

    def _view(self, source: Source, count: int, name: str) -> View:
        def draw() -> Tensor:
            return source.observed(count, stream(self.seed, name)).cpu()

        return View(draw, source, self.features, f"{name.replace(' ', '-')}-{self.seed}-{count}")


def evaluate(
    generated: Tensor,
    data: Source,
    held_out: Source,
    seed: int = 0,
    *,
    metrics: Iterable[Metric] | None = None,
    features: Features | None = None,
    replicates: int = REPLICATES,
) -> Evaluation:
    """Compares generated samples with data: `Judge` for one set.

    Args:
        generated: `(N, *shape)` in the user's units, as `Run.sample` gives them; as many are used as there are to
            compare with.
        data: what the generator learned from.
        held_out: data that it never saw.
        seed: of all that is drawn.
        metrics: as `Judge.of` takes them.
        features: likewise.
        replicates: likewise.

    Raises:
        InputError: as `Judge` does, and for fewer than two samples.

    Example:
        >>> import torch
        >>> from wgan.data import open_source
        >>> data, held_out = open_source("gaussians8").split()
        >>> rng = torch.Generator().manual_seed(0)
        >>> [score.metric for score in evaluate(held_out.sample(1000, rng), data, held_out).scores]
        ['w1', 'modes', 'quality']
    """
    if len(generated) < 2:
        raise InputError(f"{len(generated)} generated sample to compare with {data.name}; expected 2 or more")
    count = sample_size(data, held_out, most=len(generated))
    judge = Judge.of(
        data, held_out, metrics=metrics, features=features, samples=count, seed=seed, replicates=replicates
    )
    return judge(generated)
