"""A run's pictures as an animation."""

from pathlib import Path
from typing import TYPE_CHECKING

from wgan.errors import InputError
from wgan.report.film import refuse_film, sheet_of, thinned, write_film
from wgan.runs import files
from wgan.runs.directory import refuse_strange
from wgan.runs.page import SAMPLES, picture_places

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["film"]


def film(run: Path, out: Path, seconds: float = 6.0) -> list[int]:
    """Writes the pictures that a run left as an animation.

    Args:
        run: its directory, also of a run that is still being trained.
        out: a new `.webp` or `.gif`.
        seconds: of the whole.

    Returns:
        The milliseconds of each picture.

    Raises:
        InputError: if this is no run directory, has no two pictures that differ or a damaged one, or if the film
            cannot be written there.
    """
    refuse_film(out, seconds)
    refuse_strange(run)
    places = picture_places(run)
    if len(places) < 2:
        found = f"one picture, of iteration {min(places):,}," if places else "no picture"
        raise InputError(f"{run} has {found} in {SAMPLES}/, and a film needs 2; train with a smaller --sample_every")
    sheets = [(iteration, opened(places[iteration])) for iteration in thinned(sorted(places))]
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        return write_film(sheets, out, seconds)
    except OSError as error:
        raise InputError(f"cannot write {out}: {error.strerror or error}; choose another --out") from None


def opened(place: Path) -> "Image":
    """A picture of a run.

    Raises:
        InputError: if it is damaged.
    """
    try:
        return sheet_of(files.read(place))
    except OSError as error:
        raise InputError(f"cannot read {place} ({error.strerror or error}); remove it to do without it") from None
