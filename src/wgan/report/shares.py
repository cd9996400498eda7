"""The values of a category in two sets of rows, as a drawing of a page."""

from collections.abc import Sequence
from dataclasses import dataclass

from wgan.report.overlays import LEFT, RIGHT, TOP, WIDTH, Ticks, placed
from wgan.report.scales import Scale
from wgan.report.vectors import short

__all__ = ["Shares"]

ROW, BAR = 34, 11
BOTTOM = 26
NAMES = 110
"""Room for the names of values, of so many letters."""
LETTERS = 15


@dataclass(frozen=True)
class Shares:
    """One category of two sides.

    Attributes:
        name: of the column.
        caption: what to see.
        rows: of each value its name, and the share of the rows that hold it in each side.
    """

    name: str
    caption: str
    rows: Sequence[tuple[str, float, float]]

    width, left, right, top = WIDTH, LEFT + NAMES - 50, WIDTH - RIGHT, TOP
    label, note = "share of the rows", ""

    @property
    def bottom(self) -> int:
        """Where the axis is."""
        return TOP + ROW * len(self.rows)

    @property
    def height(self) -> int:
        """Of the drawing."""
        return self.bottom + BOTTOM + 14

    @property
    def x(self) -> Scale:
        """From none to the greatest share, in percent."""
        return Scale(0.0, 105 * max(max(row[1:]) for row in self.rows))

    @property
    def x_ticks(self) -> Ticks:
        """Where they are in the drawing, with their labels."""
        return [(placed(place, self.left, self.right), f"{label} %") for place, label in self.x.ticks(3)]

    @property
    def bars(self) -> list[tuple[str, int, list[tuple[int, float]]]]:
        """Of each value its name and how low it stands, and how low the bar of each side is and how wide."""
        found = []
        for k, (name, *shares) in enumerate(self.rows):
            high = TOP + ROW * k + 5
            widths = [placed(100 * share / self.x.high, 0, self.right - self.left) for share in shares]
            found.append(
                (short(name, LETTERS), high + BAR + 4, [(high + BAR * one, w) for one, w in enumerate(widths)])
            )
        return found

    @property
    def summary(self) -> str:
        """The drawing in words, for those who do not see it."""
        told = (f"{name} {a:.1%} in A and {b:.1%} in B" for name, a, b in self.rows)
        return f"Shares of the values of {self.name}: {', '.join(told)}"
