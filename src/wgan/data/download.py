"""Downloads that arrive whole or not at all."""

import http.client
import os
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO

from rich.progress import BarColumn, DownloadColumn, TransferSpeedColumn

from wgan.data.progress import progress_bar
from wgan.errors import InputError

__all__ = ["fetch"]

_CHUNK, _TIMEOUT = 1 << 16, 30


def fetch(path: Path, mirrors: Iterable[str], verify: Callable[[Path], object]) -> None:
    """Downloads `path.name` from the first mirror that has it intact.

    The bytes go to a temporary name beside `path`, which gets its own name only after `verify` accepted it.

    Args:
        path: where the file shall lie; its folder is made.
        mirrors: addresses to which the file's name is appended.
        verify: raises an `InputError` if the file it is given is not the right one.

    Raises:
        InputError: no mirror had it intact; nothing is left behind.
    """
    failures = []
    for mirror in mirrors:
        try:
            return _fetch_one(path, mirror + path.name, verify)
        except (OSError, http.client.HTTPException, InputError) as error:
            failures.append(f"{mirror}: {_reason(error)}")
    raise InputError(f"{path.name} could not be downloaded ({'; '.join(failures)}); put it into {path.parent} yourself")


def _fetch_one(path: Path, address: str, verify: Callable[[Path], object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # The suffix stays, because it tells `verify` whether the content is compressed.
    handle, name = tempfile.mkstemp(prefix=".part-", suffix=path.suffix, dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file, urllib.request.urlopen(address, timeout=_TIMEOUT) as response:
            _copy(response, file, path.name)
        verify(temporary)
        temporary.replace(path)
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()


def _copy(response: http.client.HTTPResponse, file: IO[bytes], title: str) -> None:
    expected = response.headers.get("Content-Length")
    total = int(expected) if expected else None
    with progress_bar("{task.description}", BarColumn(), DownloadColumn(), TransferSpeedColumn()) as progress:
        task = progress.add_task(title, total=total)
        while piece := response.read(_CHUNK):
            file.write(piece)
            progress.advance(task, len(piece))
    if total not in (None, file.tell()):
        raise InputError(f"the connection ended after {file.tell()} of {total} bytes")


def _reason(error: Exception) -> str:
    if isinstance(error, urllib.error.URLError) and not isinstance(error, urllib.error.HTTPError):
        return str(error.reason)
    return str(error) or type(error).__name__
