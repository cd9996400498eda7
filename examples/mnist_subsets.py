"""WGAN against GAN on subsets of MNIST, with networks of two hidden layers of 100: one class, then two.

The comparison of Hitchcock's project on the WGAN paper, measured: exact W₁ between generated samples and as many test
images (pixels in [0, 1]), three seeds each. Run with `python examples/mnist_subsets.py --out docs/mnist-subsets.md`;
runs that exist are read, not repeated.
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

import torch
from torch import Tensor

from wgan.data import FiniteSource, TensorSource, open_source
from wgan.distances.exact import wasserstein
from wgan.randomness import stream
from wgan.recipes import Recipe
from wgan.runs import Run, resume, start

NETWORKS = {"generator.widths": [100, 100], "critic.widths": [100, 100], "latent": 16}


@dataclass(frozen=True)
class System:
    """One row of the table."""

    recipe: str
    lr: float
    iterations: int

    @property
    def label(self) -> str:
        """How the table names it."""
        return f"`{self.recipe}`, learning rate {self.lr:g}"


def systems(budget: int) -> list[System]:
    """All with the same number of gradient steps, critic and generator together: WGAN's for `budget` iterations."""
    schedule = Recipe.named("wgan").schedule
    steps = budget + sum(schedule.critic_steps(iteration) for iteration in range(budget))
    return [
        System("wgan", 5e-5, budget),
        System("wgan", 2e-4, budget),
        System("gan-saturating", 2e-4, steps // 2),
        System("gan", 2e-4, steps // 2),
    ]


def trained(system: System, classes: str, seed: int, folder: Path) -> Run:
    """The finished run, trained now if it is not there yet."""
    path = folder / f"{system.recipe}-{system.lr:g}-classes-{classes.replace(',', '')}-seed-{seed}"
    fields = {
        **NETWORKS,
        "data.source": "mnist",
        "data.classes": classes,
        "generator_optimizer.lr": system.lr,
        "critic_optimizer.lr": system.lr,
        "iterations": system.iterations,
        "save_every": 5000,
        "sample_every": 5000,
        "seed": seed,
    }
    recipe = Recipe.named(system.recipe, fields)
    if not path.exists():
        return start(recipe, path, device="cpu").run
    run = Run.open(path)
    return run if run.checkpoint.iteration == recipe.iterations else resume(path, device="cpu").run


def class_shares(samples: Tensor, data: TensorSource) -> list[float]:
    """The share of the samples whose nearest training image has each label."""
    assert data.labels is not None
    images = data.scaling.decode(data.subset(len(data), stream(0, "all"))).flatten(1)
    labels = data.labels[torch.randperm(len(data), generator=stream(0, "all"))]
    nearest = torch.cat([torch.cdist(part, images).argmin(1) for part in samples.flatten(1).split(250)])
    return (torch.bincount(labels[nearest], minlength=len(data.classes)) / len(samples)).tolist()


def real(source: FiniteSource, count: int, seed: int) -> Tensor:
    """Images in [0, 1]."""
    return source.scaling.decode(source.subset(count, stream(seed, "comparison")))


def compare(classes: str, budget: int, seeds: int, folder: Path) -> list[dict[str, object]]:
    """One row per system, and the two yardsticks first."""
    train, test = open_source("mnist", classes=classes.split(","), pixel_range=(0.0, 1.0)).split()
    count = min(1000, len(test))
    held_out = [real(test, count, seed) for seed in range(seeds)]
    others = [real(train, count, seed) for seed in range(seeds)]
    average = real(train, len(train), 0).mean(0, keepdim=True).expand(count, -1, -1, -1)
    rows: list[dict[str, object]] = [
        {"system": "training images", "w1": [wasserstein(x, y) for x, y in zip(others, held_out, strict=True)]},
        {"system": "their mean, repeated", "w1": [wasserstein(average, y) for y in held_out]},
    ]
    for system in systems(budget):
        drawn = [trained(system, classes, seed, folder).sample(count, seed=seed) for seed in range(seeds)]
        shares = [class_shares(samples, train) for samples in drawn]
        rows.append(
            {
                "system": system.label,
                "iterations": system.iterations,
                "w1": [wasserstein(x, y) for x, y in zip(drawn, held_out, strict=True)],
                "smallest_share": min(min(share) for share in shares),
            }
        )
    return rows


def table(rows: list[dict[str, object]], classes: str) -> str:
    """Markdown."""
    lines = [
        f"### Classes {classes}",
        "",
        "| samples | generator steps | exact W₁, each seed | mean | smallest share of a class |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        values = [float(value) for value in row["w1"]]  # type: ignore[attr-defined]
        each = " ".join(f"{value:.3f}" for value in values)
        share = f"{row['smallest_share']:.2f}" if "smallest_share" in row else ""
        lines.append(f"| {row['system']} | {row.get('iterations', '')} | {each} | {mean(values):.3f} | {share} |")
    return "\n".join(lines)


def main() -> None:
    """Trains what is missing and prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--iterations", type=int, default=6000, help="generator steps of the WGAN")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--runs", type=Path, default=Path("runs/mnist-subsets"))
    parser.add_argument("--out", type=Path, help="write the measured part of this page too")
    arguments = parser.parse_args()
    found = {c: compare(c, arguments.iterations, arguments.seeds, arguments.runs) for c in ("0", "0,1")}
    text = "\n\n".join(table(rows, classes) for classes, rows in found.items())
    print(text)
    if arguments.out:
        before, _, _ = arguments.out.read_text().partition("<!-- measured -->")
        arguments.out.write_text(f"{before}<!-- measured -->\n\n{text}\n")
        arguments.out.with_suffix(".json").write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
