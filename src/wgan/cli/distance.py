"""`wgan distance`."""

import json as json_text
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

from cyclopts import Parameter

from wgan.catalogue import distance_names
from wgan.cli.app import app
from wgan.cli.options import NO_OPTIONS, Count, DataOptions, Flag, Place
from wgan.errors import InputError

if TYPE_CHECKING:
    from wgan.comparison import Comparison

__all__ = ["distance"]

METHODS = f"""{", ".join(f"`{name}`" for name in distance_names())}, `critic` (takes minutes), or `all` that need no
training."""


@app.command
def distance(
    a: str,
    b: str,
    /,
    *,
    method: Annotated[str, Parameter(help=METHODS)] = "all",
    p: float | None = None,
    n: Count = 1000,
    confidence: float = 0.95,
    tolerance: float | None = None,
    seconds: float | None = None,
    standardize: str | None = None,
    drift: Flag = False,
    seed: int = 0,
    options: DataOptions = NO_OPTIONS,
    page: Place | None = None,
    json: Flag = False,
) -> None:
    """Measure how far apart two data sets are, or a run and its data.

    Ctrl-C during the exact distance of many samples gives its bounds so far, once the round is over; again, leaves.

    Tables are matched by the names of their columns. Options of the data hold for both sides, but not for a run.

    Parameters
    ----------
    a
        A data set as `wgan train --data` takes it, or a run directory.
    b
        Likewise.
    p
        The power of the ground cost, for the transport distances.
    n
        At most this many samples of each side.
    confidence
        The level of each distance's interval; 0 leaves them out, which takes a tenth of the time.
    tolerance
        Relative gap between the exact distance and its lower bound that is enough, such as 1e-4; for many samples.
    seconds
        After which the exact distance of many samples is given by both bounds of that time.
    standardize
        Bring each column to one scale first: `deviation`, by its deviation over both sides, or `rank`, by its ranks.
    drift
        Tell instead which columns of two tables have changed, each tested alone, those that changed most first.
    seed
        Of the draw.
    page
        Also write a page: the values with their intervals, and samples or columns over each other; such as
        `apart.html`.
    json
        Print one JSON object on stdout, and nothing else there.
    """
    from wgan import comparison
    from wgan.processes import together
    from wgan.runs.signals import Interruption

    with together() as processes, silent_unless(processes.leads):
        if drift:
            unused = {"p": p, "tolerance": tolerance, "seconds": seconds, "standardize": standardize, "page": page}
            refuse_beside_drift(method=method != "all", **unused)
            if processes.leads:  # the others have no part in it
                report = comparison.drift(a, b, n, seed, options.given())
                print(json_text.dumps(report.to_json()) if json else report.to_text())
            return
        if page is not None and processes.leads:
            from wgan.comparison.page import require_place

            require_place(page)
        given = {"tolerance": tolerance, "seconds": seconds}
        with Interruption() as interruption, overheard() as said:
            interruption.at_once = processes.leads  # until there are bounds to give; the others end with the first

            def watched(low: float, high: float) -> None:
                interruption.at_once = False
                if processes.leads:
                    tell(low, high)

            limits = {name: value for name, value in given.items() if value is not None}
            effort = {**limits, "tell": watched, "stop": lambda: interruption.signum is not None}
            found = comparison.compare(
                a, b, method, p, n, seed, confidence or None, options.given(), effort, standardize
            )
        if processes.leads:
            give(found, said, page, json)
        signum = processes.greatest(interruption.signum or 0)  # once all is written
    if signum:
        sys.exit(128 + signum)


def give(found: "Comparison", said: list[str], page: Path | None, json: bool) -> None:
    """Prints what was found, and writes its page."""
    if page is not None:
        from wgan.comparison.distance_page import distance_page
        from wgan.comparison.page import write_page

        write_page(distance_page(found, said), page)
    print(json_text.dumps(found.to_json()) if json else found.to_text())


@contextmanager
def silent_unless(leads: bool) -> Iterator[None]:
    """Shows no warnings in processes that do not lead, which have the same."""
    with warnings.catch_warnings():
        if not leads:
            warnings.simplefilter("ignore")
        yield


@contextmanager
def overheard() -> Iterator[list[str]]:
    """Gathers the warnings that are shown, each of which is shown as ever."""
    said: list[str] = []
    with warnings.catch_warnings():
        show = warnings.showwarning

        def hear(
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: TextIO | None = None,
            line: str | None = None,
        ) -> None:
            said.append(str(message))
            show(message, category, filename, lineno, file, line)

        warnings.showwarning = hear
        yield said


def refuse_beside_drift(**given: object) -> None:
    """Refuses what a report of drift does not use.

    Raises:
        InputError: naming it.
    """
    unused = [f"--{name}" for name, value in given.items() if value is not None and value is not False]
    if unused:
        raise InputError(f"--drift measures each column by its ranks and takes no {', '.join(unused)}; leave out one")


def tell(low: float, high: float) -> None:
    """How near both bounds of an exact distance have come."""
    print(f"wgan: exact distance between {low:.6g} and {high:.6g}", file=sys.stderr, flush=True)
