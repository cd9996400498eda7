"""Evaluation while a run trains: when, by which metrics, which checkpoint is the best, and when to stop."""

from dataclasses import dataclass, field

from wgan.data import Source
from wgan.errors import InputError
from wgan.metrics import Evaluation, Judge, metrics_named
from wgan.recipes import Recipe
from wgan.runs.history import History, Judged
from wgan.runs.preparation import conditions_of
from wgan.runs.sampling import Inputs, draw
from wgan.training import State

__all__ = ["Judging", "deciding", "evaluations"]

EVERYTHING = "all"
DEFAULT = "w1"


@dataclass
class Judging:
    """Judges the generator's moving average on held-out data, which is looked at once.

    It uses the default number of samples and makes no intervals, so that it stays cheap: the end of a run and `wgan
    evaluate` make them. It draws from streams of its own and changes no bit of the training.

    Args:
        recipe: says when, and how long without a better value is too long.
        judge: the held-out data; None where nothing is evaluated.
        history: the evaluations so far.
    """

    recipe: Recipe
    judge: Judge | None = None
    history: History = field(default_factory=History)

    @classmethod
    def of(cls, recipe: Recipe, data: Source, held_out: Source, history: History | None = None) -> "Judging":
        """What a recipe asks for, with the evaluations so far.

        Args:
            recipe: of the run.
            data: what it learns, on the CPU.
            held_out: what it never sees, likewise.
            history: of a run that goes on.

        Raises:
            InputError: for an unknown metric, one that the data do not allow or are too few for, fields that mean
                nothing without evaluations, or a period longer than the run.
        """
        history = history or History(deciding(recipe))
        if not history.records:
            history = History(deciding(recipe))
        elif deciding(recipe) != history.metric:
            raise InputError(
                f"the best checkpoint so far was chosen by {history.metric}, and {deciding(recipe)} cannot take over; "
                f"add --best {history.metric}, or start a new run"
            )
        if not recipe.evaluate_every:
            if not history.records:
                refuse_idle(recipe)
            return cls(recipe, None, history)
        if recipe.evaluate_every > recipe.iterations:
            raise InputError(
                f"evaluate_every is {recipe.evaluate_every:,} and the run has {recipe.iterations:,} iterations, so "
                "that nothing would be evaluated; lower --evaluate_every"
            )
        return cls(recipe, judge_of(recipe, data, held_out), history)

    def due(self, iteration: int) -> bool:
        """Whether the generator is judged after this iteration."""
        return self.judge is not None and iteration % self.recipe.evaluate_every == 0

    def evaluate(self, state: State, data: Source) -> str | None:
        """Adds the evaluation of where training stands; why it could not be made, if so: that ends no run."""
        assert self.judge is not None
        failure = None
        try:
            recipe, count = self.recipe, self.judge.samples
            inputs = Inputs(recipe.latent, conditions_of(recipe, data))
            found = self.judge(draw(state.ema.module, data.scaling, inputs, count, recipe.seed))
        except Exception as error:  # whatever a library cannot compute
            failure = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
            found = Evaluation((), {metric.name: failure for metric in self.judge.metrics})
        self.history = self.history.with_(Judged.of(state.iteration, found))
        return failure

    @property
    def improved(self) -> bool:
        """Whether the last evaluation is the best."""
        return bool(self.history.records) and self.history.best is self.history.records[-1]

    @property
    def exhausted(self) -> str | None:
        """Why to stop; None if there is no reason."""
        history, patience = self.history, self.recipe.patience
        if not patience or history.waited < patience:
            return None
        return f"{evaluations(history.waited)} brought no better {history.metric}{since(history)}"

    def to_text(self) -> str:
        """The last value and the best, for the live line; empty before the first evaluation."""
        history = self.history
        if not history.records:
            return ""
        score = history.records[-1].score(history.metric)
        value = f"{history.metric} " + ("not measured" if score is None else f"{score.value:.4g}")
        return value if self.improved else f"{value} ({best_text(history)})"

    def refuse_exhausted(self, path: object, iteration: int) -> None:
        """Refuses to go on with a run whose patience is at its end.

        Raises:
            InputError: saying how much more it needs.
        """
        if iteration < self.recipe.iterations and (reason := self.exhausted):
            raise InputError(
                f"{path} stopped at iteration {iteration:,} of {self.recipe.iterations:,}, as {reason}; to go on, "
                f"give --patience {self.history.waited + 1} or more, or 0 for no end"
            )


def deciding(recipe: Recipe) -> str:
    """The short name of the metric by which the best checkpoint is chosen."""
    first = DEFAULT if {DEFAULT, EVERYTHING} & set(recipe.metrics) else next(iter(recipe.metrics), DEFAULT)
    return recipe.best or first


def evaluations(count: int) -> str:
    """How many, in words."""
    return f"{count} evaluation{'s' * (count != 1)}"


def best_text(history: History) -> str:
    """The best value and its iteration, in a few words."""
    best = history.best
    score = None if best is None else best.score(history.metric)
    return "none so far" if best is None or score is None else f"best {score.value:.4g} at {best.iteration:,}"


def since(history: History) -> str:
    """The value that nothing was better than."""
    return "" if history.best is None else f" ({best_text(history)})"


def refuse_idle(recipe: Recipe) -> None:
    """Refuses fields that mean nothing without evaluations."""
    plain = {"metrics": (DEFAULT,), "best": None, "patience": 0}
    if idle := [name for name, value in plain.items() if getattr(recipe, name) != value]:
        raise InputError(
            f"{' and '.join(idle)} without evaluations; add --evaluate_every N, such as 500, or leave "
            f"{'it' if len(idle) == 1 else 'them'} out"
        )


def judge_of(recipe: Recipe, data: Source, held_out: Source) -> Judge:
    """The judge of a recipe's metrics, all of which the data allow."""
    if not recipe.metrics:
        raise InputError("metrics is empty, so that nothing would be evaluated; name some, such as --metrics w1")
    asked = metrics_named([*recipe.metrics, deciding(recipe)])
    judge = Judge.of(data, held_out, metrics=asked, seed=recipe.seed, replicates=0)
    wanted = {deciding(recipe)} if EVERYTHING in recipe.metrics else {metric.name for metric in asked}
    if refused := {name: reason for name, reason in judge.left_out.items() if name in wanted}:
        raise InputError("; ".join(f"{name}: {reason}" for name, reason in refused.items()))
    _ = judge.floors  # which looks at the real data, and finds out whether each metric takes so many
    return judge
