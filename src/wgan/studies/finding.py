"""What a study found, as it is recorded."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any

import msgspec

from wgan.errors import InputError, shown
from wgan.studies.check import Check, Status
from wgan.studies.claims import CLAIMS
from wgan.studies.numbers import plain
from wgan.studies.numbers import shown as number
from wgan.studies.rows import Row, Rows
from wgan.studies.study import Study
from wgan.text import paragraph

__all__ = ["SCHEMA", "Checked", "ClaimVerdict", "Finding", "Verdict", "conclude", "verdict_of"]

SCHEMA = 1
"""Of a finding's JSON, one higher with every change that a reader has to know of."""

Number = float | str
"""A number of JSON; one that is not finite is text."""


class Verdict(StrEnum):
    """What is concluded about a claim."""

    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    MIXED = "mixed"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True)
class Checked:
    """A check as it came out; see `wgan.studies.check.Check`."""

    what: str
    unit: str
    claim: str
    factor: str
    level: float | str
    values: list[Number]
    mean: Number
    low: Number
    high: Number
    asked: str
    found: str
    status: Status

    @classmethod
    def of(cls, check: Check) -> "Checked":
        """The check with its outcome."""
        low, high = check.interval
        return cls(
            what=check.what,
            unit=check.unit,
            claim=check.claim,
            factor=check.factor,
            level=check.level,
            values=[plain(float(value)) for value in check.values],
            mean=plain(check.mean),
            low=plain(low),
            high=plain(high),
            asked=check.asked,
            found=check.found,
            status=check.status,
        )

    @property
    def sentence(self) -> str:
        """The number, its interval, and what was asked."""
        at = f" at {self.factor} = {level_text(self.level)}" if self.factor else ""
        return f"{self.what}{at}: {self.found}; asked: {self.asked}"


@dataclass(frozen=True)
class ClaimVerdict:
    """What is concluded about one claim of a study."""

    id: str
    text: str
    verdict: Verdict


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A verdict, and everything that it stands on.

    Attributes:
        schema: version of this form.
        study: its name.
        title: likewise, with the fields below, of the study.
        verdict: over all its checks.
        effect: the first check in one sentence.
        claims: what is concluded about each.
        checks: the criterion as it came out.
        control_check: what had to fail.
        turns: between which levels of a factor a check turns.
        remarks: what the rows show beyond the criterion.
        quick: whether the small design was run, which decides nothing.
        deviations: from the source, and from the plan.
        rows: every seed's numbers.
        figure: file name of the drawing.
        command: that repeats it.
        seconds: of processor time over all rows.
        machine: processor, versions and commit.
    """

    schema: int
    study: str
    title: str
    chapter: str
    question: str
    criterion: str
    refuted_if: str
    control: str
    caption: str
    verdict: Verdict
    effect: str
    claims: list[ClaimVerdict]
    checks: list[Checked]
    control_check: Checked
    turns: list[str]
    remarks: list[str]
    quick: bool
    deviations: list[str]
    rows: list[Row]
    figure: str
    command: str
    seconds: float
    machine: dict[str, Any]

    def to_json(self) -> str:
        """The text of its file, with a line for each row."""
        record = plain(asdict(self))
        rows = [json.dumps(row, ensure_ascii=False, allow_nan=False) for row in record.pop("rows")]
        head = json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False)
        return head.removesuffix("\n}") + ',\n "rows": [\n  ' + ",\n  ".join(rows) + "\n ]\n}\n"

    def to_line(self) -> str:
        """The same on one line."""
        return json.dumps(plain(asdict(self)), allow_nan=False)

    def to_text(self) -> str:
        """The verdict and what it stands on, as it is printed."""
        quick = " (quick, decides nothing)" if self.quick else ""
        claims = [f"  {claim.id} {claim.verdict}: {claim.text}" for claim in self.claims]
        checks = [f"  {check.status}: {check.sentence}" for check in self.checks]
        control = f"  control {self.control_check.status}: {self.control_check.sentence}"
        turns = [f"  turns: {turn}" for turn in self.turns]
        remarks = [f"  {remark}" for remark in self.remarks]
        return paragraph([f"{self.study}: {self.verdict}{quick}", *claims, *checks, control, *turns, *remarks])

    @classmethod
    def from_json(cls, text: str | bytes, place: str) -> "Finding":
        """What `to_json` wrote.

        Raises:
            InputError: if it is no finding of this version, with what is wrong.
        """
        try:
            version = msgspec.json.decode(text, type=dict[str, Any]).get("schema")
            if version != SCHEMA:
                raise InputError(
                    f"{place} is a finding of version {shown(version)}; expected {SCHEMA}: run its study again"
                )
            return msgspec.json.decode(text, type=cls)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise InputError(f"{place} is no finding ({error}); run its study again, or remove the file") from None


def conclude(study: Study, rows: Rows, *, quick: bool, command: str, machine: dict[str, Any], late: int = 0) -> Finding:
    """The finding of a study whose rows are all there.

    Args:
        study: which.
        rows: its whole design.
        quick: whether that was the small one.
        command: that measured them.
        machine: where.
        late: rows that were measured before the criterion became what it is.
    """
    asked, controls = rows.parted()
    checks = [Checked.of(check) for check in study.checks(asked)]
    control = Checked.of(study.control_check(controls))
    return Finding(
        schema=SCHEMA,
        study=study.name,
        title=study.title,
        chapter=study.chapter,
        question=study.question,
        criterion=study.criterion,
        refuted_if=study.refuted_if,
        control=study.control,
        caption=study.caption,
        verdict=verdict_of(checks, control),
        effect=checks[0].sentence,
        claims=[
            ClaimVerdict(name, CLAIMS[name].text, verdict_of([c for c in checks if c.claim in ("", name)], control))
            for name in study.claims
        ],
        checks=checks,
        control_check=control,
        turns=turns(checks),
        remarks=list(study.remarks(rows)),
        quick=quick,
        deviations=[*departures(quick, late, len(rows)), *study.deviations],
        rows=list(rows),
        figure=f"{study.name}.svg",
        command=command,
        seconds=sum(row.seconds for row in rows),
        machine=machine,
    )


def departures(quick: bool, late: int, rows: int) -> list[str]:
    """How this run departs from the plan."""
    said = ["The quick design was run: few seeds, levels and steps."] if quick else []
    if late:
        said.append(f"The criterion was changed after {late} of {rows} rows had been measured.")
    return said


def verdict_of(checks: Sequence[Checked], control: Checked) -> Verdict:
    """All hold, all fail, some do, or it cannot be told; nothing is told by a criterion that the control meets."""
    found = {check.status for check in checks}
    if control.status is not Status.FAILS or not found:
        return Verdict.INCONCLUSIVE
    if {Status.HOLDS, Status.FAILS} <= found:
        return Verdict.MIXED
    if Status.OPEN in found:
        return Verdict.INCONCLUSIVE
    return Verdict.CONFIRMED if found == {Status.HOLDS} else Verdict.REFUTED


def turns(checks: Sequence[Checked]) -> list[str]:
    """Where a check that is made at several levels of a factor comes out differently at the next one."""
    series: dict[tuple[str, str, str], list[Checked]] = {}
    for check in checks:
        if check.factor:
            series.setdefault((check.what, check.claim, check.factor), []).append(check)
    return [
        f"{what}: {before.status} at {factor} = {level_text(before.level)}, {after.status} at {level_text(after.level)}"
        for (what, _, factor), members in series.items()
        for before, after in pairwise(members)
        if before.status is not after.status
    ]


def level_text(level: float | str) -> str:
    """A level of a factor as a sentence shows it."""
    return level if isinstance(level, str) else number(level)
