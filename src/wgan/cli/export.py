"""`wgan export`."""

import json as json_text

from wgan.cli.app import app
from wgan.cli.options import Flag, Place

__all__ = ["export"]


@app.command
def export(
    run: Place,
    place: Place,
    /,
    *,
    critic: Flag = False,
    license: str = "unknown",  # noqa: A002 - the hub's word
    iteration: int | None = None,
    best: Flag = False,
    json: Flag = False,
) -> None:
    """Write a run's generator for other programs, or as a folder to share.

    Parameters
    ----------
    run
        The run directory.
    place
        `NAME.onnx` for ONNX, `NAME.pt2` for a program of torch.export, or the name of a new folder, which a hub takes
        and `wgan sample` and `wgan evaluate` read.
    critic
        Export the critic: instead of the generator to a file, beside it to a folder.
    license
        Of the weights, for the folder's card, such as `mit` or `cc-by-4.0`.
    iteration
        Take the checkpoint of this iteration instead of the newest.
    best
        Take the checkpoint that was the best while the run was trained, see `--evaluate_every`.
    json
        Print one JSON object on stdout, and nothing else there.
    """
    from wgan.runs import Run
    from wgan.sharing import export as export_run

    opened = Run.open(run, iteration=iteration, best=best)
    found = export_run(opened, place, critic=critic, license=license)
    print(json_text.dumps(found.to_json()) if json else found.to_text())
