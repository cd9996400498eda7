"""Features of a data set on disk, so that the same rows are looked at once."""

import hashlib
import os
import warnings
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from wgan.errors import InputError
from wgan.files import replacing
from wgan.metrics.features.contract import Features

__all__ = ["cached", "features_folder"]


def features_folder() -> Path:
    """The folder of cached features: `wgan/features` in the user's cache folder."""
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "wgan" / "features"


def cached(key: str, features: Features, width: int | None, make: Callable[[], Tensor]) -> Tensor:
    """Rows from the cache, or made and put there.

    Args:
        key: of the samples and what is made of them: the data's fingerprint, and which of its samples.
        features: what makes the rows.
        width: of a row; None if the samples say so.
        make: the rows, `(N, width)` float64.

    Raises:
        InputError: if the cache holds rows under this key and name that other weights or another width made.
    """
    path = features_folder() / f"{key}-{features.name}.safetensors"
    if (rows := read(path, features, width)) is None:
        rows = make()
        write(path, rows, features)
    return rows


def read(path: Path, features: Features, width: int | None) -> Tensor | None:
    """The rows in a file; None if there is none, or it is damaged, which is said."""
    try:
        with safe_open(path, "pt") as file:
            rows, said = file.get_tensor("rows"), file.metadata() or {}
    except FileNotFoundError:
        return None
    except (OSError, SafetensorError, ValueError) as error:
        warnings.warn(f"{path} cannot be read ({error}); its features are computed anew", stacklevel=2)
        return None
    if said.get("sha256") != content_hash(rows):
        warnings.warn(f"{path} is damaged; its features are computed anew", stacklevel=2)
        return None
    if said.get("fingerprint") != features.fingerprint() or width not in (None, rows.shape[1]):
        raise InputError(
            f"features {features.name} of these data are cached with {rows.shape[1]} numbers from other weights or of "
            f"another width; name the new ones otherwise, or delete {path}"
        )
    kept: Tensor = rows.double()
    return kept


def write(path: Path, rows: Tensor, features: Features) -> None:
    """Writes rows under a temporary name, then under their own; that it cannot is said."""
    small = rows.float()
    kept = (small if bool((small.double() == rows).all()) else rows).contiguous()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as file:
            file.write(save({"rows": kept}, {"sha256": content_hash(kept), "fingerprint": features.fingerprint()}))
    except (OSError, SafetensorError) as error:
        warnings.warn(f"features cannot be kept in {path.parent} ({error}); they are computed each time", stacklevel=2)


def content_hash(rows: Tensor) -> str:
    """Of the numbers and their type."""
    digest = hashlib.sha256(f"{rows.dtype} {tuple(rows.shape)}".encode())
    digest.update(rows.contiguous().view(torch.uint8).numpy().data)
    return digest.hexdigest()
