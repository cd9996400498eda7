"""`wgan distance`."""

import json as json_text
import sys
from typing import Annotated

from cyclopts import Parameter

from wgan.catalogue import distance_names
from wgan.cli.app import app
from wgan.cli.options import NO_OPTIONS, Count, DataOptions, Flag

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
    seed: int = 0,
    options: DataOptions = NO_OPTIONS,
    json: Flag = False,
) -> None:
    """Measure how far apart two data sets are, or a run and its data.

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
    seed
        Of the draw.
    json
        Print one JSON object on stdout, and nothing else there.
    """
    from wgan.comparison import compare

    given = {"tolerance": tolerance, "seconds": seconds}
    effort = {"tell": tell, **{name: value for name, value in given.items() if value is not None}}
    found = compare(a, b, method, p, n, seed, confidence or None, options.given(), effort)
    print(json_text.dumps(found.to_json()) if json else found.to_text())


def tell(low: float, high: float) -> None:
    """How near both bounds of an exact distance have come."""
    print(f"wgan: exact distance between {low:.6g} and {high:.6g}", file=sys.stderr, flush=True)
