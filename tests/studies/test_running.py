"""Rows are kept, run again where they must be, and the same wherever they are measured."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import warnings
from importlib import import_module
from itertools import count
from pathlib import Path

import joblib
import pytest
from counted import Counted, Crashing, Killed, KilledAlways, Missing, ShortKappa, Slow, Unjudged, measurements

from running import command
from wgan.studies.finding import Verdict
from wgan.studies.ledger import Ledger
from wgan.studies.registry import study_kinds
from wgan.studies.running import Failed, run_studies
from wgan.studies.versions import criterion_version, measures_version
from wgan.studies.writing import read_findings

HERE = Path(__file__).parent


@pytest.fixture
def marks(tmp_path):
    (tmp_path / "marks").mkdir()
    return tmp_path / "marks"


def outcomes(studies, folder, **options):
    """What came of studies by name, and what was said."""
    said = []
    found = {one.study: one for one in run_studies(studies, folder, tell=said.append, **options)}
    return found, said


def measures(finding):
    return {json.dumps(row.settings): row.measures for row in finding.rows}


def test_a_study_is_run_judged_and_written(tmp_path, marks):
    found, said = outcomes([Counted(marks)], tmp_path)
    assert found["counted"].verdict is Verdict.CONFIRMED
    assert read_findings(tmp_path) == ([found["counted"]], [])
    assert b"<svg" in (tmp_path / "counted.svg").read_bytes()
    assert [line.split(" (")[0] for line in said] == [f"counted {k}/5" for k in range(1, 6)]
    assert said[-1].endswith("; 0 rows left")


def test_rows_that_are_there_are_not_measured_again(tmp_path, marks):
    first, _ = outcomes([Counted(marks)], tmp_path)
    second, said = outcomes([Counted(marks, rows=6)], tmp_path)
    assert set(measurements(marks, "counted").values()) == {1}
    assert said[0] == "counted: 5 of 7 rows were measured before"
    assert measures(first["counted"]).items() <= measures(second["counted"]).items()
    again, said = outcomes([Counted(marks)], tmp_path)
    assert said == ["counted: 5 of 5 rows were measured before"]
    assert again == first


def test_a_quick_finding_takes_no_full_ones_place(tmp_path, marks):
    full, _ = outcomes([Counted(marks)], tmp_path)
    quick, said = outcomes([Counted(marks)], tmp_path, quick=True)
    assert quick["counted"].quick
    assert said[-1] == (
        f"counted: the finding of its full design stays in {tmp_path}; choose another --out to record this"
    )
    assert read_findings(tmp_path) == ([full["counted"]], [])
    outcomes([Counted(marks)], tmp_path / "new", quick=True)
    assert read_findings(tmp_path / "new")[0][0].quick


SCRIPT = """
import sys
sys.path[:0] = [{here!r}, {above!r}]
from pathlib import Path
import counted
from wgan.studies.running import run_studies
if __name__ == "__main__":
    for one in run_studies([counted.Slow({marks!r}, rows=8)], Path({folder!r}), jobs={jobs}):
        print(one.to_text(), flush=True)
"""


def script(folder, marks, jobs):
    """A run of a slow study in its own process group."""
    text = SCRIPT.format(here=str(HERE), above=str(HERE.parent), marks=str(marks), folder=str(folder), jobs=jobs)
    place = folder / "script.py"
    place.write_text(text)
    return subprocess.Popen(
        [sys.executable, place], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def test_a_killed_run_goes_on_where_it_was(tmp_path, marks):
    process = script(tmp_path, marks, jobs=2)
    seen = [process.stdout.readline() for _ in range(3)]
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert all(line.startswith("slow ") for line in seen)
    ledger = tmp_path / "rows/slow.jsonl"
    kept = len(ledger.read_bytes().splitlines())
    assert 3 <= kept < 9

    ledger.write_bytes(ledger.read_bytes()[:-20])
    found, said = outcomes([Slow(marks, rows=8)], tmp_path)
    assert said[:2] == [
        f"slow: {kept - 1} of 9 rows were measured before",
        f"slow: 1 lines of {ledger} cannot be read and do not count",
    ]
    assert found["slow"].verdict is Verdict.CONFIRMED
    assert len(Ledger(tmp_path, Slow(marks)).kept) == 9
    counts = measurements(marks, "slow")
    assert sum(counts.values()) <= 9 + 1 + 4


@pytest.mark.parametrize("line", [b"", b"{", b"[]", b"7", b"\xff", b'{"version": 1}', b'{"row": {}}', b"[" * 9999])
def test_a_damaged_line_costs_a_row_at_most(tmp_path, marks, line):
    outcomes([Counted(marks)], tmp_path)
    ledger = tmp_path / "rows/counted.jsonl"
    lines = ledger.read_bytes().splitlines()
    ledger.write_bytes(b"\n".join([line, *lines[1:]]))
    found, said = outcomes([Counted(marks)], tmp_path)
    assert found["counted"].verdict is Verdict.CONFIRMED
    assert said[0] == "counted: 4 of 5 rows were measured before"
    assert said[1] == f"counted: 1 lines of {ledger} cannot be read and do not count"


NUMBERS = count()
STUDY = """
from counted import Counted

LEVEL = 2.0


class Changing(Counted):
    name = "changing"
    caption = "A caption."

    def value(self, settings):
        '''Of a row.'''
        return 100.0 if settings.get("control") else LEVEL

    def control_check(self, rows):
        return super().control_check(rows)
"""


def changed(folder, monkeypatch, *changes):
    """The study of a module whose text was changed."""
    text = STUDY
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    name = f"changing_{next(NUMBERS)}"
    (folder / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(folder)
    return __import__(name).Changing


@pytest.mark.parametrize(
    ("old", "new", "rows", "criterion"),
    [
        ("A caption.", "Another caption.", False, False),
        ("Of a row.", "Of one row.", False, False),
        ("LEVEL = 2.0", "LEVEL = 2.01", True, False),
        ("else LEVEL", "else LEVEL * 1.001", True, False),
        ("check(rows)\n", "check(rows[:])\n", False, True),
        ('name = "changing"', 'name = "changing"\n    criterion = "They are, within a tenth."', False, True),
    ],
)
def test_what_a_change_of_a_study_costs(tmp_path, marks, monkeypatch, old, new, rows, criterion):
    before, after = (changed(tmp_path, monkeypatch, *change)(marks) for change in ((), ((old, new),)))
    assert (measures_version(before) != measures_version(after)) == rows
    assert (criterion_version(before) != criterion_version(after)) == criterion
    outcomes([before], tmp_path)
    found, said = outcomes([after], tmp_path)
    assert (said[0] == "changing: 5 rows are of another version of the study and do not count") == rows
    assert (said[0] == "changing: 5 of 5 rows were measured before") == (not rows)
    late = "The criterion was changed after 5 of 5 rows had been measured."
    assert (late in found["changing"].deviations) == criterion
    _, said = outcomes([after], tmp_path)
    assert said == ["changing: 5 of 5 rows were measured before"]


def test_rows_hang_on_what_their_study_takes_of_the_room(monkeypatch):
    study = study_kinds()["blur"]()  # it looks through `wgan.studies.training.watching`
    before = measures_version(study)
    monkeypatch.setattr("wgan.studies.versions.import_module", lambda _: json)
    assert measures_version(study) != before


def test_a_row_whose_worker_was_killed_is_run_again_and_in_the_end_given_up(tmp_path, marks):
    found, said = outcomes([Killed(marks, 2), KilledAlways(marks, 2), Counted(marks, 9)], tmp_path, jobs=2)
    assert found["killed"].verdict is found["counted"].verdict is Verdict.CONFIRMED
    assert found["killed-always"] == Failed(
        "killed-always",
        "its worker was killed 3 times with no other beside it, perhaps for lack of memory; free some, or run it with "
        "--jobs 1",
        mistake=True,
    )
    assert measurements(marks, "killed")["1-False"] == 2
    beside_others = 1  # unless it was still in the queue when the first worker was killed
    assert measurements(marks, "killed-always")["1-False"] - 3 in (0, beside_others)
    assert any("a worker was killed, perhaps for lack of memory" in line for line in said)


@pytest.mark.parametrize("jobs", [1, 2])
def test_missing_data_is_said_once_and_the_others_go_on(tmp_path, marks, jobs):
    found, said = outcomes([Missing(marks, rows=20), Counted(marks)], tmp_path, jobs=jobs)
    assert found["counted"].verdict is Verdict.CONFIRMED
    assert isinstance(found["missing"], Failed)
    assert re.match(r"no pigeons here for \d+; put them into the loft", found["missing"].reason)
    assert found["missing"].mistake
    assert len(measurements(marks, "missing")) <= 4 * jobs
    assert said[-1].endswith("; 0 rows left")


def test_a_crash_is_told_as_ours_and_the_others_go_on(tmp_path, marks):
    found, _ = outcomes([Crashing(marks), Unjudged(marks), Counted(marks)], tmp_path)
    assert found["counted"].verdict is Verdict.CONFIRMED
    assert found["crashing"] == Failed("crashing", "ZeroDivisionError: float division by zero", mistake=False)
    assert found["unjudged"] == Failed(
        "unjudged", "its rows could not be judged: RuntimeError: no judge of 4 rows", mistake=False
    )
    assert [finding.study for finding in read_findings(tmp_path)[0]] == ["counted"]


def test_rows_do_not_hang_on_how_many_run_side_by_side(tmp_path):
    one, two = (outcomes([ShortKappa()], tmp_path / str(jobs), quick=True, jobs=jobs)[0]["kappa"] for jobs in (1, 2))
    assert measures(one) == measures(two)
    assert len(measures(one)) > 20
    assert (tmp_path / "1/kappa.svg").read_bytes() == (tmp_path / "2/kappa.svg").read_bytes()


def test_the_workers_of_an_engine_measure_the_same_rows(tmp_path, marks):
    from distributed import Client

    here, _ = outcomes([Counted(marks, rows=9)], tmp_path / "here")
    with (
        Client(n_workers=2, threads_per_worker=1, dashboard_address=":0", local_directory=tmp_path) as client,
        joblib.parallel_config("dask"),
    ):
        client.run(sys.path.extend, [str(HERE), str(HERE.parent)])
        there, _ = outcomes([Counted(marks, rows=9), Missing(marks), Crashing(marks)], tmp_path / "there")
    assert measures(here["counted"]) == measures(there["counted"])
    assert there["missing"].reason.startswith("no pigeons here")
    assert there["crashing"].reason == "ZeroDivisionError: float division by zero"


def studying(capsys, monkeypatch, studies, *arguments):
    """The command on studies that the package does not have."""
    monkeypatch.setattr(import_module("wgan.cli.study"), "chosen_studies", lambda *_, **__: studies)
    return command(capsys, "study", "run", "them", *arguments)


@pytest.mark.parametrize(("kind", "code"), [(Missing, 2), (Crashing, 1), (Counted, 0)])
def test_exit_codes_say_whose_mistake_it_was(tmp_path, marks, capsys, monkeypatch, kind, code):
    said = studying(capsys, monkeypatch, [kind(marks), Slow(marks, rows=2)], "--jobs", "1", "--out", tmp_path)
    assert said.code == code
    assert "slow: confirmed" in said.out
    if code:
        assert said.err.splitlines()[-1] == f"wgan: 1 of 2 studies have no verdict, for the reasons above: {kind.name}"
        assert any(line.startswith(f"wgan: {kind.name}: not concluded: ") for line in said.err.splitlines())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "kapa"], "unknown study 'kapa'; nearest: kappa"),
        (["run", "--chapter", "the critics"], "unknown chapter 'the critics'; nearest: the critic"),
        (["list", "--chapter", "trainin"], "unknown chapter 'trainin'; nearest: training"),
        (["run"], "name studies, or a --chapter, or --all; `wgan study list` shows them"),
        (["run", "kappa", "--all"], "name studies, or a --chapter, or --all; `wgan study list` shows them"),
        (["run", "kappa", "--jobs", "0"], "--jobs 0; expected 1 or more"),
        (["run", "kappa", "--out", ""], "an empty text is no path; expected one, or . for the current folder"),
    ],
)
def test_bad_input_is_one_line(capsys, arguments, said):
    done = command(capsys, "study", *arguments)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert said in done.err


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path, marks, capsys, monkeypatch):
    (tmp_path / "file").write_text("mine")
    said = studying(capsys, monkeypatch, [Counted(marks)], "--out", tmp_path / "file")
    assert said.code == 2
    assert "Not a directory; make room, or choose another place" in said.err.splitlines()[-1]


@pytest.mark.parametrize(("jobs", "group"), [("1", False), ("2", True)])
def test_ctrl_c_keeps_the_rows_and_says_so(tmp_path, jobs, group):
    process = subprocess.Popen(
        [sys.executable, "-m", "wgan", "study", "run", "kappa", "--jobs", jobs, "--out", tmp_path],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    first = process.stderr.readline()
    (os.killpg if group else os.kill)(process.pid, signal.SIGINT)
    began = time.monotonic()
    out, err = process.communicate(timeout=60)
    assert re.match(r"wgan: kappa 1/\d+ \(", first)
    assert process.returncode == 130
    assert out == ""
    *rows, last = err.splitlines()
    assert all(row.startswith("wgan: kappa ") for row in rows)
    assert last == (
        f"wgan: stopped; the rows that were finished are kept in {tmp_path}, and the same command goes on from there"
    )
    assert time.monotonic() - began < 20
    assert len((tmp_path / "rows/kappa.jsonl").read_bytes().splitlines()) == 1 + len(rows)


def test_an_interrupt_between_two_rows_ends_the_workers_without_a_word(tmp_path, marks, recwarn):
    def interrupted(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(run_studies([Slow(marks, rows=8)], tmp_path, jobs=2, tell=interrupted))
    assert [str(warning.message) for warning in recwarn] == []
    assert len((tmp_path / "rows/slow.jsonl").read_bytes().splitlines()) == 1


def test_the_list_holds_every_study_with_its_claims_and_sources(capsys):
    from wgan.studies.claims import CLAIMS
    from wgan.studies.registry import study_kinds

    said = command(capsys, "study", "list", "--json")
    rows = json.loads(said.out)["studies"]
    assert [row["study"] for row in rows] == list(study_kinds())
    for row in rows:
        assert [claim["id"] for claim in row["claims"]] == list(study_kinds()[row["study"]].claims)
        assert all(claim["sources"] == list(CLAIMS[claim["id"]].sources) for claim in row["claims"])
    text = command(capsys, "study", "list").out
    assert all(f"  {row['study']}: {row['title']}" in text for row in rows)
    assert "E1 (S2, S4) " in text
    assert "P1 (this package) " in text


def test_a_worker_that_is_replaced_is_no_news(tmp_path, marks, monkeypatch, recwarn):
    class Replacing(joblib.Parallel):
        def __call__(self, tasks):
            warnings.warn("A worker stopped while some jobs were given to the executor.", UserWarning, stacklevel=1)
            return super().__call__(tasks)

    monkeypatch.setattr("wgan.studies.running.Parallel", Replacing)
    outcomes([Counted(marks)], tmp_path / "findings")
    assert not [one for one in recwarn if "A worker stopped" in str(one.message)]
