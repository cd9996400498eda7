"""`wgan study`."""

import json as json_text
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from cyclopts import App

from wgan.cli.app import app
from wgan.cli.options import Flag, Place
from wgan.errors import InputError, WganError
from wgan.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wgan.studies.running import Failed
    from wgan.studies.study import Study

__all__ = ["study"]

study = App(name="study", help="Find out: the claims of the literature as programs with a verdict.")
app.command(study)

FINDINGS = Path("findings")


@study.command(name="list")
def list_studies(*, chapter: str | None = None, json: Flag = False) -> None:
    """List the studies, each with the claims that it examines.

    Parameters
    ----------
    chapter
        Only those of one chapter.
    json
        Print one JSON object on stdout, and nothing else there.
    """
    from wgan.studies.listing import listing, listing_text

    rows = listing(chapter)
    print(json_text.dumps({"schema": 1, "studies": rows}) if json else listing_text(rows))


@study.command
def run(
    *names: str,
    all: Flag = False,  # noqa: A002 - the name of the option
    chapter: str | None = None,
    quick: Flag = False,
    jobs: int | None = None,
    out: Place = FINDINGS,
    json: Flag = False,
) -> None:
    """Run studies and record what they find; rows that were measured before are kept.

    Parameters
    ----------
    names
        Of the studies.
    all
        Run every study.
    chapter
        Run the studies of one chapter.
    quick
        Run the small designs, which show in seconds to two minutes each that all works, and decide nothing.
    jobs
        Rows side by side; by default as many as there are cores.
    out
        The folder of findings, figures and measured rows.
    json
        Print one JSON object for each finding on stdout, and nothing else there.
    """
    chosen = chosen_studies(names, chapter, every=all)
    if jobs is not None and jobs < 1:
        raise InputError(f"--jobs {jobs}; expected 1 or more")
    from wgan.studies.running import Failed, run_studies

    failed = []
    try:
        for outcome in run_studies(chosen, out, quick=quick, jobs=jobs or os.cpu_count() or 1, tell=tell):
            if isinstance(outcome, Failed):
                failed.append(outcome)
                tell(f"{outcome.study}: not concluded: {outcome.reason}")
            else:
                print(outcome.to_line() if json else outcome.to_text(), flush=True)
    except KeyboardInterrupt:
        tell(f"stopped; the rows that were finished are kept in {out}, and the same command goes on from there")
        sys.exit(128 + signal.SIGINT)
    if failed:
        names = tuple(one.study for one in failed)
        error = InputError if all_mistakes(failed) else WganError
        raise error(
            f"{len(failed)} of {len(chosen)} studies have no verdict, for the reasons above: {', '.join(names)}"
        )


@study.command
def report(
    *, findings: Place = FINDINGS, out: Place | None = None, markdown: tuple[Place, ...] = (), json: Flag = False
) -> None:
    """Show recorded findings as a static site: all claims with their verdicts, and a page for each study.

    Parameters
    ----------
    findings
        The folder that `wgan study run` wrote.
    out
        A new folder, or one of an earlier report, which is replaced; by default `site` in the folder of findings.
    markdown
        Also put the verdicts into this Markdown file, between the lines `<!-- claims -->` and `<!-- end of claims -->`
        in short, or `<!-- findings -->` and `<!-- end of findings -->` in full; can be repeated.
    json
        Print one JSON object on stdout, and nothing else there.
    """
    from wgan.studies.site import write_site
    from wgan.studies.summary import fill_in

    place = out or findings / "site"
    count = write_site(findings, place)
    for file in markdown:
        fill_in(file, findings)
    page = str(place / "index.html")
    text = f"{count} finding{'s' * (count != 1)}: {printable(page)}"
    print(json_text.dumps({"schema": 1, "findings": count, "page": page}) if json else text)


def chosen_studies(names: "Sequence[str]", chapter: str | None, *, every: bool) -> "list[Study]":
    """What was asked for, in one way.

    Raises:
        InputError: if nothing was, or two things.
    """
    from wgan.studies.registry import of_chapter, studies_named, study_kinds

    if (bool(names) + (chapter is not None) + every) != 1:
        raise InputError("name studies, or a --chapter, or --all; `wgan study list` shows them")
    return studies_named(study_kinds() if every else of_chapter(chapter) if chapter is not None else names)


def all_mistakes(failed: "Sequence[Failed]") -> bool:
    """Whether all that failed can be mended by the user."""
    return all(one.mistake for one in failed)


def tell(line: str) -> None:
    """One line of progress."""
    print(f"wgan: {printable(line)}", file=sys.stderr, flush=True)
