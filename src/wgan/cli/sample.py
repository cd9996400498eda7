"""`wgan sample`."""

import json as json_text
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from wgan.cli.app import app
from wgan.cli.options import Count, Flag, Place
from wgan.text import printable

__all__ = ["sample"]


@app.command
def sample(
    run: Place,
    /,
    *,
    n: Count = 64,
    out: Place = Path("samples.png"),
    seed: int = 0,
    iteration: int | None = None,
    best: Flag = False,
    where: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    device: str = "cpu",
    json: Flag = False,
) -> None:
    """Draw samples from the generator of a run.

    Parameters
    ----------
    run
        The run directory, or a folder of `wgan export`.
    n
        How many.
    out
        A .png (one grid), a .npy or .csv file (numbers in the data's own units; the rows of a table as its file writes
        them), or a folder (one PNG per image).
    seed
        Of the latents.
    iteration
        Take the checkpoint of this iteration instead of the newest.
    best
        Take the checkpoint that was the best while the run was trained, see `--evaluate_every`.
    where
        Of a table: a condition that every row holds, such as `income='>50K'`, `age>=30` or `cabin=empty`; give it
        several times for several. Rows are drawn until there are enough.
    device
        `cpu`, `cuda` or `auto`.
    json
        Print one JSON object on stdout, and nothing else there.
    """
    from wgan.report.export import refuse_place, write_samples
    from wgan.runs import Run
    from wgan.runs.tabular import columns_of
    from wgan.training.compute import resolve_device

    opened = Run.open(run, iteration=iteration, best=best, device=resolve_device(device))
    refuse_place(out, opened.card.observed_shape)
    card = opened.card
    samples = opened.sample(n, seed=seed, where=where)
    table = card.encoding
    cells, form, described = (
        (None, None, None) if table is None else (table.written(samples), table.form, columns_of(table))
    )
    written = write_samples(
        samples,
        out,
        columns=card.columns,
        bounds=card.scaling.bounds,
        cells=cells,
        form=form,
        described=described,
    )
    if json:
        found = {"schema": 1, "run": str(run), "iteration": opened.checkpoint.iteration, "n": n, "out": str(written)}
        print(json_text.dumps(found))
    else:
        print(printable(f"{n} samples of iteration {opened.checkpoint.iteration:,} in {written}"))
