"""What a claim is."""

from dataclasses import dataclass

__all__ = ["Claim", "Quote", "claim"]


@dataclass(frozen=True)
class Quote:
    """A source's own words; an ellipsis stands for what is left out and for symbols that the document lost.

    Args:
        source: its key in `wgan.studies.claims.SOURCES`.
        text: at most forty words.
    """

    source: str
    text: str


@dataclass(frozen=True)
class Claim:
    """A statement to be tested, in our words and in those of its sources.

    Args:
        id: E for an experiment, C for a property, Q for a question, A for a method, P for what this package says of
            itself; and a number.
        text: one sentence, with slips of the sources put right.
        quotes: at most one from each source, in the order of the sources; none of what this package says.
        note: what was put right, and what the sources leave open.

    Example:
        >>> claim("Q4", "S4 asks whether one step does.", S4="can a simple alternating gradient scheme work?").sources
        ('S4',)
    """

    id: str
    text: str
    quotes: tuple[Quote, ...]
    note: str = ""

    @property
    def sources(self) -> tuple[str, ...]:
        """Keys of the sources that are quoted; none where the claim is of this package."""
        return tuple(quote.source for quote in self.quotes)

    @property
    def origin(self) -> str:
        """Whose claim it is, in words."""
        return ", ".join(self.sources) or "this package"


def claim(name: str, text: str, *, note: str = "", **quotes: str) -> Claim:
    """A claim from its id, its text and what each source says.

    Args:
        name: the id.
        text: one sentence.
        note: what was put right, and what the sources leave open.
        quotes: the words by the source's key.
    """
    return Claim(name, text, tuple(Quote(source, words) for source, words in quotes.items()), note)
