"""Samples as users hand them over: read in float64 or refused with one line, the same for every caller.

Lists, arrays of any kind of number, byte order and layout, tensors, sparse matrices and data frames are samples alike.
"""

from wgan.arrays.samples import (
    ArrayLike,
    Samples,
    aligned,
    as_samples,
    check_finite,
    check_least,
    listed,
    matched_columns,
)

__all__ = ["ArrayLike", "Samples", "aligned", "as_samples", "check_finite", "check_least", "listed", "matched_columns"]
