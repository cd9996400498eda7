"""Recorded findings as a static site: all claims in one table, a page for each study, JSON beside it."""

import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from wgan.errors import InputError
from wgan.files import new_folder, replacing
from wgan.report.drawings import inline_svg
from wgan.report.pages import page
from wgan.studies.check import LEVEL
from wgan.studies.claims import CLAIMS, SOURCES, Claim, Quote
from wgan.studies.finding import Finding, Verdict, level_text, turns
from wgan.studies.numbers import shown
from wgan.studies.registry import study_kinds
from wgan.studies.rows import Row
from wgan.studies.study import Chapter
from wgan.studies.writing import read_findings

__all__ = ["NOT_RUN", "ClaimRow", "claim_rows", "in_order", "write_site"]

NOT_RUN = "not run yet"
ORDER = {word: place for place, word in enumerate([*Verdict, NOT_RUN])}
INDEX = "index.html"
LISTED = 6
"""Members of a list that a table shows; an image has hundreds."""


@dataclass(frozen=True)
class ClaimRow:
    """A line of the table of all claims: a claim, and what one study found about it.

    Attributes:
        place: in the checklist.
        claim: of the checklist.
        verdict: one of `Verdict`, or that the study was not run.
        study: that found it; empty where none was run.
        title: of the study.
        effect: its first number about this claim.
        turns: where its checks of this claim turn.
        quick: whether it decides nothing.
        command: that would run the study.
    """

    place: int
    claim: Claim
    verdict: str
    study: str = ""
    title: str = ""
    effect: str = ""
    turns: Sequence[str] = ()
    quick: bool = False
    command: str = ""


@dataclass(frozen=True)
class Told:
    """A claim as a study's page tells it, whether or not the checklist still holds it."""

    id: str
    text: str
    verdict: Verdict
    quotes: Sequence[Quote] = ()
    note: str = ""


def write_site(findings: Path, out: Path) -> int:
    """Writes `index.html`, and `NAME.html` and `NAME.json` for each finding; returns how many findings there are.

    A new folder appears whole or not at all. In one that holds such a site already, page after page is replaced.

    Args:
        findings: the folder of `wgan study run`.
        out: where the site is to be.

    Raises:
        InputError: if there is no finding, or if `out` holds something else.
        OSError: if it cannot be written.
    """
    found = recorded(findings)
    refuse_others(out)
    files = dict(pages(found, findings))
    if (out / INDEX).exists():
        for name, content in files.items():
            with replacing(out / name) as file:
                file.write(content)
        warn_of_leftovers(out, files)
    else:
        out.parent.mkdir(parents=True, exist_ok=True)
        with new_folder(out) as folder:
            for name, content in files.items():
                (folder / name).write_bytes(content)
    return len(found)


def recorded(folder: Path) -> list[Finding]:
    """The findings of a folder in the order of the story, with a warning for each file that is none.

    Raises:
        InputError: if there is none.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder; expected the one that `wgan study run` writes findings into")
    found, refused = read_findings(folder)
    for line in refused:
        warnings.warn(f"{line}; it is left out", stacklevel=2)
    if not found:
        raise InputError(f"{folder} holds no finding; run `wgan study run NAME --out {folder}` first")
    for name in sorted({finding.study for finding in found} - set(study_kinds())):
        warnings.warn(f"{name} is no study any more; its finding is shown as it was", stacklevel=2)
    return in_order(found)


def in_order(found: Sequence[Finding]) -> list[Finding]:
    """Findings in the order of the story; behind it those of studies and chapters that are no more."""
    order = {name: place for place, name in enumerate([*Chapter, *study_kinds()])}
    last = len(order)
    return sorted(found, key=lambda one: (order.get(one.chapter, last), order.get(one.study, last), one.study))


def refuse_others(out: Path) -> None:
    """Nothing that is not ours is written into or over.

    Raises:
        InputError: if `out` is a file, or a folder with something in it but no site.
    """
    if out.exists() and not out.is_dir():
        raise InputError(f"{out} is a file; expected a folder for the pages: choose another --out")
    if out.is_dir() and any(out.iterdir()) and not is_ours(out / INDEX):
        raise InputError(f"{out} holds other things; expected a new folder or an earlier report: choose another --out")


def is_ours(path: Path) -> bool:
    """Whether this is a page of a site of ours."""
    return path.is_file() and b'<meta name="generator" content="wgan">' in path.read_bytes()[:2000]


def warn_of_leftovers(out: Path, files: Mapping[str, bytes]) -> None:
    """Says which pages are of findings that are no longer there; nothing is removed."""
    left = sorted(path.name for path in out.glob("*.html") if path.name not in files and is_ours(path))
    if left:
        warnings.warn(f"{', '.join(left)} in {out}: of no finding any more; remove what you do not need", stacklevel=3)


def pages(found: Sequence[Finding], folder: Path) -> Iterator[tuple[str, bytes]]:
    """File names with their contents."""
    yield INDEX, index(found)
    for number, finding in enumerate(found):
        near = [other if other.chapter == finding.chapter else None for other in neighbours(found, number)]
        yield f"{finding.study}.html", study_page(finding, drawing(finding, folder), *near)
        yield f"{finding.study}.json", finding.to_json().encode()


def neighbours(found: Sequence[Finding], number: int) -> list[Finding]:
    """The one before and the one after, or itself at an end."""
    return [found[max(number - 1, 0)], found[min(number + 1, len(found) - 1)]]


def index(found: Sequence[Finding]) -> bytes:
    """The page of all claims."""
    rows = list(claim_rows(found))
    counts = Counter(row.verdict for row in rows)
    return page(
        "claims",
        title="What the claims about Wasserstein GANs are worth",
        theirs=sum(bool(claim.sources) for claim in CLAIMS.values()),
        ours=sum(not claim.sources for claim in CLAIMS.values()),
        findings=len(found),
        quick=sum(finding.quick for finding in found),
        rows=rows,
        counts=[(word, counts[word]) for word in ORDER if counts[word]],
        order=ORDER,
        chapters=[(name, [one for one in found if one.chapter == name]) for name in chapters(found)],
        known=study_kinds(),
        sources=SOURCES,
        level=round(100 * LEVEL),
    )


def chapters(found: Sequence[Finding]) -> list[str]:
    """Those that have a finding, in order."""
    return list(dict.fromkeys(one.chapter for one in found))


def claim_rows(found: Sequence[Finding]) -> Iterator[ClaimRow]:
    """Every claim of the checklist in order, once for each finding about it, and once if there is none."""
    commands = {claim: f"wgan study run {name}" for name, kind in study_kinds().items() for claim in kind.claims}
    for number, claim in enumerate(CLAIMS.values()):
        told = [(finding, one) for finding in found for one in finding.claims if one.id == claim.id]
        for finding, one in told:
            checks = [check for check in finding.checks if check.claim in ("", claim.id)]
            effect = checks[0].sentence if checks else finding.effect
            about = (finding.study, finding.title, effect, turns(checks), finding.quick)
            yield ClaimRow(number, claim, one.verdict, *about)
        if not told:
            yield ClaimRow(number, claim, NOT_RUN, command=commands.get(claim.id, ""))


def study_page(finding: Finding, figure: Markup | None, before: Finding | None, after: Finding | None) -> bytes:
    """The page of one finding."""
    return page(
        "study",
        title=finding.title,
        finding=finding,
        known=finding.study in study_kinds(),
        claims=[told(one.id, one.text, one.verdict) for one in finding.claims],
        sources=SOURCES,
        figure=figure,
        level=level_text,
        cost=duration(finding.seconds),
        machine=[(name.capitalize(), cell(value, most=100)) for name, value in finding.machine.items() if value],
        columns=columns(finding.rows),
        table=[[cell(row_value(row, name)) for name in columns(finding.rows)] for row in finding.rows],
        before=before if before is not finding else None,
        after=after if after is not finding else None,
    )


def told(name: str, text: str, verdict: Verdict) -> Told:
    """A claim with the sources' words, where the checklist has them."""
    known = CLAIMS.get(name)
    return Told(name, text, verdict, known.quotes if known else (), known.note if known else "")


def drawing(finding: Finding, folder: Path) -> Markup | None:
    """The figure, or None with a warning."""
    path = folder / f"{finding.study}.svg"
    try:
        return inline_svg(path.read_bytes(), f"Figure: {finding.title}", finding.caption)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        warnings.warn(f"{path} cannot be shown ({reason}); run `{finding.command}` again", stacklevel=2)
        return None


def columns(rows: Sequence[Row]) -> list[str]:
    """Names of the settings, then of the measures."""
    settings = dict.fromkeys(name for row in rows for name in row.settings)
    return list(settings | dict.fromkeys(name for row in rows for name in row.measures))


def row_value(row: Row, name: str) -> Any:  # noqa: ANN401 - a setting or a measure
    """A setting or a measure, or None where the row has none."""
    return row[name] if name in row.measures or name in row.settings else None


def cell(value: Any, most: int = LISTED) -> str:  # noqa: ANN401 - a setting or a measure
    """A value as a table shows it.

    Example:
        >>> cell(0.123456), cell(True), cell(None), cell(list(range(784)))
        ('0.1235', 'yes', '', '0, 1, 2, 3, 4, 5 … (784)')
    """
    if value is None or isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, int | float):
        return str(value) if isinstance(value, int) else shown(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {cell(item)}" for name, item in value.items())
    if isinstance(value, list):
        text = ", ".join(cell(item) for item in value[:most])
        return f"{text} … ({len(value)})" if len(value) > most else text
    return str(value)


def duration(seconds: float) -> str:
    """A time as one reads it.

    Example:
        >>> duration(3.21), duration(200), duration(8000)
        ('3.2 s', '3.3 min', '2.2 h')
    """
    if seconds < 100:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.1f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
