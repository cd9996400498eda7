"""A folder as a hub takes it: weights, what they are, a card for people, and sums over it all."""

from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path, PurePath
from typing import Any

import torch
from safetensors.torch import save
from torch import nn

from wgan.data import source_names
from wgan.errors import InputError
from wgan.files import new_folder
from wgan.report.export import write_samples
from wgan.runs import Run
from wgan.runs.checkpoint import packed
from wgan.runs.history import Judged
from wgan.runs.shared import CONFIG, CRITIC, SUMS, WEIGHTS, Config, to_sums
from wgan.runs.tabular import columns_of
from wgan.sharing.card import model_card

__all__ = ["write_folder"]

CARD, PICTURE = "README.md", "samples.png"
IMAGES, POINTS = 64, 1000
"""Samples in the picture."""


def write_folder(run: Run, place: Path, *, critic: bool, license: str) -> None:  # noqa: A002 - the hub's word
    """Writes a run's generator as a folder that `Run.open` takes, whole or not at all.

    Args:
        run: open.
        place: of the folder, which does not exist, or is empty.
        critic: whether the critic goes with it.
        license: of the weights, for the card.

    Raises:
        InputError: for a module of the user's, which no recipe builds.
        OSError: if it cannot be written.
    """
    for own, name in zip(run.own, ("generator", "critic"), strict=True):
        if own and (critic or name == "generator"):
            raise InputError(
                f"{run.path} trained a {name} of your own, which no recipe builds; export it to a .onnx or .pt2 file"
            )
    config = config_of(run)
    contents = {CONFIG: config.to_bytes(), f"{WEIGHTS}.safetensors": weights(run.generator)}
    if critic:
        contents[f"{CRITIC}.safetensors"] = weights(run.critic())
    with new_folder(place) as folder:
        write_picture(run, folder / PICTURE)
        card = model_card(config, run.recipe, evaluation_of(run), license, critic=critic, picture=PICTURE)
        for name, content in {**contents, CARD: card.encode(), SUMS: to_sums(contents)}.items():
            (folder / name).write_bytes(content)


def weights(module: nn.Module) -> bytes:
    """The content of a file of weights."""
    return save({name: packed(value) for name, value in module.state_dict().items()})


def config_of(run: Run) -> Config:
    """What the folder says of its model; of a path to the data only the last part, the rest is nobody's business."""
    table = run.recipe.to_table()
    table["data"]["source"] = without_folders(table["data"]["source"])
    evaluation = evaluation_of(run)
    return Config(
        wgan=version("wgan"),
        torch=str(torch.__version__),
        iteration=run.checkpoint.iteration,
        recipe=table,
        data=replace(run.card, name=without_folders(run.card.name)),
        evaluation=None if evaluation is None else evaluation.to_table(),
    )


def without_folders(source: str) -> str:
    """The name of data, without where it lies.

    Example:
        >>> without_folders("/home/ann/people.csv"), without_folders("lines:0.5"), without_folders("hf:ylecun/mnist")
        ('people.csv', 'lines:0.5', 'hf:ylecun/mnist')
    """
    known = source.partition(":")[0] in (*source_names(), "hf")
    return source if known else PurePath(source).name or source


def evaluation_of(run: Run) -> Judged | None:
    """That of this very generator."""
    return next((record for record in run.history.records if record.iteration == run.checkpoint.iteration), None)


def write_picture(run: Run, place: Path) -> None:
    """What the generator makes, to look at."""
    card, table = run.card, run.card.encoding
    samples = run.sample(IMAGES if len(card.shape) == 3 else POINTS)
    described: Mapping[str, Any] = {} if table is None else {"described": columns_of(table)}
    write_samples(samples, place, columns=card.columns, bounds=card.scaling.bounds, **described)
