"""A run directory: what was trained, and the generator that came of it."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from wgan.data import Scaling, Source, open_source
from wgan.errors import InputError
from wgan.metrics.evaluation import Evaluation
from wgan.metrics.features import Features
from wgan.metrics.judge import Judge
from wgan.metrics.metric import Metric
from wgan.randomness import derive_seed, stream
from wgan.recipes import Recipe
from wgan.runs.checkpoint import Found, load_ema, newest_intact, write_atomically
from wgan.runs.journal import read_metrics

__all__ = ["DataCard", "Run", "read_json"]


@dataclass(frozen=True)
class DataCard:
    """What a run remembers of its data, so that sampling needs no data set.

    Attributes:
        name: how the user named it.
        shape: of one sample.
        scaling: the way back to the user's units.
        fingerprint: of the content.
        columns: names of a table's features, in order; None where they have none.
    """

    name: str
    shape: tuple[int, ...]
    scaling: Scaling
    fingerprint: str
    columns: tuple[str, ...] | None = None

    @classmethod
    def of(cls, source: Source) -> "DataCard":
        """The card of a source."""
        return cls(source.name, tuple(source.shape), source.scaling, source.fingerprint(), source.columns)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "DataCard":
        """The card that `dataclasses.asdict` made."""
        shape, scaling = tuple(values["shape"]), Scaling(**values["scaling"])
        columns = values.get("columns")
        return cls(values["name"], shape, scaling, values["fingerprint"], None if columns is None else tuple(columns))


@dataclass(frozen=True)
class Run:
    """A run directory, open for reading.

    Attributes:
        path: the directory.
        recipe: the complete recipe; `wgan train PATH/recipe.toml` repeats the run.
        card: what it remembers of its data.
        checkpoint: the one whose generator is used.
        generator: the moving average of the generator, in evaluation mode, in the model's units.

    Example:
        >>> run = Run.open("runs/digits")  # doctest: +SKIP
        >>> run.sample(64).shape  # doctest: +SKIP
        torch.Size([64, 1, 8, 8])
    """

    path: Path
    recipe: Recipe
    card: DataCard
    checkpoint: Found
    generator: nn.Module

    @classmethod
    def open(
        cls,
        path: str | Path,
        *,
        iteration: int | None = None,
        generator: nn.Module | None = None,
        device: torch.device | str = "cpu",
    ) -> "Run":
        """Opens a run directory at its newest intact checkpoint.

        Args:
            path: the directory.
            iteration: of an older checkpoint that was kept.
            generator: the module of a run that trained one of your own, with any weights.
            device: where to put the generator.

        Raises:
            InputError: if this is no run directory.
            NoIntactCheckpoint: if every checkpoint is damaged.
        """
        path = Path(path)
        recipe, card = read_run(path)
        found = newest_intact(path / "checkpoints", iteration)
        if generator is None:
            refuse_custom(path)
            generator = recipe.generator.build_generator(recipe.latent, card.shape)
        load_ema(generator, found)
        return cls(path, recipe, card, found, generator.to(device).requires_grad_(False).eval())

    @property
    def metrics(self) -> list[dict[str, float]]:
        """The records of `metrics.jsonl`, oldest first."""
        return read_metrics(self.path)

    def sample(self, n: int, *, seed: int = 0, batch: int = 256) -> Tensor:
        """Generates samples in the user's units (images in [0, 1]).

        Args:
            n: how many.
            seed: of the latents.
            batch: how many at a time.

        Returns:
            `(n, *shape)`, float32.

        Raises:
            InputError: if `n` is below 1.
        """
        if n < 1:
            raise InputError(f"asked for {n} samples; expected 1 or more")
        samples = self.card.scaling.decode(generate(self.generator, self.recipe.latent, n, seed, batch))
        return self.card.scaling.bounded(samples)

    def evaluate(
        self,
        split: tuple[Source, Source] | None = None,
        *,
        metrics: Iterable[Metric] | None = None,
        features: Features | None = None,
        samples: int | None = None,
    ) -> Evaluation:
        """How near the samples are to data that the generator never saw.

        Args:
            split: training and held-out data on the CPU; by default the recipe's.
            metrics: what to measure, as `Judge.of` takes them; by default exact W₁ and what is known of modes.
            features: in which features.
            samples: of each side.

        Raises:
            InputError: if the recipe's data cannot be opened, or do not allow the metrics.
        """
        data, held_out = split or open_source(self.recipe.data).split()
        seed = self.recipe.seed
        judge = Judge.of(data, held_out, metrics=metrics, features=features, samples=samples, seed=seed)
        return judge(self.sample(judge.samples, seed=seed))


@torch.no_grad()
def generate(generator: nn.Module, latent: int, n: int, seed: int, batch: int = 256) -> Tensor:
    """`n` samples of a generator in model units, `(n, *shape)`, with latents from the stream of `seed`."""
    device = next(generator.parameters()).device
    latents = torch.randn(n, latent, generator=stream(seed, "samples")).to(device)
    with torch.random.fork_rng():  # for networks that draw noise of their own
        torch.manual_seed(derive_seed(seed, "sample noise"))
        return torch.cat([generator(part) for part in torch.split(latents, batch)])


def read_run(path: Path) -> tuple[Recipe, DataCard]:
    """The recipe and the data card of a run directory.

    Raises:
        InputError: if this is no run directory.
    """
    if not (path / "recipe.toml").is_file():
        raise InputError(f"{path} is no run directory (it has no recipe.toml); expected one that `wgan train` made")
    return Recipe.named(path / "recipe.toml"), DataCard.from_json(read_json(path / "env.json")["data"])


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file of a run.

    Raises:
        InputError: if it is missing or damaged.
    """
    try:
        content: dict[str, Any] = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read ({error}); the run directory is incomplete, start a new one") from None
    return content


def write_card(path: Path, environment: dict[str, Any], card: DataCard) -> None:
    """Writes `env.json`."""
    write_atomically(path / "env.json", json.dumps({**environment, "data": asdict(card)}, indent=1) + "\n")


def refuse_custom(path: Path) -> None:
    """A run of someone's own module can be opened only with that module."""
    if read_json(path / "env.json").get("own_generator"):
        raise InputError(
            f"{path} trained a generator of your own; open it in Python with Run.open({str(path)!r}, generator=...)"
        )
