"""Recorded findings in Markdown, put between two lines of a file."""

import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from wgan.errors import InputError
from wgan.files import replacing
from wgan.studies.claims import CLAIMS
from wgan.studies.finding import Finding
from wgan.studies.site import NOT_RUN, ClaimRow, chapters, claim_rows, duration, in_order
from wgan.studies.writing import read_findings

__all__ = ["fill_in", "filled", "in_short"]

LINES = re.compile(r"(<!-- (claims|findings) -->\n).*?(<!-- end of \2 -->)", re.DOTALL)
SPECIAL = re.compile(r"([\\`*_\[\]<>|#~])")


def fill_in(file: Path, folder: Path) -> None:
    """Puts the findings of a folder into a Markdown file, whole or not at all.

    Args:
        file: with the lines `<!-- claims -->` and `<!-- end of claims -->`, or the same of `findings`.
        folder: of the findings.

    Raises:
        InputError: if the file has no such lines.
        OSError: if the file cannot be read or written.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{file} is no text in UTF-8 ({error.reason}); expected a Markdown file") from None
    place = Path(os.path.relpath(folder, file.parent)).as_posix()
    made = filled(text, in_order(read_findings(folder)[0]), "" if place == "." else f"{place}/", str(file))
    with replacing(file) as target:
        target.write(made.encode())


def filled(text: str, found: Sequence[Finding], place: str, name: str) -> str:
    """A Markdown text with what stands between its lines made anew.

    Args:
        text: of the file.
        found: the findings.
        place: of their folder as seen from the file, empty or with a stroke at its end.
        name: of the file.

    Raises:
        InputError: if no such lines are in it.
    """
    makers = {"claims": in_short, "findings": in_full}

    def made(lines: re.Match[str]) -> str:
        return f"{lines[1]}{makers[lines[2]](found, place)}{lines[3]}"

    text, count = LINES.subn(made, text)
    if not count:
        raise InputError(f"{name} has no line `<!-- claims -->` with `<!-- end of claims -->` below it; add them")
    return text


def in_short(found: Sequence[Finding], place: str) -> str:
    """How many claims came out how, and which.

    Args:
        found: the findings.
        place: of their folder, as `filled` takes it.
    """
    rows = examined(found)
    counts = Counter(verdict(row) for row in rows)
    lines = [f"{len(rows)} of {len(CLAIMS)} claims have a recorded finding.", ""]
    lines += ["| verdict | count | claims |", "|---|--:|---|"] * bool(rows)
    for told, count in counts.most_common():
        links = (f"[{row.claim.id}]({place}README.md#{row.study})" for row in rows if verdict(row) == told)
        lines.append(f"| {told} | {count} | {', '.join(links)} |")
    return "\n".join(lines) + "\n"


def examined(found: Sequence[Finding]) -> list[ClaimRow]:
    """The claims that have a finding."""
    return [row for row in claim_rows(found) if row.verdict != NOT_RUN]


def verdict(row: ClaimRow) -> str:
    """What came out, as a table says it."""
    return "quick, decides nothing" if row.quick else row.verdict


def in_full(found: Sequence[Finding], place: str) -> str:
    """A line for each claim, with the first number that was measured, and below them each study with its figure."""
    table = ["| claim | what it is about | verdict | first number |", "|---|---|---|---|"] * bool(found)
    for row in examined(found):
        link = f"[{plain_text(row.title)}]({place}README.md#{row.study})"
        table.append(f"| {row.claim.id} | {link} | {verdict(row)} | {plain_text(row.effect)} |")
    told = [line for finding in found for line in one(finding, place, chapter(found, finding))]
    return in_short(found, place) + "\n" + "\n".join([*table, "", *told]) + "\n"


def chapter(found: Sequence[Finding], finding: Finding) -> str:
    """The name of its chapter, where it is the first of it."""
    firsts = [next(one for one in found if one.chapter == name) for name in chapters(found)]
    return finding.chapter if finding in firsts else ""


def one(finding: Finding, place: str, opens: str) -> Iterator[str]:
    """A study: what it asks, what was found, and everything that limits it."""
    if opens:
        yield from (f"## {plain_text(opens.capitalize())}", "")
    quick = " (quick, decides nothing)" * finding.quick
    yield from (f'### <a id="{finding.study}"></a>{plain_text(finding.title)}', "", plain_text(finding.question), "")
    yield from (f"**{finding.verdict}**{quick}: {plain_text(finding.effect)}.", "")
    yield from (f"- {claim.id} *{claim.verdict}*: {plain_text(claim.text)}" for claim in finding.claims)
    control = finding.control_check
    yield f"- The control *{control.status}*: {plain_text(control.sentence)}."
    yield from ("", f"![{plain_text(finding.caption)}]({place}{finding.study}.svg)", "")
    yield from (f"- Turns: {plain_text(turn)}." for turn in finding.turns)
    yield from (f"- {plain_text(remark)}" for remark in finding.remarks)
    yield from (f"- Deviation: {plain_text(deviation)}" for deviation in finding.deviations)
    yield f"- `{code(finding.command)}`, {duration(finding.seconds)}; [all numbers]({place}{finding.study}.json)"
    yield ""


def plain_text(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    return SPECIAL.sub(r"\\\1", " ".join(text.split()))


def code(text: str) -> str:
    """Text that stays within the strokes of code, on one line."""
    return " ".join(text.replace("`", "'").split())
