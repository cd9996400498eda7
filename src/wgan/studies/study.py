"""What a study is: a claim, a design, a criterion, and a control that must come out otherwise."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from wgan.studies.check import Check
from wgan.studies.rows import Measures, Rows, Settings

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Chapter", "Study"]


class Chapter(StrEnum):
    """The story in which the studies stand, in its order."""

    DISTANCES = "distances"
    CRITIC = "the critic"
    TRAINING = "training"
    APPROXIMATION = "does it approximate W?"
    CAUSES = "why it works"
    BEYOND = "beyond images"


class Study(ABC):
    """A claim made into a program that may say no.

    A subclass declares what stands below and holds no machinery: rows are measured side by side, kept as they finish
    and judged by `wgan.studies.running`.

    Attributes:
        name: in commands and files.
        title: a few words.
        chapter: where it is told.
        claims: ids in `wgan.studies.claims.CLAIMS`.
        question: what it asks.
        criterion: what `checks` asks, in words; one that is changed after rows were measured is said to be.
        refuted_if: which outcome speaks against the claim, in words.
        control: what `control_check` measures, in words, and why it must fail.
        caption: what the figure shows, in words.
        deviations: from the source or from the plan, a sentence each.
        needs: names of data sets and modules without which it cannot run.
        size: of the figure in inches.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    chapter: ClassVar[Chapter]
    claims: ClassVar[tuple[str, ...]]
    question: ClassVar[str]
    criterion: ClassVar[str]
    refuted_if: ClassVar[str]
    control: ClassVar[str]
    caption: ClassVar[str]
    deviations: ClassVar[tuple[str, ...]] = ()
    needs: ClassVar[tuple[str, ...]] = ()
    size: ClassVar[tuple[float, float]] = (7.0, 3.6)

    @abstractmethod
    def design(self, quick: bool) -> Sequence[Settings]:
        """The settings of every row, seeds and budgets among them; rows of the control have `control=True`.

        Args:
            quick: whether to take seconds to two minutes of one core in all, by fewer levels, seeds and steps.
        """

    @abstractmethod
    def measure(self, settings: Settings) -> Measures:
        """One row: a pure function of its settings, run on one thread, perhaps in another process.

        Raises:
            InputError: if data or a module that it needs is missing, with what to do.
        """

    @abstractmethod
    def checks(self, rows: Rows) -> Iterable[Check]:
        """The criterion in code, on the rows of the claim; the first check is the effect that is told in one line."""

    @abstractmethod
    def control_check(self, rows: Rows) -> Check:
        """The criterion on the rows of the control, of which the claim is known to be false.

        It must fail, or nothing is concluded: a criterion that cannot fail shows nothing.
        """

    @abstractmethod
    def draw(self, rows: Rows, figure: "Figure") -> None:
        """Draws every seed into the empty figure."""

    def remarks(self, rows: Rows) -> Iterable[str]:
        """What the rows show beyond the criterion, a sentence each with its numbers."""
        del rows
        return ()
