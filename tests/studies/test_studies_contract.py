"""What every study promises: its texts, its designs, and a verdict that can come out each way."""

import json

import pytest
from findings import KINDS, MADE_UP, found, rows_of
from made_up import World

from wgan.catalogue import study_names
from wgan.studies.check import Status
from wgan.studies.claims import CLAIMS
from wgan.studies.drawing import drawn
from wgan.studies.finding import Finding, Verdict
from wgan.studies.numbers import plain
from wgan.studies.rows import Row, Rows


def test_every_claim_is_examined_by_one_study():
    examined = [claim for kind in KINDS.values() for claim in kind.claims]
    assert sorted(examined) == sorted(CLAIMS)


def test_the_catalogue_knows_every_study():
    assert study_names() == sorted(KINDS)
    assert sorted(MADE_UP) == sorted(KINDS)


@pytest.mark.parametrize("name", KINDS)
def test_texts_are_sentences(name):
    kind = KINDS[name]
    for text in (kind.criterion, kind.refuted_if, kind.control, kind.caption, *kind.deviations):
        assert text == " ".join(text.split())
        assert text.endswith(".")
    assert kind.question.endswith("?")
    assert name == name.lower() and " " not in name
    assert (kind.__doc__ or "").strip()


@pytest.mark.parametrize("name", KINDS)
def test_designs_are_of_plain_values_and_differ(name):
    study = KINDS[name]()
    quick, full = study.design(True), study.design(False)
    assert len(quick) <= len(full)
    for design in (quick, full):
        addresses = [json.dumps(plain(row), sort_keys=True) for row in design]
        assert len(set(addresses)) == len(addresses)
        assert any(row.get("control") for row in design)
        assert any(not row.get("control") for row in design)


@pytest.mark.parametrize("quick", [True, False])
@pytest.mark.parametrize("name", KINDS)
def test_a_verdict_comes_out_each_way(name, quick):
    study = KINDS[name]()
    assert found(study, World.TRUE, quick).verdict is Verdict.CONFIRMED
    refuted = found(study, World.FALSE, quick)
    assert refuted.verdict is Verdict.REFUTED
    assert all(claim.verdict is Verdict.REFUTED for claim in refuted.claims)
    blind = found(study, World.BLIND, quick)
    assert blind.verdict is Verdict.INCONCLUSIVE
    assert blind.control_check.status is not Status.FAILS


@pytest.mark.parametrize("name", KINDS)
def test_a_finding_is_kept_and_drawn(name):
    study = KINDS[name]()
    finding = found(study, World.TRUE)
    assert Finding.from_json(finding.to_json(), "here") == finding
    assert {claim.id for claim in finding.claims} == set(study.claims)
    for quick in (True, False):
        assert b"<svg" in drawn(study, rows_of(study, quick))
    assert finding.to_text()


def test_the_same_rows_are_drawn_in_the_same_bytes():
    study = KINDS["kappa"]()
    assert drawn(study, rows_of(study)) == drawn(study, rows_of(study))


@pytest.mark.parametrize("name", KINDS)
def test_the_control_fails_when_it_is_measured(name):
    study = KINDS[name]()
    settings = [plain(row) for row in study.design(True) if row.get("control")]
    measured = Rows([Row(row, plain(study.measure(row))) for row in settings])
    assert study.control_check(measured).status is Status.FAILS
