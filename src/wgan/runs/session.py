"""One sitting of a run: train, watch, save, draw, stop."""

import io
import signal
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from wgan.data import Source
from wgan.data.tables.encoding import TableEncoding
from wgan.errors import Diverged, InputError, NoIntactCheckpoint
from wgan.processes import Processes
from wgan.randomness import stream
from wgan.recipes import Recipe
from wgan.report import sample_figure
from wgan.runs import files
from wgan.runs.checkpoint import Papers, newest_intact, save_state
from wgan.runs.history import NAME as EVALUATIONS
from wgan.runs.journal import Journal
from wgan.runs.judging import Judging
from wgan.runs.listeners import Audience, Event, Listener, TensorBoard
from wgan.runs.outcome import Outcome
from wgan.runs.preparation import conditions_of
from wgan.runs.progress import Progress
from wgan.runs.reporter import Reporter
from wgan.runs.run import Run, too_few
from wgan.runs.sampling import Inputs, generate
from wgan.runs.signals import Interrupted, Interruption
from wgan.runs.tabular import compare
from wgan.training import State, train

__all__ = ["ADVICE", "Session"]

IMAGES, POINTS, ROWS = 64, 1000, 3000
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
        judging: evaluates while it trains.
        listeners: who hears of it besides TensorBoard.
        quiet: whether to say nothing on stderr.
        compiled: whether its steps are compiled.
        processes: who trains; the first one writes the files.
        warnings: what it has noticed so far.
        stopped: why it stopped before its last iteration; None if it did not.
        outcome: what it has to say, once it is done.
    """

    path: Path
    recipe: Recipe
    state: State
    data: Source
    held_out: Source
    papers: Papers
    judging: Judging
    listeners: tuple[Listener, ...] = ()
    quiet: bool = False
    compiled: bool = False
    processes: Processes = field(default_factory=Processes)
    warnings: list[str] = field(default_factory=list)
    stopped: str | None = None
    outcome: Outcome | None = None
    audience: Audience = field(init=False)
    reporter: Reporter = field(init=False)

    def train(self) -> Outcome:
        """Trains to the end; raises what `steps` does."""
        for _ in self.steps():
            pass
        assert self.outcome is not None
        return self.outcome

    def steps(self) -> Generator[None, None, None]:
        """Trains to the end, as far as it is asked on, an iteration at a time.

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
            with files.writing(f"write to {self.path}", ADVICE), self._recording(progress) as journal:
                yield from self._iterate(interruption, progress, journal)
                estimate = journal.estimate() if journal else None
            self.processes.wait()  # for the last checkpoint
            interruption.at_once = True
            self.outcome = self._outcome(estimate, progress.seconds, evaluated=not few)
            if journal:
                self.reporter.trained(self.outcome.evaluation, self.stopped)

    def _iterate(self, interruption: Interruption, progress: Progress, journal: Journal | None) -> Iterator[None]:
        recipe, state, before = self.recipe, self.state, self.state.critic_steps
        interruption.at_once = self.compiled  # until the compiler is done
        for record in train(state, recipe, self.data, compiled=self.compiled, processes=self.processes):
            interruption.at_once = False
            signum = self.processes.greatest(interruption.signum or 0)
            last, due = state.iteration == recipe.iterations, self.judging.due(state.iteration)
            save = last or state.iteration % recipe.save_every == 0 or signum > 0
            means = journal.add(record, write=self._draws() or save or due) if journal else None
            improved = due and journal is not None and self.evaluate(progress)
            if due and not last:
                self._lose_patience(progress)
            if means is not None:
                self._watch(means, progress)
                progress.update(state.iteration, means, (state.critic_steps - before) * recipe.batch)
            if (save or improved or self.stopped) and journal:
                self.save(journal)
            if self._draws() and journal:
                self.draw(progress)
            if save and journal and not last and not signum:
                self.reporter.saved()
            if self.stopped:
                break
            if signum and not last:
                raise Interrupted(self._farewell(signum), signum)
            yield
        interruption.at_once = False

    @contextmanager
    def _recording(self, progress: Progress) -> Iterator[Journal | None]:
        """The journal with all who hear of it, of the process that leads."""
        if not self.processes.leads:
            yield None
            return
        listeners = (*TensorBoard.available(), *self.listeners)

        def tell(line: str) -> None:
            self._complain(line, progress)

        self.audience = Audience(listeners, tell)
        try:
            with Journal(self.path, self.papers.metrics, hear=self._tell) as journal:
                self._write_evaluations()
                self._catch_up(progress)
                sealed, seconds = self.papers.environment, lambda: progress.seconds
                past = lambda: (journal.metrics, self.judging.history)  # noqa: E731
                self.reporter = Reporter(self.path, self.recipe, sealed, tell, self.warnings, seconds, past)
                with self.reporter.watching():
                    yield journal
        finally:
            self.audience.close()

    def _tell(self, iteration: int, values: Mapping[str, float]) -> None:
        self.audience.tell(Event(self.path, iteration, values))

    def evaluate(self, progress: Progress) -> bool:
        """Judges the generator's moving average; whether it is the best so far."""
        if failure := self.judging.evaluate(self.state, self.data):
            self._complain(f"iteration {self.state.iteration:,} could not be evaluated ({failure})", progress)
        self._write_evaluations()
        progress.judged = self.judging.to_text()
        self.audience.tell(Event.of(self.path, self.judging.history.records[-1]))
        return self.judging.improved

    def _write_evaluations(self) -> None:
        """Writes those so far, whatever their file held; none where there never was any."""
        lines = self.judging.history.to_lines()
        if lines or (self.path / EVALUATIONS).exists():
            files.write(self.path, EVALUATIONS, lines)

    def _lose_patience(self, progress: Progress) -> None:
        """Decides, for all processes, whether to stop."""
        if self.processes.greatest(int(self.judging.exhausted is not None and self.processes.leads)):
            self.stopped = f"stopped at iteration {self.state.iteration:,} of {self.recipe.iterations:,}"
            if self.processes.leads:
                self.stopped += f": {self.judging.exhausted}"
            progress.note(self.stopped)

    def save(self, journal: Journal) -> None:
        """Saves a checkpoint, unless a weight is no longer finite."""
        for name, module in (("generator", self.state.generator), ("critic", self.state.critic)):
            if not all(bool(weights.isfinite().all()) for weights in module.parameters()):
                raise Diverged(f"a weight of the {name} became NaN or infinite at iteration {self.state.iteration}")
        journal.sync()
        save_state(self.state, self.path, replace(self.papers, metrics=journal.metrics, history=self.judging.history))

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
        tabular = isinstance(data.scaling, TableEncoding)
        count = data.at_most(IMAGES if len(data.shape) == 3 else ROWS if tabular else POINTS)
        rng, title, picture = stream(recipe.seed, "figure"), f"{recipe.name} on {data.name}", io.BytesIO()
        title += f", iteration {self.state.iteration:,}"
        inputs = Inputs(recipe.latent, conditions_of(recipe, data))
        fake = data.scaling.decode(generate(self.state.ema.module, inputs, count, recipe.seed).cpu())
        if isinstance(data.scaling, TableEncoding):
            compare(data.scaling, data.observed(count, rng), fake, picture, title=title, seed=recipe.seed)
        else:
            real = data.scaling.decode(data.subset(count, rng).cpu())
            real, fake = data.scaling.shade(real), data.scaling.shade(fake)
            sample_figure(real, fake, picture, title=title, unit=data.scaling.unit, columns=data.columns)
        return picture.getvalue()

    def _draws(self) -> bool:
        """Whether there is to be a picture of this iteration."""
        iteration = self.state.iteration
        last = iteration == self.recipe.iterations or self.stopped is not None
        return iteration > 0 and (last or iteration % self.recipe.sample_every == 0)

    def _catch_up(self, progress: Progress) -> None:
        """Draws the picture that a run did not come to, which was stopped just after saving."""
        if self._draws() and not self._figure().exists():
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
        leads, history, warnings = self.processes.leads, self.judging.history, tuple(self.warnings)
        return Outcome(run, found, estimate, seconds, figure, leads, warnings, history, self.stopped)

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
