"""Measures that nobody took: what a study must conclude from them is known."""

from enum import Enum, auto


class World(Enum):
    """What the measures are made to say."""

    TRUE = auto()
    FALSE = auto()
    BLIND = auto()
    """The claim holds, and so does the control, so that nothing can be told."""
