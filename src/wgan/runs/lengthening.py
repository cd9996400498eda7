"""Which runs can be given more iterations, and still equal one that had them from the start."""

from pathlib import Path

from wgan.errors import InputError
from wgan.recipes import Recipe
from wgan.training import State
from wgan.training.loop import growing

__all__ = ["refuse_course", "same_but_longer"]

FREE = ("iterations", "evaluate_every", "metrics", "best", "patience", "tracker")
"""Fields that change no bit of the iterations already taken."""


def same_but_longer(saved: Recipe, asked: Recipe, path: Path) -> Recipe:
    """The recipe to go on with: the saved one, but for more iterations, and for what watches the training.

    Raises:
        InputError: if any other field differs, or there would be fewer iterations.
    """
    changed = [name for name in saved.differences(asked) if name not in FREE]
    if changed:
        raise InputError(
            f"{path} was trained with another {', '.join(changed)}; resume without changing it, or start a new run"
        )
    if asked.iterations < saved.iterations:
        raise InputError(f"{path} has {saved.iterations} iterations, asked for {asked.iterations}; expected more")
    return asked


def refuse_course(recipe: Recipe, state: State, path: Path) -> None:
    """Refuses to lengthen a run in which more iterations would change those already taken.

    Raises:
        InputError: naming what is spread over all of them.
    """
    if (course := course_of(recipe, state)) is not None:
        raise InputError(
            f"{path} {course} over {recipe.iterations} iterations, so it cannot be lengthened; start a new run"
        )


def course_of(recipe: Recipe, state: State) -> str | None:
    """What a run spreads over all of its iterations; None if each is the same whatever their number."""
    if recipe.final_lr != 1:
        return "lowers its learning rate"
    if any(method.follows_progress for method in recipe.lipschitz):
        return "sharpens what the critic sees"
    return "grows its networks" if growing(state) else None
