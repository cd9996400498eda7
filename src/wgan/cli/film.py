"""`wgan film`."""

import json as json_text
from pathlib import Path

from wgan.cli.app import app
from wgan.cli.options import Flag, Place
from wgan.text import printable

__all__ = ["film"]


@app.command
def film(run: Place, /, *, out: Place = Path("film.webp"), seconds: float = 6.0, json: Flag = False) -> None:
    """Show the pictures that a run left over training as an animation.

    Parameters
    ----------
    run
        The run directory, also of a run that is still being trained.
    out
        A new .webp or .gif file.
    seconds
        Of the whole; the last picture is held.
    json
        Print one JSON object on stdout, and nothing else there.
    """
    from wgan.runs.film import film as write

    lengths = write(run, out, seconds)
    count, took, held = len(lengths), sum(lengths) / 1000, lengths[-1] / 1000
    if json:
        print(json_text.dumps({"schema": 1, "run": str(run), "pictures": count, "seconds": took, "out": str(out)}))
    else:
        print(printable(f"{count} pictures in {took:g} s, the last one held for {held:g} s: {out}"))
