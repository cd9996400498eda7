"""Samples as files that other programs read."""

from pathlib import Path

import numpy as np
from torch import Tensor

from wgan.errors import InputError
from wgan.report import sample_figure, save_images, to_picture

__all__ = ["write_samples"]


def write_samples(samples: Tensor, out: Path) -> Path:
    """Writes samples in the user's units.

    Args:
        samples: `(n, *shape)`; images in [0, 1].
        out: `.png` for one picture, `.npy` or `.csv` for numbers, no suffix for a folder with a PNG per image.

    Raises:
        InputError: for another suffix, a folder of vectors, or a place that cannot be written to.
    """
    images = samples.dim() == 4
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        if out.suffix == ".npy":
            np.save(out, samples.cpu().numpy())
        elif out.suffix == ".csv":
            np.savetxt(out, samples.flatten(1).cpu().numpy(), delimiter=",", fmt="%.9g")
        elif out.suffix == ".png" and images:
            save_images(samples, out)
        elif out.suffix == ".png":
            sample_figure(
                samples[:0].cpu(), samples.cpu(), out, title=f"{len(samples)} generated samples", unit="data units"
            )
        elif out.suffix or not images:
            kinds = ".png, .npy, .csv" + (" or a folder" if images else "")
            raise InputError(f"cannot write samples to {out}; expected {kinds}")
        else:
            out.mkdir(exist_ok=True)
            for k, image in enumerate(samples):
                to_picture(image).save(out / f"{k:06d}.png")
    except OSError as error:
        raise InputError(f"cannot write {out}: {error.strerror}; choose another --out") from None
    return out
