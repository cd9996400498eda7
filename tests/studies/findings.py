"""Findings made of measures that nobody took, written into a folder as a run writes them."""

import importlib
from dataclasses import replace

from made_up import World

from wgan.studies.claims import CLAIMS
from wgan.studies.finding import ClaimVerdict, conclude
from wgan.studies.numbers import plain
from wgan.studies.registry import study_kinds
from wgan.studies.rows import Row, Rows
from wgan.studies.writing import write_finding

KINDS = study_kinds()
CHAPTERS = ["distances", "critic", "training", "approximation", "causes", "beyond"]
MADE_UP = {
    name: made for chapter in CHAPTERS for name, made in importlib.import_module(f"made_up.{chapter}").MADE_UP.items()
}
HOSTILE = "<script>document.title = 'taken'</script><img src=x onerror=\"document.title='taken'\"> & \"quoted\" 'so'"
"""A text that a page must show and not obey."""


def rows_of(study, quick=True, world=World.TRUE):
    made = MADE_UP[study.name]
    return Rows([Row(plain(s), plain(made(s, world)), 0.5, "a processor", "abc") for s in study.design(quick)])


def found(study, world, quick=True):
    machine = {"processors": ["a processor"], "commits": ["abc"], "python": "3.11.2"}
    command = f"wgan study run {study.name}"
    return conclude(study, rows_of(study, quick, world), quick=quick, command=command, machine=machine)


def record(folder, studies=KINDS, worlds=tuple(World), quick=False):
    """A finding of each study, the worlds in turn; returns them."""
    made = []
    for number, name in enumerate(studies):
        study = KINDS[name]()
        world = worlds[number % len(worlds)]
        finding = found(study, world, quick)
        write_finding(finding, study, rows_of(study, quick, world), folder)
        made.append(finding)
    return made


def hostile(folder, name="kappa"):
    """A finding of a study that is no more, whose every text is HTML, and whose figure acts."""
    study = KINDS[name]()
    base = found(study, World.FALSE)
    texts = ("title", "question", "criterion", "refuted_if", "control", "caption", "effect", "command", "chapter")
    checks = [replace(check, what=HOSTILE, factor=HOSTILE, found=HOSTILE, asked=HOSTILE) for check in base.checks]
    rows = [Row({HOSTILE: HOSTILE, "control": True}, {HOSTILE + "2": [HOSTILE] * 9, "image": [[1] * 28] * 28})]
    finding = replace(
        base,
        study="hostile",
        **dict.fromkeys(texts, HOSTILE),
        claims=[ClaimVerdict("Z9", HOSTILE, base.verdict), ClaimVerdict("E1", CLAIMS["E1"].text, base.verdict)],
        checks=checks,
        control_check=replace(base.control_check, what=HOSTILE),
        turns=[HOSTILE],
        remarks=[HOSTILE],
        deviations=[HOSTILE],
        rows=rows,
        machine={HOSTILE: [HOSTILE], "python": HOSTILE},
    )
    (folder / "hostile.json").write_text(finding.to_json())
    (folder / "hostile.svg").write_text(DRAWING)
    return finding


DRAWING = """<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
 viewBox="0 0 100 50" onload="document.title='taken'" style="position:fixed"><script>document.title='taken'</script>
<style>body { display: none }</style><foreignObject><iframe src="https://example.org/"/></foreignObject>
<image xlink:href="https://example.org/x.png"/><use xlink:href="https://example.org/x.svg#a"/>
<a xlink:href="javascript:document.title='taken'"><text>away</text></a>
<set attributeName="onload" to="document.title='taken'"/>
<rect width="10" height="10" style="fill: url(https://example.org/x.svg#a)" onclick="x()"/>
<rect width="10" height="10" style="fill: \\75rl(https://example.org/y)"/><text x="5" y="20">kept</text></svg>"""
