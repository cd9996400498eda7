"""One sitting of a run: train, watch, save, draw, stop."""

import io
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

from wgan.data import Source
from wgan.errors import Diverged, InputError, NoIntactCheckpoint
from wgan.randomness import stream
from wgan.recipes import Recipe
from wgan.report import sample_figure
from wgan.runs import files
from wgan.runs.checkpoint import Papers, newest_intact, save_state
from wgan.runs.journal import Journal
from wgan.runs.outcome import Outcome
from wgan.runs.progress import Progress
from wgan.runs.run import Run, generate, too_few
from wgan.runs.signals import Interrupted, Interruption
from wgan.training import State, train
from wgan.training.distributed import Processes

__all__ = ["ADVICE", "Session"]

IMAGES, POINTS = 64, 1000
"""Samples in one figure."""

SAMPLES = "samples"
ADVICE = "make room or make it writable, then --resume"


@dataclass
class Session:
    """Takes a run from where its state stands to its last iteration.

    Args:
        path: the run directory.
        recipe: the complete recipe.
        state: where training stands.
        data: what to learn, on the state's device.
        held_out: what to compare with at the end.
        papers: what each checkpoint seals besides the state, with the records so far.
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
    papers: Papers
    quiet: bool = False
    compiled: bool = False
    processes: Processes = field(default_factory=Processes)
    warnings: list[str] = field(default_factory=list)

    def train(self) -> Outcome:
        """Trains to the end.

        Raises:
            Diverged: at NaN or infinity; the last good checkpoint is named.
            Interrupted: after SIGINT, SIGTERM or SIGHUP, once the state is saved.
            InputError: if the disk is full or read-only, or the directory goes away.
        """
        recipe, state, quiet = self.recipe, self.state, self.quiet or not self.processes.leads
        with (
            Interruption() as interruption,
            Progress(recipe.loss.measures, recipe.iterations, state.iteration, quiet) as progress,
            self._leaving(interruption),
        ):
            if few := too_few(self.data, self.held_out):
                self._complain(f"{few}, so that it is left out", progress)
            if self.compiled:
                progress.note(
                    "compiling the steps first, which takes minutes for large networks; --compile off does not"
                )
            with files.writing(f"write to {self.path}", ADVICE):
                estimate = self._iterate(interruption, progress)
            self.processes.wait()  # for the last checkpoint
            interruption.at_once = True
            return self._outcome(estimate, progress.seconds, evaluated=not few)

    def _iterate(self, interruption: Interruption, progress: Progress) -> float | None:
        recipe, state = self.recipe, self.state
        estimate, before = None, state.critic_steps
        with Journal(self.path, self.papers.metrics) if self.processes.leads else nullcontext() as journal:
            self._catch_up(progress)
            interruption.at_once = self.compiled  # until the compiler is done
            for record in train(state, recipe, self.data, compiled=self.compiled, processes=self.processes):
                interruption.at_once = False
                signum = self.processes.greatest(interruption.signum or 0)
                last = state.iteration == recipe.iterations
                save = last or state.iteration % recipe.save_every == 0 or signum > 0
                means = journal.add(record, write=self._draws() or save) if journal else None
                if means is not None:
                    estimate = means["estimate"]
                    self._watch(means, progress)
                    progress.update(state.iteration, means, (state.critic_steps - before) * recipe.batch)
                if save and journal:
                    self.save(journal)
                if self._draws() and journal:
                    self.draw(progress)
                if signum and not last:
                    raise Interrupted(self._farewell(signum), signum)
            interruption.at_once = False
        return estimate

    def save(self, journal: Journal) -> None:
        """Saves a checkpoint, unless a weight is no longer finite."""
        for name, module in (("generator", self.state.generator), ("critic", self.state.critic)):
            if not all(bool(weights.isfinite().all()) for weights in module.parameters()):
                raise Diverged(f"a weight of the {name} became NaN or infinite at iteration {self.state.iteration}")
        journal.sync()
        save_state(self.state, self.path, replace(self.papers, metrics=journal.metrics))

    def draw(self, progress: Progress) -> None:
        """Draws a picture of the samples; one that cannot be drawn ends no run."""
        try:
            picture = self._picture()
        except Exception as error:  # whatever a library cannot draw
            reason = " ".join(str(error).split())[:200]
            line = f"no picture of iteration {self.state.iteration:,} could be drawn ({type(error).__name__}: {reason})"
            self._complain(line, progress)
            return
        (self.path / SAMPLES).mkdir(exist_ok=True)
        files.write(self.path, f"{SAMPLES}/{self._figure().name}", picture)

    def _picture(self) -> bytes:
        """A PNG of fixed real samples beside the generator's for fixed latents."""
        recipe, data = self.recipe, self.data
        count = data.at_most(IMAGES if len(data.shape) == 3 else POINTS)
        real = data.subset(count, stream(recipe.seed, "figure"))
        fake = generate(self.state.ema.module, recipe.latent, count, recipe.seed)
        title, picture = f"{recipe.name} on {data.name}, iteration {self.state.iteration:,}", io.BytesIO()
        real, fake = (data.scaling.shade(data.scaling.decode(part.cpu())) for part in (real, fake))
        sample_figure(real, fake, picture, title=title, unit=data.scaling.unit, columns=data.columns)
        return picture.getvalue()

    def _draws(self) -> bool:
        """Whether there is to be a picture of this iteration."""
        iteration = self.state.iteration
        return iteration > 0 and (iteration == self.recipe.iterations or iteration % self.recipe.sample_every == 0)

    def _catch_up(self, progress: Progress) -> None:
        """Draws the picture that a run did not come to, which was stopped just after saving."""
        if self._draws() and self.processes.leads and not self._figure().exists():
            self.draw(progress)

    def _figure(self) -> Path:
        return self.path / SAMPLES / f"{self.state.iteration:06d}.png"

    def _watch(self, means: Mapping[str, float], progress: Progress) -> None:
        """Complains, once, of a generator that learns nothing any more."""
        if means["gradient_norm"] == 0 and not any(DEAD in warning for warning in self.warnings):
            self._complain(stuck(self.state.iteration), progress)

    def _complain(self, line: str, progress: Progress) -> None:
        """Says what speaks against the result, now and at the end."""
        self.warnings.append(line)
        progress.note(f"warning: {line}")

    def _outcome(self, estimate: float | None, seconds: float, evaluated: bool) -> Outcome:
        run = Run.open(self.path, generator=self.state.ema.module)
        found = run.evaluate((self.data.to("cpu"), self.held_out.to("cpu"))) if evaluated else None
        figure = self._figure() if self._figure().exists() else None
        return Outcome(run, found, estimate, seconds, figure, self.processes.leads, tuple(self.warnings))

    @contextmanager
    def _leaving(self, interruption: Interruption) -> Iterator[None]:
        """Says how to go on, in one line, when training ends early."""
        try:
            yield
        except Diverged as error:
            raise Diverged(f"{error}; {self._way_back()}") from None
        except KeyboardInterrupt:
            signum = interruption.signum or signal.SIGINT
            done = "it is trained to the end" if self.state.iteration == self.recipe.iterations else "it goes on"
            raise Interrupted(
                f"stopped at once by {signal.Signals(signum).name}; {done} from its last checkpoint with: "
                f"wgan train --resume {self.path}",
                signum,
            ) from None

    def _farewell(self, signum: int) -> str:
        return (
            f"stopped by {signal.Signals(signum).name} and saved at iteration {self.state.iteration:,}; "
            f"continue with: wgan train --resume {self.path}"
        )

    def _way_back(self) -> str:
        try:
            good = str(newest_intact(self.path).path)
        except (NoIntactCheckpoint, InputError):
            good = "none"
        return f"last good checkpoint: {good}; try a smaller learning rate or a stronger penalty"


DEAD = "the generator's gradient is exactly zero"


def stuck(iteration: int) -> str:
    """What to say when the generator learns nothing any more."""
    return (
        f"{DEAD} at iteration {iteration:,}: its critic has died, or the loss or the "
        "generator's output is saturated; try smaller learning rates (--critic_optimizer.lr) or another --lipschitz"
    )
