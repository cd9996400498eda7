"""The front door: a run, a place, and the form that the place's name asks for."""

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from torch import nn

from wgan.errors import InputError, WganError
from wgan.runs import Run
from wgan.runs.shared import CONFIG
from wgan.sharing.folder import write_folder
from wgan.sharing.onnx import write_onnx
from wgan.sharing.portable import Portable, portable_critic, portable_generator
from wgan.sharing.program import write_program
from wgan.text import paragraph

__all__ = ["FORMS", "Exported", "export"]

FORMS: Mapping[str, Callable[[Portable, Path], float]] = {".onnx": write_onnx, ".pt2": write_program}
"""How a single file is written, by its suffix."""


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes:
        place: the file or folder.
        network: `generator`, `critic`, or `generator and critic`.
        iteration: generator steps taken.
        meaning: what inputs and output of a file are, by name; empty for a folder.
        deviation: by how much a file's numbers differ from the run's at most, in the model's units; None for a folder,
            whose weights are the run's own.
        note: what to know before it is shared; empty if nothing.
    """

    place: Path
    network: str
    iteration: int
    meaning: Mapping[str, str]
    deviation: float | None
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain values, schema 1."""
        return {"schema": 1, **asdict(self), "place": str(self.place), "meaning": dict(self.meaning)}

    def to_text(self) -> str:
        """What it is, and what to do with it."""
        lines = [f"{self.network} of iteration {self.iteration:,} in {self.place}"]
        lines += [f"  {name} {text}" for name, text in self.meaning.items()]
        if self.deviation is None:
            lines.append(f"  README.md in it is the card, yours to complete; try: wgan sample {self.place}")
        else:
            lines.append(f"  checked: its numbers differ from the run's by at most {self.deviation:.1e}")
        lines += [f"  {self.note}"] * bool(self.note)
        return paragraph(lines)


def export(
    run: Run,
    place: str | Path,
    *,
    critic: bool | nn.Module = False,
    license: str = "unknown",  # noqa: A002 - the hub's word
) -> Exported:
    """Writes a run's generator for other programs, or as a folder that can be shared.

    Args:
        run: open, at the checkpoint that is meant.
        place: `NAME.onnx` or `NAME.pt2` for a file, in which parametrisations are folded and samples are in the user's
            units; a name without a suffix for a folder, which `Run.open` takes.
        critic: whether to export the critic: instead of the generator to a file, beside it to a folder; or the module
            of a run that trained one of your own.
        license: of the weights, as the folder's card states it, such as `mit`.

    Raises:
        InputError: for another suffix, a place that exists or cannot be written to, a module of your own for a folder,
            a package that is missing, or a network that the form cannot hold, with the name of its layer.

    Example:
        >>> from wgan import Run
        >>> export(Run.open("runs/digits"), "generator.onnx")  # doctest: +SKIP
    """
    place = Path(place)
    form = form_of(place)
    if place.exists() and (form or not place.is_dir() or any(place.iterdir())):
        raise InputError(f"{place} exists; choose another place, or move it away")
    iteration, module = run.checkpoint.iteration, critic if isinstance(critic, nn.Module) else None
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        if form is None:
            write_folder(run, place, critic=bool(critic), license=license)
            network = "generator and critic" if critic else "generator"
            return Exported(place, network, iteration, {}, None, reveals(run))
        portable = portable_critic(run, module) if critic else portable_generator(run)
        deviation = form(portable, place)
    except WganError:
        raise
    except OSError as error:
        raise InputError(f"cannot write {place}: {error.strerror or error}; choose another place") from None
    return Exported(place, "critic" if critic else "generator", iteration, portable.meaning, deviation)


def reveals(run: Run) -> str:
    """What a folder tells of the data besides what the generator makes."""
    if run.card.encoding is None:
        return ""
    return f"{CONFIG} holds categories and quantiles of {run.card.name}: read it before you share the folder"


def form_of(place: Path) -> Callable[[Portable, Path], float] | None:
    """What writes such a file; None for a folder.

    Raises:
        InputError: for another suffix.
    """
    if place.suffix in FORMS:
        return FORMS[place.suffix]
    if re.fullmatch(r"\.[A-Za-z]\w*", place.suffix):
        raise InputError(
            f"{place}: {place.suffix} is not known; expected {' or '.join(FORMS)}, or no suffix for a folder"
        )
    return None
