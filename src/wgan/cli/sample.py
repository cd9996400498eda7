"""`wgan sample`."""

import json as json_text
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from wgan.cli.app import app
from wgan.cli.options import Flag, Place
from wgan.errors import InputError
from wgan.text import printable

__all__ = ["sample"]


@app.command
def sample(
    run: Place,
    /,
    *,
    n: Annotated[int | None, Parameter(name=["-n", "--n"])] = None,
    out: Place = Path("samples.png"),
    seed: int = 0,
    iteration: int | None = None,
    best: Flag = False,
    where: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    interpolate: int | None = None,
    truncate: float = 1.0,
    device: str = "cpu",
    json: Flag = False,
) -> None:
    """Draw samples from the generator of a run.

    Parameters
    ----------
    run
        The run directory, or a folder of `wgan export`.
    n
        How many, 64 by default; with --interpolate how many pairs of latents, 8 by default.
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
        several times for several. A generator that was trained with conditions is asked for it, and rows are drawn
        until there are enough. Of images that were learned with their classes: one such as `class=7`.
    interpolate
        This many steps from one latent to another instead, both ends among them, along the sphere: a row of a grid for
        each pair, or rows of numbers, pair by pair. Not of a table with words.
    truncate
        In (0, 1], less varied samples the smaller it is: with StyleGAN2 the distance of styles from the mean one, with
        other networks the share of the latent's normal distribution that is kept around 0.
    device
        `cpu`, `cuda` or `auto`.
    json
        Print one JSON object on stdout, and nothing else there.
    """
    from wgan.report.export import refuse_place, write_samples
    from wgan.runs import Run
    from wgan.runs.exploring import Exploration
    from wgan.runs.tabular import columns_of
    from wgan.training.compute import resolve_device

    exploration = Exploration(steps=interpolate, psi=truncate)
    opened = Run.open(run, iteration=iteration, best=best, device=resolve_device(device))
    refuse_place(out, opened.card.observed_shape)
    card = opened.card
    if where and exploration != Exploration():
        raise InputError(
            "--where goes with neither --interpolate nor --truncate, for it chooses among rows as they are drawn; "
            "leave one of them out"
        )
    count = n if n is not None else 64 if interpolate is None else 8
    held = opened.sample_where(count, where, seed=seed) if where else None
    if held is not None:
        samples = held.samples
    elif exploration == Exploration():
        samples = opened.sample(count, seed=seed)
    else:
        samples = exploration.samples(opened, count, seed=seed)
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
        across=interpolate or 8,
    )
    made = opened.checkpoint.iteration
    if json:
        found = {"schema": 1, "run": str(run), "iteration": made, "n": len(samples), "out": str(written)}
        print(json_text.dumps(found | ({} if held is None else {"where": held.to_json()})))
    else:
        told = exploration.told(opened) if held is None else f" ({held.told()})"
        print(printable(f"{len(samples)} samples of iteration {made:,} in {written}{told}"))
