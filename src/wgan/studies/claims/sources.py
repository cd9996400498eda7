"""The documents whose claims are examined."""

from dataclasses import dataclass

__all__ = ["SOURCES", "Source"]


@dataclass(frozen=True)
class Source:
    """A document, with what it shows of itself; what it does not show is None.

    Example:
        >>> SOURCES["S4"].title
        'Readthrough: Wasserstein GAN'
    """

    title: str
    author: str | None = None
    year: int | None = None


SOURCES: dict[str, Source] = {
    "S0": Source("Wasserstein GANs and the unexpected mathematics of a new field"),
    "S1": Source("The Success of WGAN Might Have Nothing to Do with Wasserstein Distance", "苏剑林", 2021),
    "S2": Source("Final Project: Extended Abstract. The Mathematical Engineering of Deep Learning", "Rohan Hitchcock"),
    "S3": Source("Understanding Wasserstein GANs: A Mathematical Perspective"),
    "S4": Source("Readthrough: Wasserstein GAN"),
}
