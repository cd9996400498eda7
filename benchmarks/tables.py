r"""Generators of tables side by side: our recipes, CTGAN and TVAE (package `ctgan`), a random forest (`arfpy`).

python benchmarks/tables.py --json docs/tables.json                          measures what the file does not hold yet
python benchmarks/tables.py --json docs/tables.json --only adult,penguins --methods table,CTGAN --seeds 1
python benchmarks/tables.py --json docs/tables.json --into docs/tables.md    and writes the tables below its mark

Of each data set 74 % of the rows are learned from and the rest judges, by the metrics of the package. CTGAN and TVAE
have the settings of their package, 300 epochs. Neither takes an empty number: for them a column gets its median there,
and another column says where, from which the empty cells are made again. All on one thread, in CPU time. Generated
rows are kept in a folder, so that another judge needs no other training.
"""

import argparse
import json
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import pandas as pd
import torch

from wgan import train
from wgan.data import DataSettings
from wgan.data.named import home
from wgan.data.tables.encoding import TableEncoding
from wgan.data.tables.mixed import MixedSource
from wgan.data.tables.recognition import from_frame
from wgan.metrics import Judge, metrics_named

LABELS = {"penguins": "species", "titanic": "survived", "adult": "income", "diamonds": "price"}
METRICS = ("shapes", "pairs", "usefulness", "detection", "copies")
SHARE = 0.74
MARK = "<!-- measured -->"
NOTHING: Mapping[str, Any] = {}
CONDITIONS = {"condition.frequency": "log", "condition.cross_entropy": 1.0}
Synthesis = Callable[[int], pd.DataFrame]


def parts(table: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What is learned from, and what judges: of Adult 24,000 and 8,561 rows of a fixed permutation."""
    frame = pd.read_csv(home() / f"tables/{table}.csv", skipinitialspace=True)
    order = np.random.default_rng(0).permutation(len(frame))
    count = 24_000 if table == "adult" else int(SHARE * len(frame))
    return frame.iloc[order[:count]].reset_index(drop=True), frame.iloc[order[count:]].reset_index(drop=True)


def sources(table: str) -> tuple[MixedSource, MixedSource]:
    """Both as sources, encoded as suits the first."""
    learned, unseen = parts(table)
    settings = DataSettings(source=table, mixed=True, label=LABELS[table])
    whole = from_frame(pd.concat([learned, unseen], ignore_index=True), settings)
    count = len(learned)
    first, rest = (whole.take(torch.arange(len(whole))[part]) for part in (slice(count), slice(count, None)))
    first_source = first.source(settings)
    held_out = rest.source(settings, like=first_source)
    assert isinstance(first_source, MixedSource)
    assert isinstance(held_out, MixedSource)
    return first_source, held_out


def ours(name: str, table: str, seed: int, fields: Mapping[str, Any] = NOTHING) -> Synthesis:
    """One of our recipes, at its defaults but for some fields."""
    source, held_out = sources(table)
    source.held_out = held_out
    folder = tempfile.mkdtemp()
    if name == "table" and len(source) < 512:
        fields = {**fields, "batch": len(source) // 2}
    run = train(name, source, f"{folder}/run", seed=seed, quiet=True, metrics=("w1",), overrides=fields)
    return lambda n: run.frame(n, seed=seed)


def filled(frame: pd.DataFrame) -> pd.DataFrame:
    """Empty numbers as medians with a column that says where, empty words as a word."""
    out = {}
    for name, column in frame.items():
        if pd.api.types.is_numeric_dtype(column) and column.isna().any():
            out[f"{name} is empty"] = column.isna().astype(str)
            out[name] = column.fillna(column.median())
        else:
            out[name] = column.fillna("(empty)") if column.isna().any() else column
    return pd.DataFrame(out)


def emptied(frame: pd.DataFrame, like: pd.DataFrame) -> pd.DataFrame:
    """The empty cells again."""
    out = {}
    for name in like.columns:
        made = frame[name]
        if f"{name} is empty" in frame:
            made = made.mask(frame[f"{name} is empty"] == "True")
        out[name] = made.mask(made == "(empty)") if made.dtype == object or str(made.dtype) == "str" else made
    return pd.DataFrame(out)


def of_package(kind: str, table: str, seed: int) -> Synthesis:
    """CTGAN or TVAE at their defaults."""
    import ctgan

    learned, _ = parts(table)
    frame = filled(learned)
    words = [name for name in frame if not pd.api.types.is_numeric_dtype(frame[name]) or frame[name].nunique() <= 10]
    torch.manual_seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - theirs
    model = getattr(ctgan, kind)(enable_gpu=False)
    model.fit(frame, words)
    return lambda n: emptied(model.sample(n), learned)


def forest(table: str, seed: int) -> Synthesis:
    """An adversarial random forest, Watson et al. 2023, https://arxiv.org/abs/2205.09435."""
    np.in1d = np.isin  # noqa: NPY201 - a name that it calls and NumPy dropped
    from arfpy import arf

    learned, _ = parts(table)
    frame = filled(learned)
    frame = frame.astype({name: object for name in frame if not pd.api.types.is_numeric_dtype(frame[name])})
    np.random.seed(seed)  # noqa: NPY002 - theirs
    model = arf.arf(x=frame, random_state=seed)
    model.forde()
    return lambda n: emptied(model.forge(n=n), learned)


METHODS: dict[str, Callable[[str, int], Synthesis]] = {
    "table": lambda table, seed: ours("table", table, seed),
    "table with conditions": lambda table, seed: ours("table", table, seed, CONDITIONS),
    "recipe ctgan": lambda table, seed: ours("ctgan", table, seed),
    "CTGAN": lambda table, seed: of_package("CTGAN", table, seed),
    "TVAE": lambda table, seed: of_package("TVAE", table, seed),
    "ARF": forest,
}


def numbers(frame: pd.DataFrame, encoding: TableEncoding) -> torch.Tensor:
    """A frame in the user's units; whole numbers that came back with decimals are rounded, which favours them."""
    columns = []
    for kind in encoding.kinds:
        cells = frame[kind.name]
        whole = kind.dtype is not None and kind.dtype.startswith("int")
        cells = cells.astype(float).round() if whole else cells
        columns.append(kind.rounded(kind.to_numbers(cells.astype(kind.dtype) if kind.dtype else cells)))
    return torch.from_numpy(np.stack(columns, 1))


def made(table: str, method: str, seed: int, folder: Path) -> dict[str, Any]:
    """Trains and draws as many rows as judge, unless they are in the folder; the seconds that it took."""
    place, notes = (folder / f"{table}-{method}-{seed}{suffix}" for suffix in (".parquet", ".json"))
    if not notes.exists():
        began = time.process_time()
        synthesis = METHODS[method](table, seed)
        trained = time.process_time()
        frame = synthesis(len(parts(table)[1]))
        drawn = time.process_time()
        frame.to_parquet(place)
        rate = round(len(frame) / max(drawn - trained, 1e-3))
        notes.write_text(json.dumps({"cpu_seconds": round(trained - began, 1), "rows_per_second": rate}))
    found: dict[str, Any] = json.loads(notes.read_text())
    return found | {"frame": pd.read_parquet(place)}


def measure(table: str, method: str, seed: int, folder: Path) -> dict[str, Any]:
    found = made(table, method, seed, folder)
    data, held_out = sources(table)
    made_rows = numbers(found.pop("frame"), data.scaling)
    judge = Judge.of(data, held_out, metrics=metrics_named(METRICS), samples=len(held_out), seed=seed, replicates=0)
    found |= {score.metric: {"value": score.value, "floor": score.floor} for score in judge(made_rows).scores}
    return {"table": table, "method": method, "seed": seed, **found}


def markdown(rows: list[dict[str, Any]]) -> str:
    """A table for each data set, means over seeds."""
    texts = []
    for table in LABELS:
        groups = defaultdict(list)
        for row in rows:
            if row["table"] == table:
                groups[row["method"]].append(row)
        if not groups:
            continue
        names = [name for name in METRICS if any(name in row for row in rows if row["table"] == table)]
        texts += [f"### {table}", "", f"| | seeds | CPU s | {' | '.join(names)} | rows/s |"]
        texts.append("|---|--:|--:|" + "--:|" * (len(names) + 1))
        first = next(iter(groups.values()))[0]
        floors = " | ".join(f"{first[name]['floor']:.3f}" for name in names)
        texts.append(f"| real rows | | | {floors} | |")
        for method, found in groups.items():
            values = " | ".join(f"{fmean(row[name]['value'] for row in found):.3f}" for name in names)
            cpu, speed = (fmean(row[key] for row in found) for key in ("cpu_seconds", "rows_per_second"))
            texts.append(f"| {method} | {len(found)} | {cpu:,.0f} | {values} | {speed:,.0f} |")
        texts.append("")
    return "\n".join(texts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, required=True, help="finished rows, read and appended to")
    parser.add_argument("--frames", type=Path, default=Path("build/tables"), help="where generated rows are kept")
    parser.add_argument("--only", default=",".join(LABELS), help="data sets, with commas")
    parser.add_argument("--methods", default=",".join(METHODS), help="with commas")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--into", type=Path, help=f"a page, whose text below {MARK} becomes the tables")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    arguments.frames.mkdir(parents=True, exist_ok=True)
    rows = json.loads(arguments.json.read_text()) if arguments.json.exists() else []
    done = {(row["table"], row["method"], row["seed"]) for row in rows}
    for seed in range(arguments.seeds):
        for table in arguments.only.split(","):
            for method in arguments.methods.split(","):
                if (table, method, seed) not in done:
                    rows.append(measure(table, method, seed, arguments.frames))
                    arguments.json.write_text(json.dumps(rows, indent=1) + "\n")
                    print(json.dumps(rows[-1]), flush=True)
    if arguments.into:
        above, mark, _ = arguments.into.read_text().partition(MARK)
        arguments.into.write_text(f"{above}{mark}\n\n{markdown(rows)}")


if __name__ == "__main__":
    main()
