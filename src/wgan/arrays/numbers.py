"""Numbers of any kind as float64: lists, arrays, tensors, sparse matrices, columns of data frames."""

import warnings
from collections.abc import Mapping, Sequence
from mmap import mmap
from typing import Any

import narwhals as nw
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from wgan.errors import InputError
from wgan.memory import require_memory

__all__ = ["EXPECTED", "column_numbers", "kind", "numbers", "refused"]

EXACT_INTEGERS = 1 << 53  # up to which float64 holds every integer
OF_A_FILE = "take some of its rows, or hand wgan.estimate the file by wgan.data.open_source, which reads what is drawn"
EXPECTED = "expected an array, a tensor, a data frame or a list of numbers, one sample each"


def column_numbers(column: "nw.Series[Any]", name: str) -> Tensor:
    """One column, `(n,)`."""
    missing = column.is_null()
    if missing.any():
        first = int(missing.to_numpy().argmax())
        raise InputError(
            f"{name}: {missing.sum()} missing or NaN values, the first in row {first}; remove or fill them"
        )
    values = numbers(column.to_numpy(), name)
    if values.dim() != 1:
        raise InputError(f"{name} holds {column.dtype} in each cell; expected one number")
    return values


def numbers(data: object, name: str) -> Tensor:
    """A tensor of float64, of whatever shape the data has."""
    if isinstance(data, Tensor):
        return of_tensor(data, name)
    series: object = nw.from_native(data, pass_through=True, allow_series=True)
    if isinstance(series, nw.Series):
        return column_numbers(series, name)
    if isinstance(data, Sequence) and not isinstance(data, str | bytes | range | memoryview):
        return of_sequence(data, name)
    if hasattr(data, "toarray") and hasattr(data, "shape"):  # scipy's sparse matrices
        require_room(data.shape, name)
        return of_array(data.toarray(), name)
    known = ("__array__", "__array_interface__", "__dlpack__")
    if isinstance(data, range | memoryview) or any(hasattr(data, way) for way in known):
        return of_array(as_array(data, name), name)
    raise InputError(f"{name} is of type {kind(data)}; {EXPECTED}{way_out(data)}")


def of_tensor(data: Tensor, name: str) -> Tensor:
    """A dense tensor with the gradient it had."""
    if data.is_complex():
        raise complex_refused(name)
    if data.is_meta or data.is_nested:
        raise InputError(f"{name} is a {'nested' if data.is_nested else 'meta'} tensor; {EXPECTED}")
    if data.layout != torch.strided:
        require_room(tuple(data.shape), name)
        data = data.to_dense()
    if data.is_quantized:
        data = data.dequantize()
    if data.dtype in (torch.int64, torch.uint64) and data.numel():
        say_rounded(data.detach().cpu().numpy(), name)
    # Metal has no float64.
    return (data.cpu() if data.device.type == "mps" else data).double()


def of_sequence(data: Sequence[Any], name: str) -> Tensor:
    """Numbers, or samples of one shape each, one behind the other."""
    if any(isinstance(part, Tensor) for part in data):
        parts = [
            of_tensor(part, at) if isinstance(part, Tensor) else of_array(as_array(part, at), at)
            for part, at in ((part, f"{name}[{place}]") for place, part in enumerate(data))
        ]
        check_equal_shapes([tuple(part.shape) for part in parts], name)
        return torch.stack(parts)
    for place, part in enumerate(data):
        if isinstance(part, np.ma.MaskedArray):
            check_unmasked(part, f"{name}[{place}]")
    found = as_array(data, name)
    return of_array(np.array(data, dtype=object) if found.dtype.kind in "SU" else found, name)  # texts swallow numbers


def check_equal_shapes(shapes: list[tuple[int, ...]], name: str) -> None:
    """Refuses samples of different shapes, with the first two that differ."""
    odd = next((place for place, shape in enumerate(shapes) if shape != shapes[0]), None)
    if odd is not None:
        raise InputError(
            f"{name} is ragged: sample 0 has shape {shapes[0]}, sample {odd} {shapes[odd]}; "
            "expected equally many numbers in each"
        )


def as_array(data: object, name: str) -> NDArray[Any]:
    """What numpy makes of it."""
    try:
        if isinstance(data, np.ma.MaskedArray):
            return data
        if hasattr(data, "__dlpack__") and not hasattr(data, "__array__"):
            return np.from_dlpack(data)
        return np.asarray(data)
    except Exception as error:
        if isinstance(data, Sequence):
            check_equal_shapes([shape_of(part) for part in data], name)
        raise refused(name, data, error) from error


def shape_of(part: object) -> tuple[int, ...]:
    """How many numbers a part of a list holds, along its first axes."""
    shape = getattr(part, "shape", None)
    if shape is not None:
        return tuple(shape)
    return (len(part), *shape_of(next(iter(part), 0))) if isinstance(part, list | tuple) else ()


def of_array(data: NDArray[Any], name: str) -> Tensor:
    """An array of any kind of real number, byte order and layout."""
    if data.dtype.names:
        return torch.stack([of_array(data[field], f"field {field!r} of {name}") for field in data.dtype.names], -1)
    if isinstance(data, np.ma.MaskedArray):
        check_unmasked(data, name)
        data = data.data
    if data.dtype.kind == "c":
        raise complex_refused(name)
    if data.dtype.kind in "mM":
        raise InputError(f"{name} holds {data.dtype} values; expected numbers: convert them, for example to seconds")
    if data.dtype.kind in "OSUT":
        data = of_objects(data.astype(object), name)
    if is_map(data):
        require_memory(8 * data.size, f"{name}, a memory map, in double precision", OF_A_FILE)
    if data.dtype.kind in "iu":
        say_rounded(data, name)
    try:
        with np.errstate(over="ignore"):  # what float64 cannot hold becomes infinite, and is refused as that
            return torch.from_numpy(np.require(data, np.float64, ["C", "W", "A"]))
    except (TypeError, ValueError) as error:
        raise refused(name, data, error) from error


def is_map(data: object) -> bool:
    """Whether an array is that of a file, none of which has been read."""
    while isinstance(data, np.ndarray):
        data = data.base
    return isinstance(data, mmap)


def of_objects(data: NDArray[Any], name: str) -> NDArray[np.float64]:
    """Python objects that are all numbers."""
    found = np.empty(data.shape)
    for place, cell in np.ndenumerate(data):
        found[place] = of_cell(cell, name, place)
    return found


def of_cell(cell: Any, name: str, place: tuple[int, ...]) -> float:  # noqa: ANN401 - any object
    """One number, that no text is taken for."""
    if isinstance(cell, complex | np.complexfloating):
        raise complex_refused(name)
    try:
        return float(cell if not isinstance(cell, str | bytes) else None)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError) as error:
        where = f"{shown(cell)} at ({', '.join(map(str, place))}), of type {kind(cell)}"
        raise InputError(f"{name} holds {where}; expected numbers alone: convert or leave it out") from error


def check_unmasked(data: "np.ma.MaskedArray[Any, Any]", name: str) -> None:
    """Refuses masked entries, which stand for numbers that are not known."""
    masked = np.argwhere(np.ma.getmaskarray(data))
    if len(masked):
        place = ", ".join(map(str, masked[0]))
        raise InputError(f"{name} has {len(masked)} masked entries, the first at ({place}); remove or fill them first")


def say_rounded(data: NDArray[Any], name: str) -> None:
    """Says that integers lose digits, where they do."""
    if data.dtype.itemsize == 8 and data.size and max(-int(data.min()), int(data.max())) > EXACT_INTEGERS:
        line = f"{name} holds integers beyond 2^53, which are rounded to float64; subtract a common offset first"
        warnings.warn(line, stacklevel=2)


def require_room(shape: tuple[int, ...], name: str) -> None:
    """Refuses to write out a sparse matrix that does not fit into the free memory."""
    require_memory(8 * torch.Size(shape).numel(), f"{name}, sparse, written out", "take fewer samples or columns")


def complex_refused(name: str) -> InputError:
    """What to do with complex numbers."""
    return InputError(f"{name} holds complex numbers; expected real ones: split them into real and imaginary columns")


def refused(name: str, data: object, error: Exception) -> InputError:
    """What a library says of data that it cannot read, in one line."""
    reason = " ".join(str(error).split())
    return InputError(f"{name}, of type {kind(data)}, cannot be read as an array of numbers: {reason}; {EXPECTED}")


def kind(data: object) -> str:
    """The name of its type."""
    return type(data).__name__


def shown(cell: object, most: int = 40) -> str:
    """A cell in a few letters."""
    text = repr(cell)
    return text if len(text) <= most else text[: most - 1] + "…"


def way_out(data: object) -> str:
    """How to make samples of it."""
    if isinstance(data, Mapping):
        return ": hand over one of its values, or a data frame of them"
    if hasattr(data, "__iter__") and not isinstance(data, str | bytes):
        return ": gather what it gives first, as by torch.cat(list(batches))"
    return ""
