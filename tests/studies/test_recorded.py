"""The findings that are recorded in docs/findings are what their rows say, and what is measured again."""

from pathlib import Path

import pytest

from wgan.studies.finding import conclude
from wgan.studies.numbers import plain
from wgan.studies.registry import study_kinds
from wgan.studies.rows import Rows
from wgan.studies.writing import read_findings

FOLDER = Path(__file__).parents[2] / "docs/findings"
FOUND, REFUSED = read_findings(FOLDER)
FINDINGS = {finding.study: finding for finding in FOUND}
AGAIN = {"parallel-lines": 1, "weak-topology": 3, "duality": 4, "off-support": 6, "likelihood-noise": 60}
"""Studies whose rows cost little and hang on no rounding, and which rows of them are measured again: each so many."""


def test_every_file_is_a_finding_of_a_study():
    assert REFUSED == []
    assert FINDINGS
    assert set(FINDINGS) <= set(study_kinds())


@pytest.mark.parametrize("name", FINDINGS)
def test_a_recorded_finding_is_what_its_rows_say(name):
    study, finding = study_kinds()[name](), FINDINGS[name]
    design = [plain(row) for row in study.design(finding.quick)]
    assert [row.settings for row in finding.rows] == design
    now = conclude(study, Rows(finding.rows), quick=finding.quick, command=finding.command, machine=finding.machine)
    for field in ("verdict", "effect", "claims", "checks", "control_check", "turns", "remarks", "criterion", "title"):
        assert getattr(now, field) == getattr(finding, field), field
    assert finding.deviations[-len(study.deviations) :] == list(study.deviations) or not study.deviations
    assert (FOLDER / finding.figure).read_bytes().startswith(b"<?xml")


@pytest.mark.parametrize("name", AGAIN)
def test_rows_that_are_measured_again_are_those_recorded(name):
    study, finding = study_kinds()[name](), FINDINGS[name]
    for row in finding.rows[:: AGAIN[name]]:
        same(plain(study.measure(row.settings)), row.measures)


def same(now, recorded):
    """Asserts that values of JSON agree, numbers up to rounding."""
    assert type(now) is type(recorded) or {type(now), type(recorded)} == {int, float}
    if isinstance(now, dict):
        assert now.keys() == recorded.keys()
        for key, value in now.items():
            same(value, recorded[key])
    elif isinstance(now, list):
        assert len(now) == len(recorded)
        for pair in zip(now, recorded, strict=True):
            same(*pair)
    else:
        assert now == (pytest.approx(recorded, rel=1e-5, abs=1e-9) if isinstance(now, float) else recorded)
