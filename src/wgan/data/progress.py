"""The progress bar of what takes its time: shown on a terminal, silent elsewhere."""

import sys

from rich.console import Console
from rich.progress import Progress, ProgressColumn

__all__ = ["progress_bar"]


def progress_bar(*columns: str | ProgressColumn) -> Progress:
    """A bar on stderr that disappears when it is done.

    Args:
        columns: what it shows; by default text, bar, percentage and remaining time.
    """
    return Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty())
