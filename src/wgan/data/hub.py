"""Data sets of the Hugging Face Hub."""

import json
from typing import TYPE_CHECKING

from wgan.data.reading import reason
from wgan.data.settings import DataSettings
from wgan.data.stored import StoredData
from wgan.data.tables.parquet import METADATA, from_arrow
from wgan.errors import InputError

if TYPE_CHECKING:
    import datasets

__all__ = ["read_hub"]


def read_hub(settings: DataSettings) -> tuple[StoredData, StoredData | None]:
    """The parts `train` and `test` of a data set on the Hugging Face Hub, `hf:NAME`, through the package datasets.

    Raises:
        InputError: the package is missing, or the data set cannot be loaded.
    """
    spec = settings.source
    try:
        import datasets
    except ImportError:
        raise InputError(f"{spec}: needs the package datasets; run pip install datasets") from None
    try:
        parts = datasets.load_dataset(spec.removeprefix("hf:"))
    except Exception as error:
        raise InputError(f"{spec}: cannot be loaded ({reason(error)}); check the name and the network") from error
    train = next((part for part in ("train", *parts) if part in parts), None)
    if train is None:
        raise InputError(f"{spec}: holds no part; expected one named train")
    held_out = parts["test"] if "test" in parts and train != "test" else None
    return _part(parts[train], settings), None if held_out is None else _part(held_out, settings)


def _part(part: "datasets.Dataset", settings: DataSettings) -> StoredData:
    table = part.with_format("arrow")[:]
    note = json.dumps({"info": {"features": part.features.to_dict()}})
    return from_arrow(table.replace_schema_metadata({METADATA: note.encode()}), settings)
