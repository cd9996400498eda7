"""Studies that cost nothing and misbehave on demand, in a module that workers can import."""

import os
import signal
import time
from pathlib import Path

from wgan.errors import InputError
from wgan.studies.check import Check
from wgan.studies.critic.kappa import KappaOfLines
from wgan.studies.rows import grid
from wgan.studies.study import Chapter, Study


class Counted(Study):
    """Measures twice the seed, and leaves a mark for each measurement in a folder that it is given."""

    name = "counted"
    title = "Numbers"
    chapter = Chapter.BEYOND
    claims = ("E1",)
    question = "Are numbers numbers?"
    criterion = "They are."
    refuted_if = "They are not."
    control = "A number that is none."
    caption = "Numbers."

    def __init__(self, marks, rows=4):
        self.marks, self.count = Path(marks), rows

    def design(self, quick):
        del quick
        return [*grid(seed=range(self.count)), {"control": True, "seed": 0}]

    def measure(self, settings):
        (self.marks / f"{self.name}-{settings['seed']}-{settings.get('control', False)}").open("a").write("x")
        return {"value": self.value(settings)}

    def value(self, settings):
        return 100.0 if settings.get("control") else 2.0 + settings["seed"] / 1000

    def checks(self, rows):
        yield Check("value", rows.values("value"), 1.9, 2.1)

    def control_check(self, rows):
        return Check("value", rows.values("value"), 1.9, 2.1, exact=True)

    def draw(self, rows, figure):
        figure.subplots().plot(rows.values("value"))


class ShortKappa(KappaOfLines):
    """Critics that are trained for an instant."""

    def design(self, quick):
        return [{**row, "steps": 20} for row in super().design(quick) if row["seed"] == 0]


class Slow(Counted):
    """Takes its time."""

    name = "slow"

    def value(self, settings):
        time.sleep(0.4)
        return super().value(settings)


class Missing(Counted):
    """Lacks its data."""

    name = "missing"

    def value(self, settings):
        raise InputError(f"no pigeons here for {settings['seed']}; put them into the loft")


class Crashing(Counted):
    """Has a mistake in one row."""

    name = "crashing"

    def value(self, settings):
        return super().value(settings) / (settings["seed"] != 2)


class Unjudged(Counted):
    """Has a mistake in its criterion."""

    name = "unjudged"

    def checks(self, rows):
        raise RuntimeError(f"no judge of {len(rows)} rows")


class Killed(Counted):
    """Its worker dies in one row, the first times."""

    name = "killed"
    times = 1

    def value(self, settings):
        if settings["seed"] == 1 and len((self.marks / f"{self.name}-1-False").read_text()) <= self.times:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().value(settings)


class KilledAlways(Killed):
    """Its worker dies in one row, whatever is done."""

    name = "killed-always"
    times = 99


def measurements(marks, name):
    """How often a study measured each row."""
    return {path.name.removeprefix(f"{name}-"): len(path.read_text()) for path in Path(marks).glob(f"{name}-[0-9]*")}
