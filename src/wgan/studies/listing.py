"""What there is to study: every claim with its sources, by chapter."""

from typing import Any

from wgan.studies.claims import CLAIMS
from wgan.studies.registry import of_chapter, study_kinds
from wgan.text import paragraph

__all__ = ["listing", "listing_text"]


def listing(chapter: str | None = None) -> list[dict[str, Any]]:
    """A row for each study, with its claims, as plain values.

    Raises:
        InputError: for a chapter that does not exist, with the nearest ones.
    """
    names = study_kinds() if chapter is None else of_chapter(chapter)
    return [entry(name) for name in names]


def entry(name: str) -> dict[str, Any]:
    """What the list says of one study."""
    kind = study_kinds()[name]
    claims = [CLAIMS[claim] for claim in kind.claims]
    return {
        "study": name,
        "title": kind.title,
        "chapter": kind.chapter,
        "question": kind.question,
        "claims": [{"id": claim.id, "text": claim.text, "sources": list(claim.sources)} for claim in claims],
    }


def listing_text(rows: list[dict[str, Any]]) -> str:
    """The list as it is printed, chapter by chapter."""
    lines: list[str] = []
    for chapter in dict.fromkeys(row["chapter"] for row in rows):
        lines += [*[""][: len(lines)], f"{chapter}"]
        for row in (row for row in rows if row["chapter"] == chapter):
            lines.append(f"  {row['study']}: {row['title']}")
            lines += [f"    {c['id']} ({CLAIMS[c['id']].origin}) {c['text']}" for c in row["claims"]]
    return paragraph(lines)
