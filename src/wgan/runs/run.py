"""A run directory, or what was exported of it: what was trained, and the generator that came of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from wgan.data import Source, open_source
from wgan.data.tables.encoding import TableEncoding
from wgan.errors import InputError
from wgan.memory import require_memory
from wgan.metrics.evaluation import Evaluation
from wgan.metrics.features import Features
from wgan.metrics.judge import Judge
from wgan.metrics.metric import Metric
from wgan.networks import judged_shape, with_one_hots
from wgan.recipes import Recipe
from wgan.runs.checkpoint import Found, load_ema, load_weights
from wgan.runs.directory import best_iteration, read_run, warn_of_changes
from wgan.runs.environment import DataCard
from wgan.runs.history import History
from wgan.runs.journal import to_records
from wgan.runs.judging import deciding
from wgan.runs.manifest import readable
from wgan.runs.sampling import Held, Inputs, draw, draw_class, draw_where
from wgan.runs.sealed import load_history, load_metrics
from wgan.runs.shared import CRITIC, WEIGHTS, Shared, built, is_shared, read_shared

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Run", "too_few"]

EVALUABLE = 2
"""Samples that an evaluation needs of each side."""


@dataclass(frozen=True)
class Run:
    """A run directory, or a folder that `wgan export` made of one, open for reading.

    Attributes:
        path: the directory.
        recipe: the complete recipe; `wgan train PATH/recipe.toml` repeats the run.
        card: what it remembers of its data.
        checkpoint: the one whose generator is used.
        generator: the moving average of the generator, in evaluation mode, in the model's units.
        own: whether generator and critic are modules of the user's, which no recipe builds.
        shared: what an exported folder holds; None for a run directory.

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
    own: tuple[bool, bool] = (False, False)
    shared: Shared | None = None

    @classmethod
    def open(
        cls,
        path: str | Path,
        *,
        iteration: int | None = None,
        best: bool = False,
        generator: nn.Module | None = None,
        device: torch.device | str = "cpu",
    ) -> "Run":
        """Opens a run directory at its newest intact checkpoint, and says where that is not what lies on top.

        Args:
            path: the directory, or an exported folder, which holds one generator.
            iteration: of an older checkpoint that was kept.
            best: whether to take the checkpoint that was the best while the run was trained, see `History`.
            generator: the module of a run that trained one of your own, with any weights.
            device: where to put the generator.

        Raises:
            InputError: if this is no run directory, or was not evaluated and the best is asked for.
            NoIntactCheckpoint: if every checkpoint is damaged, or an exported folder was changed.
        """
        path = Path(path)
        if is_shared(path):
            return cls._exported(path, device, chosen=best or iteration is not None or generator is not None)
        if best and iteration is not None:
            raise InputError(f"asked for iteration {iteration} and for the best one; leave one of them out")
        contents = read_run(path, best_iteration(path) if best else iteration)
        found, recipe, environment = contents.found, contents.recipe, contents.environment
        warn_of_changes(path, found, "overruled by")
        if generator is None and environment.own_generator:
            raise InputError(
                f"{path} trained a generator of your own; open it in Python with Run.open({str(path)!r}, generator=...)"
            )
        if generator is None:
            with readable(found.path):
                width = Inputs(recipe.latent, environment.data.conditions).width
                generator = recipe.generator.build_generator(width, environment.data.shape)
        generator = with_one_hots(generator, environment.data.units.blocks)
        load_ema(generator, found)
        generator = generator.to(device).requires_grad_(False).eval()
        own = environment.own_generator, environment.own_critic
        return cls(path, recipe, environment.data, found, generator, own)

    @classmethod
    def _exported(cls, path: Path, device: torch.device | str, *, chosen: bool) -> "Run":
        """A folder that `wgan export` made."""
        shared = read_shared(path)
        if chosen:
            raise InputError(
                f"{path} is an exported model of iteration {shared.found.iteration:,} alone, with its own generator; "
                "ask for no other one, or open the run"
            )
        recipe, card = shared.recipe, shared.card
        width = Inputs(recipe.latent, card.conditions).width
        generator = built(lambda: recipe.generator.build_generator(width, card.shape), shared.found, WEIGHTS)
        generator = with_one_hots(generator, card.units.blocks)
        load_weights(generator, shared.found, WEIGHTS)
        generator = generator.to(device).requires_grad_(False).eval()
        return cls(path, recipe, card, shared.found, generator, shared=shared)

    def critic(self, critic: nn.Module | None = None) -> nn.Module:
        """The critic of the checkpoint, in evaluation mode, in the model's units, see `wgan.networks.judged_shape`.

        Args:
            critic: the module of a run that trained one of your own, with any weights.

        Raises:
            InputError: if it is one of your own and was not given, or if an exported folder holds none.
        """
        if critic is None and self.own[1]:
            raise InputError(f"{self.path} trained a critic of your own; open it in Python and give it to Run.critic")
        if f"{CRITIC}.safetensors" not in self.checkpoint.manifest.files:
            raise InputError(f"{self.path} was exported without its critic; export the run again with --critic")
        if critic is None:
            shape = judged_shape(self.card.shape, self.recipe.pac, self.inputs.width - self.recipe.latent)
            critic = built(lambda: self.recipe.critic.build_critic(shape), self.checkpoint, CRITIC)
        for method in self.recipe.lipschitz:
            method.parametrize(critic)
        load_weights(critic, self.checkpoint, CRITIC)
        return critic.requires_grad_(False).eval()

    @property
    def inputs(self) -> Inputs:
        """What the generator makes samples of."""
        return Inputs(self.recipe.latent, self.card.conditions)

    @property
    def metrics(self) -> list[dict[str, float]]:
        """The records up to the checkpoint, oldest first; those since then are in `metrics.jsonl`.

        Raises:
            InputError: of an exported folder, which holds none.
        """
        if self.shared is not None:
            raise InputError(f"{self.path} is an exported model, without the records of its training; open the run")
        return to_records(load_metrics(self.checkpoint))

    @property
    def history(self) -> History:
        """The evaluations up to the checkpoint, oldest first, and which was the best; of an export its own alone."""
        if self.shared is not None:
            return History(deciding(self.recipe), tuple(filter(None, [self.shared.evaluation])))
        return load_history(self.checkpoint, deciding(self.recipe))

    def sample(self, n: int, *, seed: int = 0, batch: int = 256, where: Sequence[str] = ()) -> Tensor:
        """Generates samples in the user's units.

        Args:
            n: how many.
            seed: of the latents.
            batch: how many at a time.
            where: conditions that every sample holds, as for `sample_where`.

        Returns:
            `(n, *shape)`, float64.

        Raises:
            InputError: if `n` is below 1, or more than the memory holds, or for a condition that cannot be meant or
                that hardly any row holds.
        """
        if where:
            return self.sample_where(n, where, seed=seed, batch=batch).samples
        self.refuse_many(n)
        return draw(self.generator, self.card.units, self.inputs, n, seed, batch)

    def sample_where(self, n: int, where: Sequence[str], *, seed: int = 0, batch: int = 256) -> Held:
        """Generates samples that hold conditions, and says how they were had.

        A generator that was trained with conditions is asked for one of them. Rows of a table are then drawn until
        enough hold all of them; nothing tells which images hold theirs.

        Args:
            n: how many.
            where: of a table of mixed columns such as `income='>50K'`, see `wgan.data.tables.where.Where`; of images
                that were learned with their classes one such as `class=7`.
            seed: of the latents.
            batch: how many at a time.

        Raises:
            InputError: as `sample`.
        """
        self.refuse_many(n)
        if self.card.encoding is None and self.card.conditions is not None:
            return draw_class(self.generator, self.card.units, self.inputs, n, seed, where, batch)
        return draw_where(self.generator, self._encoding(), self.inputs, n, seed, where)

    def refuse_many(self, n: int) -> None:
        """Refuses a number of samples that cannot be drawn.

        Raises:
            InputError: if it is below 1, or more than the memory holds.
        """
        if n < 1:
            raise InputError(f"asked for {n} samples; expected 1 or more")
        # Latents and samples of the model are float32, those in the user's units float64.
        needed = n * (4 * self.inputs.width + 12 * prod(self.card.shape))
        require_memory(needed, f"drawing {n:,} samples", "ask for fewer")

    def _encoding(self) -> TableEncoding:
        if self.card.encoding is None:
            raise InputError(f"{self.path} learned no table of mixed columns, which conditions and cells are of")
        return self.card.encoding

    def frame(self, n: int, *, seed: int = 0, where: Sequence[str] = ()) -> "pd.DataFrame":
        """Generates rows of a table of mixed columns as a data frame: numbers and times, also where a file had text.

        Args:
            n: how many.
            seed: of the latents.
            where: conditions, as for `sample`.

        Raises:
            InputError: as `sample`, and of a run whose data is no such table.
        """
        return self._encoding().frame(self.sample(n, seed=seed, where=where))

    def data(self, source: str | None = None) -> tuple[Source, Source]:
        """The training and the held-out data of the recipe.

        Args:
            source: where they lie now; by default where they were.

        Raises:
            InputError: if they cannot be opened, or changed since the training.
        """
        settings = self.recipe.data if source is None else replace(self.recipe.data, source=source)
        try:
            data, held_out = open_source(settings).split()
        except InputError as error:
            if source is not None:
                raise
            raise InputError(
                f"the data of {self.path} cannot be opened ({error}); say where it lies by --data"
            ) from None
        self.card.refuse_others(data, held_out, self.path)
        return data, held_out

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
            metrics: what to measure, as `Judge.of` takes them; by default exact W₁, what is known of
                modes, and of tables of mixed columns likeness, detection, usefulness and copies.
            features: in which features.
            samples: of each side.

        Raises:
            InputError: if the recipe's data cannot be opened, changed since the training, are too few, or do
                not allow the metrics.
        """
        data, held_out = split or self.data()
        if reason := too_few(data, held_out):
            raise InputError(f"{reason}; give more of them")
        seed = self.recipe.seed
        judge = Judge.of(data, held_out, metrics=metrics, features=features, samples=samples, seed=seed)
        return judge(self.sample(judge.samples, seed=seed))


def too_few(data: Source, held_out: Source) -> str | None:
    """Why data cannot be evaluated with; None if it can."""
    for part, which in ((data, "to train on"), (held_out, "held out")):
        if (count := part.at_most(EVALUABLE)) < EVALUABLE:
            return f"{part.name} has {count} sample {which}, and an evaluation needs {EVALUABLE}"
    return None
