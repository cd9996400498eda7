"""Real data that generated samples are compared with, by any metrics."""

import time
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from math import prod

from torch import Tensor

from wgan.data import Source
from wgan.errors import InputError
from wgan.metrics.defaults import DEFAULT, TABLE_DEFAULT
from wgan.metrics.evaluation import Evaluation
from wgan.metrics.features import Features, features_for
from wgan.metrics.features.pixels import Cells
from wgan.metrics.intervals import by_halves, half_values
from wgan.metrics.metric import Measured, Metric, Need
from wgan.metrics.score import Score
from wgan.metrics.views import NUMBERS, Sizes, View, few, reason_against, sample_size, sizes_of
from wgan.randomness import stream

__all__ = ["Judge", "evaluate"]

REPLICATES = 20


@dataclass(frozen=True)
class Judge:
    """Real data, looked at once, that any number of generated sets are compared with.

    Args:
        data: what the generator learned from.
        held_out: data that it never saw.
        metrics: what to measure.
        features: in which features, for the metrics that need them.
        sizes: how many samples each metric is given.
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
    sizes: Mapping[Metric, Sizes]
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
            metrics: what to measure; by default those of `DEFAULT`, or `TABLE_DEFAULT`, that the data allow.
            features: by default those of the classifier that knows the data set, else the samples themselves.
            samples: of each side; by default 1,000, more for metrics of tables, fewer of a small data set or of large
                images.
            seed: of all that is drawn.
            replicates: random halves behind an interval; 0 for no intervals.
            paired: whether every metric measures these halves.

        Raises:
            InputError: if a metric is named that these data do not allow, and no other is.
        """
        features = features or (features_for(data.name) if data.codes is None else Cells())
        usual = DEFAULT if data.codes is None else TABLE_DEFAULT
        asked = tuple(metric.suited(data) for metric in (usual if metrics is None else metrics))
        sizes = {metric: sizes_of(metric, data, held_out, samples) for metric in asked}
        reasons = {
            metric.name: reason_against(metric, data, features) or few(metric, sizes[metric]) for metric in asked
        }
        left_out = {name: reason for name, reason in reasons.items() if reason is not None}
        if len(left_out) == len(reasons):
            raise InputError("; ".join(f"{name}: {reason}" for name, reason in left_out.items()) or "no metrics named")
        chosen = tuple(metric for metric in asked if metric.name not in left_out)
        if samples is not None and (count := max(sizes[metric].fake for metric in chosen)) < samples:
            warnings.warn(f"{data.name}: {samples:,} samples asked for, {count:,} can be had", stacklevel=2)
        said = left_out if metrics is not None or data.codes is not None else {}
        kept = {metric: sizes[metric] for metric in chosen}
        return cls(data, held_out, chosen, features, kept, seed, replicates, paired, said)

    @property
    def samples(self) -> int:
        """Generated samples that it asks for."""
        return max(size.fake for size in self.sizes.values())

    def __call__(self, generated: Tensor) -> Evaluation:
        """The scores of generated samples; metrics that refuse them, such as for being too few, are left out.

        Args:
            generated: `(N, *shape)` in the user's units; each metric takes as many of the first as are its size.

        Raises:
            InputError: if they are of another shape than the data, not finite, or fewer than `samples`, or if no metric
                takes them.
        """
        used = self._checked(generated)
        fakes = {
            size.fake: View(partial(used.__getitem__, slice(size.fake)), self.data, self.features)
            for size in self.sizes.values()
        }
        scores, refused = [], {}
        for metric in self.metrics:
            try:
                scores.append(self._score(metric, fakes[self.sizes[metric].fake]))
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
        wanted = min(self.replicates, metric.halvings) if self.paired or found.interval is None else 0
        halves, note = self._halves(metric, real, rows, wanted)
        floor = self._floor(metric)
        interval = found.interval or (by_halves(metric, found.value, halves) if halves else None)
        return Score(
            name=self.protocol(metric),
            metric=metric.name,
            title=metric.title,
            value=found.value,
            interval=interval if self.replicates else None,
            floor=floor.value,
            samples=len(rows),
            unit=self.data.scaling.comparable_unit if self._compares(metric) else metric.unit,
            better=metric.better,
            seconds=seconds,
            note="; ".join(filter(None, [found.note, note])),
            details=found.details,
            floor_details=floor.details,
            halves=halves,
        )

    def _compares(self, metric: Metric) -> bool:
        """Whether a metric's unit is that of the distance between samples."""
        return metric.unit == "of the samples" or (
            metric.unit == "of the features" and self.features.name == Cells.name
        )

    def _halves(self, metric: Metric, real: Tensor, rows: Tensor, replicates: int) -> tuple[tuple[float, ...], str]:
        try:
            return half_values(metric, real, rows, self.seed, replicates), ""
        except InputError:  # it takes the whole, but not half as many
            return (), f"no halves of {len(rows):,} samples"

    def protocol(self, metric: Metric) -> str:
        """The name under which values compare, such as `fd_digits_1k`."""
        seen = [self.features.name] if metric.needs in (Need.FEATURES, Need.CLASSES) else []
        count = self.sizes[metric].fake
        thousands, rest = divmod(count, 1000)
        return "_".join([metric.protocol, *seen, f"{thousands}k" if not rest else str(count)])

    @cached_property
    def floors(self) -> dict[Metric, Measured]:
        """Each metric of real samples in place of the generated ones, at the same size."""
        return {metric: self._floor(metric) for metric in self.metrics}

    def _floor(self, metric: Metric) -> Measured:
        if metric not in self._floors:
            fake = self.sizes[metric].fake
            instead = self._drawn(fake) if metric.against == "held-out" else self._unseen(fake)
            self._floors[metric] = metric(self._reference(metric)[metric.needs], instead[metric.needs], seed=self.seed)
        return self._floors[metric]

    @cached_property
    def _floors(self) -> dict[Metric, Measured]:
        return {}

    def _reference(self, metric: Metric) -> View:
        return self._unseen(self.sizes[metric].real) if metric.against == "held-out" else self._training()

    def _unseen(self, count: int) -> View:
        return self._view(self.held_out, count, "evaluation held-out")

    def _drawn(self, count: int) -> View:
        return self._view(self.data, count, "evaluation data")

    def _training(self) -> View:
        return self._view(self.data, self.data.at_most(NUMBERS // prod(self.data.shape)), "evaluation training")

    def _view(self, source: Source, count: int, name: str) -> View:
        """Real samples, each set of them looked at once."""

        def draw() -> Tensor:
            return source.observed(count, stream(self.seed, name)).cpu()

        key = f"{name.replace(' ', '-')}-{self.seed}-{count}"
        return self._views.setdefault(key, View(draw, source, self.features, key))

    @cached_property
    def _views(self) -> dict[str, View]:
        return {}


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
