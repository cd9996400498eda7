"""What to do next with a run, each as a line to type."""

import shlex
from pathlib import Path

from wgan.recipes import Recipe
from wgan.report.run_page import Command
from wgan.runs.environment import Environment
from wgan.runs.history import History
from wgan.runs.status import State
from wgan.text import printable

__all__ = ["next_steps"]


def next_steps(path: Path, recipe: Recipe, state: State, history: History, environment: Environment) -> list[Command]:
    """Commands for a run where it stands.

    Args:
        path: the run directory, as the user names it.
        recipe: of the run.
        state: in which it is.
        history: its evaluations.
        environment: in which it was trained.
    """
    found = [going_on(path, recipe, state)]
    if not environment.own_generator:
        tabular = environment.data.encoding is not None or environment.data.columns is not None
        found += samples(path, history, "made.csv" if tabular else "more.png", 1000 if tabular else 64)
        found.append(
            Command("Measure how near they are to data never seen", line("evaluate", path, "--metrics", "all"))
        )
    seed = recipe.seed + 1
    other = path.with_name(f"{path.name}-seed{seed}")
    return [
        *found,
        Command(
            "Train another seed, to know how much is chance",
            line("train", path / "recipe.toml", "--seed", seed, "--out", other),
        ),
        Command("Compare both", line("compare", path, other)),
        Command("Write this page anew", line("report", path)),
    ]


def line(*words: object) -> str:
    """A command that a shell takes as it is meant.

    Example:
        >>> line("report", Path("my runs"))
        "wgan report 'my runs'"
    """
    return printable(shlex.join(["wgan", *map(str, words)]))


def samples(path: Path, history: History, out: str, count: int) -> list[Command]:
    """Those that draw some."""
    found = [Command("Draw samples", line("sample", path, "-n", count, "--out", out))]
    if (best := history.best) is not None:
        what = f"Draw samples of iteration {best.iteration:,}, the best by {history.metric}"
        found.append(Command(what, line("sample", path, "--best", "-n", count, "--out", out)))
    return found


def going_on(path: Path, recipe: Recipe, state: State) -> Command:
    """The one that trains on."""
    if state == "diverged":
        rate, calmer = f"{recipe.critic_optimizer.lr / 2:g}", path.with_name(f"{path.name}-calmer")
        words = (path / "recipe.toml", "--critic_optimizer.lr", rate, "--out", calmer)
        return Command("Train again at half the critic's learning rate", line("train", *words))
    if state == "finished":
        return Command("Train on", line("train", "--resume", path, "--iterations", 2 * recipe.iterations))
    what = "Train on, once it has stopped" if state == "training" else "Train on"
    return Command(what, line("train", "--resume", path))
