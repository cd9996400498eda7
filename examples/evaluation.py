"""Image systems on MNIST by every metric: what each is worth, whether the metrics agree, how many samples each needs.

The systems are those of `systems.py`, whose runs are read, and trained where they are missing. Beside them stand images
that no generator made, from the training images themselves down to noise. Run with

    python examples/evaluation.py --out docs/evaluate.md

The second part, how many samples a metric needs, is measured once and then read from the .json file beside the page.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import torch
from evaluation_figures import agreement_figure, telling_figure
from scipy.stats import rankdata
from systems import IMAGES, finished, trained
from telling_apart import Row, Setting, measure, summary
from torch import Tensor
from torch.nn.functional import avg_pool2d

from wgan.data import FiniteSource
from wgan.metrics import Judge, Score, metrics_named
from wgan.metrics.features import Digits, Features, Pixels
from wgan.randomness import stream
from wgan.runs import Run

SYSTEMS = [system for system in IMAGES if system.overrides["data.source"] == "mnist"]
SAMPLES = 1000
TABLES: Mapping[str, Sequence[str]] = {
    "Distances to held-out images": ("w1", "fd_digits", "kid_digits", "sw_digits", "kid_pixels", "sw_pixels"),
    "Fidelity and variety": (
        "is_digits", "precision_digits", "recall_digits", "density_digits", "coverage_digits", "precision_pixels",
        "coverage_pixels",
    ),
    "Classes and memory": ("classes_digits", "class-kl_digits", "copies_digits", "nn_digits"),
}  # fmt: skip
"""The columns: metrics, and in which features."""
MEMORY = ("copies", "nn")
REPLICATES = 20
NEEDS = ("orders_from", "orders_apart_from", "tells_from")
NEIGHBOURS = "r1"
"""The system whose last two checkpoints are to be told apart."""
Found = Mapping[str, Mapping[str, Score]]
"""Scores by set of images, then by column."""


def main() -> None:
    """Trains what is missing and writes the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=Path, default=Path("runs/systems"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--finished", action="store_true", help="train nothing: take the runs that are finished")
    parser.add_argument("--out", type=Path, help="write the measured part of this page, figures and JSON beside it")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    runs, seed = arguments.runs, arguments.seed
    taken = [system for system in SYSTEMS if not arguments.finished or finished(system, runs, seed)]
    opened = {system.name: trained(system, runs, seed)[0] for system in taken}
    found = judged(*opened[NEIGHBOURS].data(), {name: run.sample(SAMPLES, seed=seed) for name, run in opened.items()})
    rows = kept_rows(arguments.out, opened[NEIGHBOURS])
    rows = rows or measure(*neighbours(opened[NEIGHBOURS]), Setting())
    text = report(found, list(opened), rows, [system.name for system in SYSTEMS if system not in taken])
    print(text)
    if arguments.out:
        write(arguments.out, text, found, list(opened), rows, opened[NEIGHBOURS])


def judged(data: FiniteSource, held_out: FiniteSource, generated: Mapping[str, Tensor]) -> Found:
    """All sets of images by all columns, against the same held-out images; the floors first."""
    judges = [judge(data, held_out, features, names) for features, names in by_features()]
    found: dict[str, dict[str, Score]] = {}
    for name, images in {**generated, **references(data)}.items():
        found[name] = {column(score): score for one in judges for score in one(images).scores}
    return found


def by_features() -> list[tuple[Features, list[str]]]:
    """The metrics of each judge: those of the digits' features, of memory in these, and of pixels."""
    columns = [name for names in TABLES.values() for name in names]
    digits, pixels = (
        [name.removesuffix(end) for name in columns if name.endswith(end)] for end in ("_digits", "_pixels")
    )
    seen = [name for name in digits if name not in MEMORY]
    return [(Digits(), ["w1", *seen]), (Digits(), list(MEMORY)), (Pixels(), pixels)]


def judge(data: FiniteSource, held_out: FiniteSource, features: Features, names: Sequence[str]) -> Judge:
    """One with random halves of every metric, for the noise of ranks; those of memory are not ranked, and are dear."""
    quality = not set(MEMORY) & set(names)
    return Judge.of(
        data,
        held_out,
        metrics=metrics_named(names),
        features=features,
        samples=min(SAMPLES, len(held_out)),
        replicates=REPLICATES if quality else 0,
        paired=quality,
    )


def column(score: Score) -> str:
    """The name without the number of samples."""
    return score.name.rsplit("_", 1)[0]


def references(data: FiniteSource) -> dict[str, Tensor]:
    """Images that no generator made, from real ones to noise."""
    rng = stream(0, "references")
    count = min(SAMPLES, len(data))
    real, many = data.observed(count, rng), data.observed(min(len(data), 10_000), rng)
    means = class_means(data)
    noise = torch.randn(real.shape, generator=rng, dtype=real.dtype)
    return {
        "training images": real,
        "training images, blurred": avg_pool2d(real, 3, stride=1, padding=1),
        "mean of each class": means[torch.arange(count) % len(means)],
        "Gaussian noise": (many.mean(0) + many.std(0) * noise).clamp(0, 1),
        "uniform noise": torch.rand(real.shape, generator=rng, dtype=real.dtype),
    }


def class_means(data: FiniteSource) -> Tensor:
    """The mean image of each class, `(K, *shape)` in the user's units."""
    assert data.labels is not None
    parts = [data.select((data.labels == label).nonzero()[:, 0]) for label in range(len(data.classes))]
    return torch.stack([part.observed(len(part), stream(0, "class")).mean(0) for part in parts])


def neighbours(run: Run) -> tuple[Run, Run]:
    """A run at the last two of its checkpoints."""
    earlier, later = sorted(int(path.name) for path in (run.path / "checkpoints").glob("0*"))[-2:]
    return Run.open(run.path, iteration=earlier), Run.open(run.path, iteration=later)


def agreement(found: Found, systems: Sequence[str]) -> tuple[list[str], Tensor, Tensor]:
    r"""Spearman's $\rho$ between the metrics' orders of the systems, best first in each.

    Returns:
        the columns that tell systems apart; the matrix `(K, K)`; the same of each random half, `(R, K, K)`.
    """
    names = ranked(found, systems, list(found[systems[0]]))
    signs = [1 if found[systems[0]][name].better == "less" else -1 for name in names]
    values = [[sign * found[one][name].value for one in systems] for name, sign in zip(names, signs, strict=True)]
    halves = [[found[one][name].halves for one in systems] for name in names]
    of_half = np.moveaxis(np.array(halves) * np.array(signs)[:, None, None], 2, 0)
    return names, spearman(np.array(values)), torch.stack([spearman(one) for one in of_half])


def ranked(found: Found, systems: Sequence[str], names: Sequence[str]) -> list[str]:
    """The columns that order the systems: not those of memory, nor those in which all are equal."""
    varied = [name for name in names if len({found[one][name].value for one in systems}) > 1]
    return [name for name in varied if found[systems[0]][name].metric not in MEMORY]


def spearman(values: np.ndarray[Any, Any]) -> Tensor:
    """Of each row's ranks with each other's; 0 with a row of equal values."""
    return torch.from_numpy(np.nan_to_num(np.corrcoef(rankdata(values, axis=1))))


def critical(count: int) -> float | None:
    """The least |ρ| of `count` systems that fewer than 5 % of all orders reach; None if there is none."""
    ranks = np.arange(count) - (count - 1) / 2
    reached = np.abs(np.array(list(permutations(ranks))) @ ranks / (ranks @ ranks)).round(9)
    return next((float(value) for value in np.unique(reached) if (reached >= value).mean() < 0.05), None)


def report(found: Found, systems: Sequence[str], rows: Sequence[Row], missing: Sequence[str]) -> str:
    """The measured part of the page."""
    parts = [f"**Not finished, and so not here:** {', '.join(missing)}."] * bool(missing)
    for title, names in TABLES.items():
        parts += [f"### {title}", table(found, systems, names)]
    return "\n\n".join([*parts, *agreement_text(found, systems), *telling_text(rows)]) + "\n"


def table(found: Found, systems: Sequence[str], names: Sequence[str]) -> str:
    """Markdown: the floor, the systems, the best of which is bold, then what no generator made."""
    sets = [*systems, *(name for name in found if name not in systems)]
    first = found[systems[0]]
    best = {name: min if first[name].better == "less" else max for name in names}
    bold = {name: best[name](found[one][name].value for one in systems) for name in ranked(found, systems, names)}
    lines = [
        f"| | {' | '.join(f'`{name}`, {first[name].better}' for name in names)} |",
        "|---|" + "--:|" * len(names),
        f"| floor: two sets of real images | {' | '.join(f'{first[name].floor:.3g}' for name in names)} |",
    ]
    for one in sets:
        cells = [cell(found[one][name], one in systems and found[one][name].value == bold.get(name)) for name in names]
        lines.append(f"| {f'`{one}`' if one in systems else one} | {' | '.join(cells)} |")
    return "\n".join(lines)


def cell(score: Score, bold: bool) -> str:
    """A value, with half of its interval's width."""
    value = f"**{score.value:.3g}**" if bold else f"{score.value:.3g}"
    return value if score.interval is None else f"{value} ± {(score.interval.high - score.interval.low) / 2:.2g}"


def agreement_text(found: Found, systems: Sequence[str]) -> list[str]:
    """How each metric's order of the systems agrees with the others'."""
    names, rho, halves = agreement(found, systems)
    least = critical(len(systems))
    chance = "no ρ of so few is beyond chance" if least is None else f"|ρ| ≥ {least:.2f} is beyond chance (5 %)"
    lines = [
        "| metric | mean ρ with the others | of random halves, 5 % to 95 % | agrees least with | ρ |",
        "|---|--:|--:|---|--:|",
    ]
    for place, name in enumerate(names):
        others = [index for index in range(len(names)) if index != place]
        low, high = halves[:, place, others].mean(1).quantile(torch.tensor([0.05, 0.95]).double()).tolist()
        worst = min(others, key=lambda index: float(rho[place, index]))
        lines.append(
            f"| `{name}` | {rho[place, others].mean():.2f} | {low:.2f} to {high:.2f} | `{names[worst]}` "
            f"| {rho[place, worst]:.2f} |"
        )
    return [
        "### Agreement",
        f"Spearman's ρ between the metrics' orders of {len(systems)} systems; {chance}.",
        "\n".join(lines),
        f"![Spearman's rank correlation of {len(names)} metrics](evaluate-agreement.png)",
    ]


def telling_text(rows: Sequence[Row]) -> list[str]:
    """How many samples each metric needs for two neighbouring checkpoints."""
    lines = [
        "| metric | difference | over its noise, at 1,000 samples | orders them from | from, with other latents "
        "| tells them apart from | false alarms |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for name, one in summary(rows).items():
        needs = [f"{one[key]:,}" if one[key] else f"> {one['n']:,}" for key in NEEDS]
        lines.append(
            f"| `{name}` | {one['difference']:+.3g} | {one['signal']:.1f} | {' | '.join(needs)} "
            f"| {100 * one['false_alarms']:.1f} % |"
        )
    return [
        "### Telling neighbours apart",
        "\n".join(lines),
        "![Shares of draws that order and tell apart two checkpoints, by samples](evaluate-samples.png)",
    ]


def kept_rows(page: Path | None, run: Run) -> list[Row]:
    """The rows of an earlier call, if it measured the same checkpoints at the same setting."""
    path = page and page.with_suffix(".json")
    if path is None or not path.exists():
        return []
    kept = json.loads(path.read_text())["telling_apart"]
    return [Row(**row) for row in kept["rows"]] if kept["what"] == what(run) else []


def what(run: Run) -> dict[str, Any]:
    """What is told apart, and how, in plain values."""
    pair = [one.checkpoint.iteration for one in neighbours(run)]
    return json.loads(json.dumps({"system": NEIGHBOURS, "iterations": pair, "setting": asdict(Setting())}))


def write(page: Path, text: str, found: Found, systems: Sequence[str], rows: Sequence[Row], run: Run) -> None:
    """The page's measured part, its figures, and all numbers."""
    before, _, _ = page.read_text().partition("<!-- measured -->")
    page.write_text(f"{before}<!-- measured -->\n\n{text}")
    names, rho, halves = agreement(found, systems)
    spread = halves.std(0)
    numbers = {
        "samples": SAMPLES,
        "scores": {one: {name: score.to_json() for name, score in of_it.items()} for one, of_it in found.items()},
        "agreement": {"metrics": names, "systems": list(systems), "rho": rho.tolist(), "deviation": spread.tolist()},
        "telling_apart": {"what": what(run), "rows": [asdict(row) for row in rows]},
    }
    page.with_suffix(".json").write_text(json.dumps(numbers, indent=1) + "\n")
    agreement_figure(names, rho, page.with_name(f"{page.stem}-agreement.png"))
    telling_figure(rows, page.with_name(f"{page.stem}-samples.png"))


if __name__ == "__main__":
    main()
