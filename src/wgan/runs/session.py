"""One sitting of a run: train, watch, draw, save, stop."""

import signal
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wgan.data import Source
from wgan.errors import Diverged, InputError, NoIntactCheckpoint
from wgan.metrics.evaluation import Evaluation
from wgan.randomness import stream
from wgan.recipes import Recipe
from wgan.report import sample_figure
from wgan.runs.checkpoint import newest_intact, save_state
from wgan.runs.journal import Journal
from wgan.runs.progress import Progress, clock
from wgan.runs.run import Run, generate
from wgan.runs.signals import Interrupted, Interruption
from wgan.text import paragraph
from wgan.training import State, train
from wgan.training.distributed import Processes

__all__ = ["Outcome", "Session"]

IMAGES, POINTS = 64, 1000
"""Samples in one figure."""


@dataclass(frozen=True)
class Outcome:
    """What a finished run has to say.

    Attributes:
        run: the run directory, open.
        evaluation: how far the samples are from held-out data.
        estimate: the critic's own, mean of the last records.
        seconds: of this session.
        figure: the last picture.
        leads: whether this is the only process, or the first of several.
        warnings: what speaks against the result, a line each.
    """

    run: Run
    evaluation: Evaluation
    estimate: float | None
    seconds: float
    figure: Path
    leads: bool = True
    warnings: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain values, schema 1."""
        measure = self.run.recipe.loss.measures
        return {
            "schema": 1,
            "run": str(self.run.path),
            "recipe": self.run.recipe.name,
            "data": self.run.card.name,
            "iterations": self.run.checkpoint.iteration,
            "seconds": round(self.seconds, 3),
            "estimate": {"measures": measure.symbol, "unit": measure.unit, "value": self.estimate},
            "evaluation": self.evaluation.to_json(),
            "checkpoint": str(self.run.checkpoint.path),
            "figure": str(self.figure),
            "warnings": list(self.warnings),
        }

    def to_text(self) -> str:
        """How it went, how far it got, what to look at next."""
        run, measure = self.run, self.run.recipe.loss.measures
        lines = [
            f"{run.recipe.name} on {run.card.name}: {run.checkpoint.iteration:,} iterations, {clock(self.seconds)}"
        ]
        if self.estimate is not None:
            lines.append(f"  critic's estimate   {self.estimate:.4g}  {measure.symbol} ({measure.unit})")
        lines += [
            *self.evaluation.to_text().splitlines(),
            *(f"warning: {warning}" for warning in self.warnings),
            f"look at {self.figure} (real beside generated), then try",
            f"  wgan sample {run.path} -n 64 --out more.png, or wgan train --resume {run.path} --iterations N for more",
        ]
        return paragraph(lines)


@dataclass
class Session:
    """Takes a run from where its state stands to its last iteration.

    Args:
        path: the run directory.
        recipe: the complete recipe.
        state: where training stands.
        data: what to learn, on the state's device.
        held_out: what to compare with at the end.
        quiet: whether to say nothing on stderr.
        compiled: whether its steps are compiled.
        processes: who trains; the first one writes the files.
        warnings: what it has noticed so far.
    """

    path: Path
    recipe: Recipe
    state: State
    data: Source
    held_out: Source
    quiet: bool = False
    compiled: bool = False
    processes: Processes = field(default_factory=Processes)
    warnings: list[str] = field(default_factory=list)

    def train(self) -> Outcome:
        """Trains to the end.

        Raises:
            Diverged: at NaN or infinity; the last good checkpoint is named.
            Interrupted: after SIGINT or SIGTERM, once the state is saved.
            InputError: if the disk is full or read-only.
        """
        recipe, state, quiet = self.recipe, self.state, self.quiet or not self.processes.leads
        with (
            Interruption() as interruption,
            Progress(recipe.loss.measures, recipe.iterations, state.iteration, quiet) as progress,
        ):
            if self.compiled:
                progress.note(
                    "compiling the steps first, which takes minutes for large networks; --compile off does not"
                )
            try:
                estimate = self._iterate(interruption, progress)
            except Diverged as error:
                raise Diverged(f"{error}; {self._way_back()}") from None
            except OSError as error:
                raise InputError(
                    f"cannot write to {self.path}: {error.strerror}; make room or make it writable, then --resume"
                ) from None
            self.processes.wait()  # for the last checkpoint
            return self._outcome(estimate, progress.seconds)

    def _iterate(self, interruption: Interruption, progress: Progress) -> float | None:
        recipe, state = self.recipe, self.state
        estimate, critic_steps = None, state.critic_steps
        with Journal(self.path, state.iteration) if self.processes.leads else nullcontext() as journal:
            for record in train(state, recipe, self.data, compiled=self.compiled, processes=self.processes):
                signum = self.processes.greatest(interruption.signum or 0)
                last = state.iteration == recipe.iterations
                draw = last or state.iteration % recipe.sample_every == 0
                save = last or state.iteration % recipe.save_every == 0 or signum > 0
                means = journal.add(record, write=draw or save) if journal else None
                if means is not None:
                    estimate = means["estimate"]
                    if means["gradient_norm"] == 0 and not self.warnings:
                        self.warnings.append(stuck(state.iteration))
                        progress.note(f"warning: {self.warnings[0]}")
                    progress.update(state.iteration, means, (state.critic_steps - critic_steps) * recipe.batch)
                if draw and journal:
                    self.draw()
                if save and journal:
                    self.save()
                if signum and not last:
                    raise Interrupted(self._farewell(signum), signum)
        return estimate

    def save(self) -> None:
        """Saves a checkpoint, unless a weight is no longer finite."""
        for name, module in (("generator", self.state.generator), ("critic", self.state.critic)):
            if not all(bool(weights.isfinite().all()) for weights in module.parameters()):
                raise Diverged(f"a weight of the {name} became NaN or infinite at iteration {self.state.iteration}")
        save_state(self.state, self.path / "checkpoints")

    def draw(self) -> None:
        """Draws fixed real samples beside the generator's for fixed latents."""
        recipe, data = self.recipe, self.data
        count = IMAGES if len(data.shape) == 3 else POINTS
        count = data.at_most(count)
        real = data.subset(count, stream(recipe.seed, "figure"))
        fake = generate(self.state.ema.module, recipe.latent, count, recipe.seed)
        title = f"{recipe.name} on {data.name}, iteration {self.state.iteration:,}"
        self._figure().parent.mkdir(exist_ok=True)
        real, fake = (data.scaling.shade(data.scaling.decode(part.cpu())) for part in (real, fake))
        sample_figure(real, fake, self._figure(), title=title, unit=data.scaling.unit)

    def _figure(self) -> Path:
        return self.path / "samples" / f"{self.state.iteration:06d}.png"

    def _outcome(self, estimate: float | None, seconds: float) -> Outcome:
        run = Run.open(self.path, generator=self.state.ema.module)
        found = run.evaluate((self.data.to("cpu"), self.held_out.to("cpu")))
        return Outcome(run, found, estimate, seconds, self._figure(), self.processes.leads, tuple(self.warnings))

    def _farewell(self, signum: int) -> str:
        return (
            f"stopped by {signal.Signals(signum).name} and saved at iteration {self.state.iteration:,}; "
            f"continue with: wgan train --resume {self.path}"
        )

    def _way_back(self) -> str:
        try:
            good = str(newest_intact(self.path / "checkpoints").path)
        except NoIntactCheckpoint:
            good = "none was saved yet"
        return f"last good checkpoint: {good}; try a smaller learning rate or a stronger penalty"


def stuck(iteration: int) -> str:
    """What to say when the generator learns nothing any more."""
    return (
        f"the generator's gradient is exactly zero at iteration {iteration:,}: its critic has died, or the loss or the "
        "generator's output is saturated; try smaller learning rates (--critic_optimizer.lr) or another --lipschitz"
    )
