"""A run directory as a whole: complete from its first moment, and true to what its checkpoints hold."""

import errno
import shutil
import tomllib
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from wgan.errors import InputError, WganError
from wgan.recipes import Recipe
from wgan.recipes.fields import read_fields
from wgan.runs import files, history, journal
from wgan.runs.checkpoint import (
    FOLDER,
    Found,
    Papers,
    latest,
    newest_intact,
    reseal,
    save_state,
)
from wgan.runs.environment import Environment
from wgan.runs.judging import deciding
from wgan.runs.lock import locked
from wgan.runs.manifest import readable
from wgan.runs.sealed import load_history, load_metrics
from wgan.training import State

__all__ = [
    "Contents",
    "best_iteration",
    "is_run",
    "lengthen",
    "mend",
    "new_run",
    "read_run",
    "refuse_strange",
    "to_text",
    "warn_of_changes",
]

RECIPE, ENVIRONMENT, LATEST = "recipe.toml", "env.json", "latest.json"
TAKEN = (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR)


@dataclass(frozen=True)
class Contents:
    """What a run directory holds, as its newest intact checkpoint seals it.

    Attributes:
        found: the checkpoint.
        recipe: of the run.
        environment: in which it was trained.
    """

    found: Found
    recipe: Recipe
    environment: Environment


def is_run(path: str | Path) -> bool:
    """Whether this is a run directory."""
    try:
        return Path(path, FOLDER).is_dir()
    except (OSError, ValueError):  # no path at all, such as a name that is too long
        return False


def read_run(path: Path, iteration: int | None = None) -> Contents:
    """Opens a run directory at its newest intact checkpoint, with a line for every newer one that is damaged.

    Raises:
        InputError: if this is no run directory, or one with links in it.
        NoIntactCheckpoint: if no checkpoint can be used.
    """
    refuse_strange(path)
    with readable(path):
        found = newest_intact(path, iteration)
        recipe, environment = sealed_recipe(path, found), Environment.from_json(found.manifest.environment)
        if found.iteration > recipe.iterations:
            raise ValueError(f"iteration {found.iteration} of {recipe.iterations}")
    for line in found.skipped:
        warnings.warn(f"{line}; iteration {found.iteration:,} is taken instead", stacklevel=2)
    return Contents(found, recipe, environment)


def sealed_recipe(path: Path, found: Found) -> Recipe:
    """The recipe that a checkpoint holds.

    Raises:
        InputError: naming the run, if this version does not know what another wrote.
    """
    try:
        return to_recipe(found.manifest.recipe)
    except InputError as error:
        raise InputError(
            f"the recipe of {path} is not one of this version ({error}); open the run with the version that made it, "
            "or start a new one"
        ) from None


def best_iteration(path: Path) -> int:
    """That of the best checkpoint of a run.

    Raises:
        InputError: if it has none.
    """
    contents = read_run(path)
    history = load_history(contents.found, deciding(contents.recipe))
    if history.best is None:
        why = "no evaluation of it had a value" if history.records else "it was not evaluated while it was trained"
        raise InputError(
            f"{path} has no best checkpoint, for {why}; leave out --best, or resume it with --evaluate_every N"
        )
    return history.best.iteration


def refuse_strange(path: Path) -> None:
    """Refuses what is no run directory, or one with links in it."""
    if not is_run(path):
        raise InputError(f"{path} is no run directory (it has no {FOLDER}); expected one that `wgan train` made")
    files.refuse_links(path)


def warn_of_changes(path: Path, found: Found, verb: str) -> None:
    """Says which files at the top of a run directory are not what its checkpoint holds.

    Args:
        path: the run directory.
        found: its checkpoint.
        verb: what becomes of them, such as `restored from`.
    """
    for name, expected in ((RECIPE, found.manifest.recipe), (ENVIRONMENT, found.manifest.environment)):
        present = content(path / name)
        if present == expected.encode():
            continue
        line = f"{path / name} is not what the run was trained with"
        if name == RECIPE:
            line += f" ({changed_fields(present, expected)}; to train with other fields, start a new run)"
        warnings.warn(f"{line}; it is {verb} checkpoint {found.path.name}", stacklevel=2)


def changed_fields(present: bytes | None, expected: str) -> str:
    """In which fields a recipe at the top of a run directory differs from that of its checkpoint."""
    if present is None:
        return "it is missing"
    try:
        names = to_recipe(expected).differences(to_recipe(present.decode()))
    except Exception:  # whatever a damaged file makes its readers raise
        return "it is damaged"
    return ", ".join(names) or "as text"


def mend(path: Path, found: Found) -> None:
    """Brings the files at the top of a run directory back to what its checkpoint holds, a line for each that is not.

    Raises:
        OSError: if the disk is full or read-only.
    """
    warn_of_changes(path, found, "restored from")
    files.clear(path)
    evaluations = load_history(found, deciding(to_recipe(found.manifest.recipe)))
    for name, text in (
        (journal.NAME, journal.to_lines(load_metrics(found))),
        (history.NAME, evaluations.to_lines()),
    ):
        lines = text.encode()
        if (content(path / name, len(lines)) or b"") != lines:
            warnings.warn(
                f"{path / name} lacks lines up to iteration {found.iteration:,}, or they were changed; it is "
                f"restored from checkpoint {found.path.name}",
                stacklevel=2,
            )
    if evaluations.best is not None and not is_intact(path, evaluations.best.iteration):
        warnings.warn(
            f"the best checkpoint of {path}, of iteration {evaluations.best.iteration:,}, is missing or damaged; "
            "--best opens no other until there is a better one",
            stacklevel=2,
        )
    pointer = latest(found.iteration)
    if content(path / LATEST) != pointer.encode() and not found.skipped:
        warnings.warn(
            f"{path / LATEST} names no checkpoint, or another than {found.path.name}, the newest that there is",
            stacklevel=2,
        )
    for name, text in ((RECIPE, found.manifest.recipe), (ENVIRONMENT, found.manifest.environment), (LATEST, pointer)):
        files.write(path, name, text)


def is_intact(path: Path, iteration: int) -> bool:
    """Whether the checkpoint of an iteration is there and matches its seal."""
    try:
        newest_intact(path, iteration)
    except WganError:
        return False
    return True


def lengthen(path: Path, recipe: str) -> None:
    """Gives a run the recipe with more iterations, first where it is sealed."""
    reseal(path, recipe)
    files.write(path, RECIPE, recipe)


def content(path: Path, size: int = files.LARGEST) -> bytes | None:
    """What a file holds, or the beginning of it; None if it cannot be read."""
    try:
        return files.read(path, size, cut=True)
    except OSError:
        return None


def to_recipe(text: str) -> Recipe:
    """The recipe that `to_text` wrote."""
    return read_fields(Recipe, tomllib.loads(text))


def to_text(recipe: Recipe) -> str:
    """The text of `recipe.toml`.

    Raises:
        InputError: for a name that no text file can hold.
    """
    text = recipe.to_toml()
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InputError("the recipe holds the name of a file that is not UTF-8; rename the file") from None
    return text


@contextmanager
def new_run(out: str | Path | None, name: str, state: State, papers: Papers) -> Iterator[Path]:
    """Makes a run directory, with its first checkpoint, and holds its lock.

    It is built under another name and renamed, so that whatever stops that leaves no half of one.

    Args:
        out: the directory, which must not exist or be empty; by default the first free one of `runs/NAME`,
            `runs/NAME-2` and so on.
        name: of the data.
        state: of the training, before its first step.
        papers: what belongs to the checkpoint.

    Raises:
        InputError: if the directory exists or cannot be made.
    """
    wanted = next(places(out, name))
    unfinished = wanted.absolute().parent / files.temporary_name()
    with ExitStack() as stack:
        with files.writing(f"make the run directory {wanted}", "make room, or choose another --out"):
            unfinished.mkdir(parents=True)
            stack.callback(shutil.rmtree, unfinished, ignore_errors=True)
            stack.enter_context(locked(unfinished))
            files.write(unfinished, RECIPE, papers.recipe)
            files.write(unfinished, ENVIRONMENT, papers.environment)
            save_state(state, unfinished, papers)
            path = renamed(unfinished, out, name)
        yield path


def places(out: str | Path | None, name: str) -> Iterator[Path]:
    """Where a new run may go, in order of preference."""
    if out is not None:
        yield Path(out)
        return
    first = Path("runs", Path(name.replace(":", "-")).stem.strip(".") or "run")
    yield first
    yield from (first.with_name(f"{first.name}-{number}") for number in count(2))


def renamed(unfinished: Path, out: str | Path | None, name: str) -> Path:
    """Gives a directory the first name that is free, or that of an empty directory, whose rights it takes."""
    if out is not None and Path(out).is_dir():
        unfinished.chmod(Path(out).stat().st_mode)
    for path in places(out, name):
        try:
            unfinished.rename(path)
        except OSError as error:
            if error.errno not in TAKEN:
                raise
        else:
            return path
    raise InputError(f"{out} exists; continue it with --resume {out}, or choose another --out")
