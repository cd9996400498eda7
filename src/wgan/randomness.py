"""Named random streams: every random number is a function of (seed, stream, step).

Each step has a random generator of its own, seeded by a hash of its address, so that what it draws never depends
on how often something was drawn before. That is what makes a resumed run equal an uninterrupted one.
"""

import hashlib

import numpy as np
import torch

__all__ = ["derive_seed", "distinct", "stream"]

FEW = 1 << 24  # numbers of which all are put in order to draw some


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


def distinct(count: int, n: int, rng: torch.Generator) -> torch.Tensor:
    """`n` different numbers below `count` in random order, `(n,)`, without a list of all where that would be long.

    Args:
        count: how many there are.
        n: how many are drawn.
        rng: of the draw.

    Example:
        >>> sorted(distinct(4, 4, stream(0)).tolist()), distinct(10**12, 3, stream(0)).unique().numel()
        ([0, 1, 2, 3], 3)
    """
    if count <= FEW or 4 * n > count:
        return torch.randperm(count, generator=rng, device=rng.device)[:n]
    found = torch.empty(0, dtype=torch.int64, device=rng.device)
    while len(found) < n:  # a number that was drawn before does not count, and whatever is left is as likely
        found = torch.cat([found, torch.randint(count, (2 * n,), generator=rng, device=rng.device)])
        _, first = np.unique(found.cpu().numpy(), return_index=True)
        found = found[torch.from_numpy(np.sort(first)).to(found.device)]
    return found[:n]
