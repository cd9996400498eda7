r"""Rows that hold something rare: asked for, and chosen from all that a generator makes.

python benchmarks/conditions.py --json docs/conditions.json --into docs/tables.md    measures, and writes below its mark

The recipe `table` learns Adult with conditions, see `benchmarks/tables.py`, unless a run of it is there. `asked` are
rows of a generator that was asked for what they are to hold, `chosen` those of 50,000 rows for which it was asked what
the data hold. Rows a second are those that hold it, by one thread. Likeness is that of columns, `shapes`, to the unseen
rows that hold it, by as many rows as these are; "real rows" are those that were learned from.
"""

import argparse
import json
import time
from pathlib import Path
from statistics import fmean
from typing import Any

import torch
from tables import CONDITIONS, sources
from torch import Tensor

from wgan import Run, train
from wgan.data.tables.where import Where
from wgan.metrics.shapes import column_likeness

WHERE = (
    ("income=>50K",),
    ("education=Doctorate",),
    ("native-country=Cuba", "income=>50K"),
    ("occupation=Armed-Forces",),
    ("native-country=Hungary",),
    ("workclass=Never-worked",),
)
MADE, ASKED, LEAST = 50_000, 1000, 50
MARKS = "<!-- conditions -->", "<!-- end of conditions -->"


def learned(place: Path, frequency: str) -> Run:
    """The run, trained if there is none."""
    if not place.exists():
        data, held_out = sources("adult")
        data.held_out = held_out
        fields = {**CONDITIONS, "condition.frequency": frequency}
        train("table", data, place, quiet=True, metrics=("w1",), overrides=fields)
    return Run.open(place)


def likeness(real: Tensor, made: Tensor, discrete: list[bool]) -> float | None:
    """That of columns, if there are enough rows to tell, by as many as there are of the fewer."""
    count = min(len(real), len(made))
    return fmean(column_likeness(real[:count], made[:count], discrete)) if count >= LEAST else None


def measure(run: Run) -> list[dict[str, Any]]:
    """All conditions."""
    began = time.process_time()
    made = run.sample(MADE, seed=1, batch=4096)
    seconds = time.process_time() - began
    data, unseen = (part.values for part in sources("adult"))
    encoding = run.card.encoding
    assert encoding is not None
    rows, discrete = [], [kind.codes is not None for kind in encoding.kinds]
    for where in WHERE:
        condition = Where(where, encoding)
        real, known, chosen = (part[condition(part)] for part in (unseen, data, made))
        began = time.process_time()
        held = run.sample_where(max(ASKED, len(real)), where)
        asked_seconds = time.process_time() - began
        assert held.kept is not None
        rows.append(
            {
                "where": " and ".join(where),
                "learned_rows": len(known),
                "asked": {"share": held.kept / held.made, "rows_per_second": held.kept / asked_seconds},
                "chosen": {"share": len(chosen) / MADE, "rows_per_second": len(chosen) / seconds},
                "likeness": {
                    "real": likeness(real, known, discrete),
                    "asked": likeness(real, held.samples, discrete),
                    "chosen": likeness(real, chosen, discrete),
                },
            }
        )
    return rows


def markdown(rows: list[dict[str, Any]]) -> str:
    """The table."""
    lines = [
        "| rows where | learned from | asked: of 1,000 hold | rows/s | chosen: of 1,000 hold | rows/s "
        "| likeness: real rows | asked | chosen |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in rows:
        cells = [f"`{row['where']}`", f"{row['learned_rows']:,}"]
        for way in ("asked", "chosen"):
            cells += [f"{1000 * row[way]['share']:.4g}", f"{row[way]['rows_per_second']:,.0f}"]
        cells += ["" if value is None else f"{value:.3f}" for value in row["likeness"].values()]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, required=True, help="what was measured; a file that is there is read")
    parser.add_argument("--run", type=Path, default=Path("build/conditions"), help="where the run is kept")
    parser.add_argument("--frequency", default="log", help="of the values while it is trained, log or data")
    parser.add_argument("--into", type=Path, help=f"a page, whose text between {' and '.join(MARKS)} becomes the table")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    if not arguments.json.exists():
        arguments.json.write_text(json.dumps(measure(learned(arguments.run, arguments.frequency)), indent=1) + "\n")
    table = markdown(json.loads(arguments.json.read_text()))
    if arguments.into:
        above, _, rest = arguments.into.read_text().partition(MARKS[0])
        below = rest.partition(MARKS[1])[2]
        arguments.into.write_text(f"{above}{MARKS[0]}\n\n{table}\n\n{MARKS[1]}{below}")
    print(table)


if __name__ == "__main__":
    main()
