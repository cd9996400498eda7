"""Named random streams: every random number is a function of (seed, stream, step).

Each step has a random generator of its own, seeded by a hash of its address, so that what it draws never depends
on how often something was drawn before. That is what makes a resumed run equal an uninterrupted one.
"""

import hashlib

import torch

__all__ = ["derive_seed", "stream"]


def derive_seed(seed: int, *address: str | int) -> int:
    """A 63-bit seed for the stream at `address`, derived from the root `seed`.

    Example:
        >>> derive_seed(0, "latent", 7) == derive_seed(0, "latent", 7)
        True
        >>> derive_seed(0, "latent", 7) == derive_seed(0, "latent", 8)
        False
    """
    text = "/".join(str(part) for part in (seed, *address))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") >> 1


def stream(seed: int, *address: str | int, device: torch.device | str = "cpu") -> torch.Generator:
    """The random generator of the stream at `address`.

    Args:
        seed: the root seed of the run.
        address: the stream's name and step, such as `("latent", 7)`.
        device: where it draws.

    Example:
        >>> first = torch.randn(3, generator=stream(0, "latent", 7))
        >>> again = torch.randn(3, generator=stream(0, "latent", 7))
        >>> bool((first == again).all())
        True
    """
    return torch.Generator(device).manual_seed(derive_seed(seed, *address))
