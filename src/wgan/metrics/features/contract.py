"""What features of samples are: rows of numbers in which sets of samples are compared."""

from abc import ABC, abstractmethod
from collections.abc import Callable

import torch
from torch import Tensor

from wgan.errors import InputError

__all__ = ["Features"]

BATCH = 250


class Features(ABC):
    """A map from samples in the user's units (images in [0, 1]) to rows of numbers; a new one overrides `extract`.

    Attributes:
        name: short, as it stands in a metric's name: `digits` in `fd_digits_1k`.
        width: numbers in a row; None where the samples say so, as in raw pixels.
        classes: how many classes it tells apart, for those that override `classify`; None for others.
        keeps: whether features of a data set are worth keeping on disk.
        serves: names of the data sets whose default features these are.

    Example:
        >>> from wgan.metrics.features import Pixels
        >>> features = Pixels()
        >>> features(torch.zeros(3, 1, 8, 8)).shape, features(torch.zeros(3, 1, 8, 8)).dtype
        (torch.Size([3, 64]), torch.float64)
    """

    name: str
    width: int | None = None
    classes: int | None = None
    keeps: bool = True
    serves: tuple[str, ...] = ()

    @abstractmethod
    def extract(self, samples: Tensor) -> Tensor:
        """Features of one batch, `(B, *shape)` of any float type to `(B, width)`."""

    def classify(self, samples: Tensor) -> Tensor:  # noqa: ARG002
        """Probabilities of the classes for one batch, `(B, *shape)` to `(B, classes)`."""
        raise InputError(f"features {self.name} tell no classes apart; expected those of a classifier, such as digits")

    def fingerprint(self) -> str:
        """A short text that differs where the features of the same samples would: the name, or a hash of weights."""
        return self.name

    def __call__(self, samples: Tensor) -> Tensor:
        """Features, `(N, *shape)` to `(N, width)` float64.

        Raises:
            InputError: if there are no samples, or a feature is NaN or infinite, or rows are not `width` numbers.
        """
        return self._rows(samples, self.extract, self.width)

    def probabilities(self, samples: Tensor) -> Tensor:
        """Probabilities of the classes, `(N, *shape)` to `(N, classes)` float64.

        Raises:
            InputError: if these features tell no classes apart, or as for a call.
        """
        return self._rows(samples, self.classify, self.classes)

    @torch.no_grad()
    def _rows(self, samples: Tensor, extract: Callable[[Tensor], Tensor], width: int | None) -> Tensor:
        if not len(samples):
            raise InputError(f"features {self.name}: no samples; expected 1 or more")
        rows = torch.cat([extract(part).double().cpu() for part in torch.split(samples, BATCH)])
        expected = len(samples), width or rows[0].numel()
        if rows.shape != expected:
            raise InputError(
                f"features {self.name} have shape {tuple(rows.shape)} for {len(samples)} samples; expected {expected}"
            )
        if bad := int((~rows.isfinite()).any(1).sum()):
            raise InputError(
                f"features {self.name} hold NaN or infinity for {bad:,} of {len(rows):,} samples; "
                "look at these samples and at the weights"
            )
        return rows
