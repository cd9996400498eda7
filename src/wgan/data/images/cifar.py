"""CIFAR-10 (Krizhevsky, 2009): the binary archive of its author, or Parquet files of images."""

import hashlib
import tarfile
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from wgan.data.download import fetch
from wgan.data.settings import DataSettings
from wgan.data.stored import StoredData, StoredImages
from wgan.data.tables.parquet import read_parquet
from wgan.errors import InputError

__all__ = ["CIFAR10_CLASSES", "read_cifar10"]

CIFAR10_CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
_ARCHIVE = "cifar-10-binary.tar.gz"
_MIRRORS = ("https://www.cs.toronto.edu/~kriz/",)
_SHA256 = "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"
_RECORD = 1 + 3 * 32 * 32


def read_cifar10(home: Path) -> tuple[StoredData, StoredData]:
    """Training and test part: `{train,test}.parquet` in `cifar10` or `cifar10_jpeg`, else the author's archive.

    Args:
        home: the folder that holds the named data sets.
    """
    for folder in (home / "cifar10", home / "cifar10_jpeg"):
        files = [folder / f"{part}.parquet" for part in ("train", "test")]
        if all(file.is_file() for file in files):
            train, test = (read_parquet(file, DataSettings(source="cifar10")) for file in files)
            return train, test
    path = home / "cifar10" / _ARCHIVE
    if not path.is_file():
        fetch(path, _MIRRORS, _verify)
    return _read_archive(path)


def _verify(path: Path) -> None:
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != _SHA256:
        raise InputError(
            f"{path}: SHA-256 is {found[:12]}…, expected {_SHA256[:12]}…; delete the file and download it anew"
        )


def _read_archive(path: Path) -> tuple[StoredImages, StoredImages]:
    _verify(path)
    with tarfile.open(path) as archive:
        binary = [member for member in archive if member.name.endswith(".bin")]
        records = {Path(member.name).stem: _records(archive, member) for member in binary}
    train = np.concatenate([records[f"data_batch_{number}"] for number in range(1, 6)])
    return _images(train), _images(records["test_batch"])


def _records(archive: tarfile.TarFile, member: tarfile.TarInfo) -> NDArray[np.uint8]:
    file = archive.extractfile(member)
    assert file is not None, "the archive's checksum was right, so its .bin members are files"
    return np.frombuffer(file.read(), np.uint8).reshape(-1, _RECORD)


def _images(records: NDArray[np.uint8]) -> StoredImages:
    labels = torch.from_numpy(records[:, 0].astype(np.int64))
    return StoredImages("cifar10", records[:, 1:].reshape(-1, 3, 32, 32), labels, CIFAR10_CLASSES)
