"""Programs of `torch.export`, which torch runs from Python and C++ without this package."""

import io
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from wgan.files import replacing
from wgan.sharing.portable import Portable
from wgan.sharing.tracing import quiet, traced

__all__ = ["write_program"]


def write_program(portable: Portable, place: Path) -> float:
    """Writes a network as a program, once it gives read back what it gave before.

    Args:
        portable: the network.
        place: of the file.

    Returns:
        By how much they differ at most, in the model's units.

    Raises:
        InputError: naming a layer that depends on the numbers or on the size of the batch.
    """
    content = io.BytesIO()
    with quiet():
        torch.export.save(
            traced(portable.module, portable.example, portable.advice), content, extra_files=portable.notes
        )
        read = torch.export.load(io.BytesIO(content.getvalue())).module()

    def outward(inputs: Mapping[str, Tensor]) -> Tensor:
        found: Tensor = read(*inputs.values())
        return found

    worst = portable.agreeing(outward, "a program", portable.advice)
    with replacing(place) as file:
        file.write(content.getvalue())
    return worst
