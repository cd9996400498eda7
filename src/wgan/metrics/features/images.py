"""Images of the size that a network expects."""

from torch import Tensor
from torch.nn.functional import interpolate

from wgan.errors import InputError

__all__ = ["resized"]


def resized(images: Tensor, size: tuple[int, int]) -> Tensor:
    """Images of another height and width, each pixel the linear interpolation over as many as it covers.

    Args:
        images: `(N, C, H, W)`.
        size: height and width; images of that size are left as they are.

    Raises:
        InputError: if these are no images.

    Example:
        >>> import torch
        >>> resized(torch.ones(1, 3, 8, 8), (4, 6)).shape
        torch.Size([1, 3, 4, 6])
    """
    if images.ndim != 4:
        raise InputError(f"samples of shape {tuple(images.shape[1:])} cannot be resized to {size}; expected images")
    if tuple(images.shape[2:]) == size:
        return images
    return interpolate(images, size, mode="bilinear", antialias=True, align_corners=False)
