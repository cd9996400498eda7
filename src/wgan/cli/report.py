"""`wgan report`."""

import json as json_text

from wgan.cli.app import app
from wgan.cli.options import Flag, Place
from wgan.text import printable

__all__ = ["report"]


@app.command
def report(run: Place, /, *, out: Place | None = None, json: Flag = False) -> None:
    """Write the page of a run: samples over training, curves, metrics, recipe, and what to do next.

    It is one HTML file that asks nobody for anything. A run writes it by itself too, at checkpoints and at its end.

    Parameters
    ----------
    run
        The run directory, also of a run that is still being trained.
    out
        Where to write it; by default `report.html` in the run directory.
    json
        Print one JSON object on stdout, and nothing else there.
    """
    from wgan.runs.page import NAME, RunContents, write

    place = out or run / NAME
    found = RunContents.open(run)
    write(found, place)
    iteration, state = found.status.iteration, found.status.state
    if json:
        told = {"schema": 1, "run": str(run), "iteration": iteration, "state": state, "page": str(place)}
        print(json_text.dumps(told))
    else:
        print(printable(f"{state}, iteration {iteration:,}: {place}"))
