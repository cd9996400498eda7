"""Image systems on MNIST and CIFAR-10, drawn; systems of the plane on the ring and the grid of Gaussians, counted.

Each image system trains in its small form, for minutes on one core. The plane systems train for one number
of steps, on one pair of fully connected networks. Run with `python examples/systems.py --out docs/systems.md`;
runs that exist are read, not repeated, and those that were stopped go on.
"""

import argparse
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from wgan.data import open_source
from wgan.metrics.modes import ModeCoverage, mode_coverage
from wgan.recipes import Recipe
from wgan.report.figures import save_images
from wgan.runs import Run, resume, start
from wgan.studies.training.mode_collapse import PLANE

MNIST: Mapping[str, Any] = {"data.source": "mnist", "data.resolution": 32}
FLAGS = {"data.source": "data", "data.resolution": "resolution"}


@dataclass(frozen=True)
class System:
    """A recipe and what is changed in it.

    Args:
        recipe: its name.
        overrides: fields by dotted name.
        small: whether its small form is the start.
        label: what the tables call it; the recipe's name by default.
    """

    recipe: str
    overrides: Mapping[str, Any] = field(default_factory=lambda: MNIST)
    small: bool = True
    label: str = ""

    @property
    def name(self) -> str:
        """What the tables call it."""
        return self.label or self.recipe

    def command(self, seed: int) -> str:
        """What a user types for the same run."""
        flags = [f"--{FLAGS.get(name, name)} {value}" for name, value in self.overrides.items()]
        return " ".join(["wgan train", self.recipe, *["--small"][: self.small], *flags, f"--seed {seed}"])


IMAGES = [
    System("dcgan"),
    System("wgan-dcgan"),
    System("wgan-gp-resnet", {**MNIST, "iterations": 6000, "compile": "on"}),
    System("sngan-resnet", {**MNIST, "iterations": 8000}),
    System("r1"),
    System("r3gan", {**MNIST, "iterations": 4500}),
    System("stylegan2", {**MNIST, "iterations": 7000}),
    System("progressive"),
    System(
        "wgan-gp-dcgan",
        {
            "data.source": "cifar10",
            "iterations": 15_000,
            "batch": 32,
            "generator_batch": 32,
            "generator.width": 48,
            "generator.norm": "batch",
            "critic.width": 48,
            "schedule.n_critic": 2,
            "final_lr": 0.0,
            "compile": "off",
        },
    ),
]

TOYS = {"ring": "gaussians8", "grid": "gaussians25"}
STEPS = {"gaussians8": 2000, "gaussians25": 10_000}
"""Steps of every generator; the narrow modes of the grid take longer."""

RARELY: Mapping[str, Any] = {**PLANE, "save_every": 10_000, "sample_every": 10_000}

R1, R2 = ({"type": name, "gamma": 0.1} for name in ("R1", "R2"))

PLANES = [
    System("gan-saturating", {}, small=False),
    System("gan", {}, small=False),
    System("lsgan", {}, small=False),
    System("hinge", {}, small=False),
    System("dragan", {}, small=False),
    System("gan", {"lipschitz": [R1]}, small=False, label="R1"),
    System("gan", {"lipschitz": [R1, R2], "loss": "RelativisticPaired"}, small=False, label="R3GAN"),
    System("sngan", {}, small=False),
    System("wgan", {}, small=False),
    System("wgan", {f"{side}_optimizer.lr": 5e-5 for side in ("generator", "critic")}, small=False, label="wgan-5e-5"),
    System("wgan-gp", {"lipschitz.GP.weight": 0.1}, small=False),
    System("wgan-lp", {}, small=False),
    System("wgan-div", {}, small=False),
    System("cowgan", {}, small=False),
]

PUBLISHED = {
    "GAN (PacGAN's paper)": ("6.3", "98.2 %", "17.3", "94.8 %"),
    "PacGAN2": ("7.9", "95.6 %", "23.8", "91.3 %"),
}
"""Lin et al. 2018, PacGAN, https://arxiv.org/abs/1712.04086: modes and high-quality share on the ring and the grid."""


def main() -> None:
    """Trains what is missing and writes the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=Path, default=Path("runs/systems"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=["images", "plane"], help="train and print one part, write no page")
    parser.add_argument("--out", type=Path, help="write the measured part of this page, and its grids beside it")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    parts = []
    if arguments.only != "plane":
        parts.append(image_table(arguments.runs, arguments.seed, arguments.out))
    if arguments.only != "images":
        parts.append(plane_table(arguments.runs, arguments.seed))
    text = "\n\n".join(parts)
    print(text)
    if arguments.out and not arguments.only:
        before, _, _ = arguments.out.read_text().partition("<!-- measured -->")
        arguments.out.write_text(f"{before}<!-- measured -->\n\n{text}\n")


def image_table(runs: Path, seed: int, out: Path | None) -> str:
    """How far each image system came, and its samples."""
    lines = [
        "| command | iterations | CPU minutes | exact W₁ | two batches of data |",
        "|---|---|---|---|---|",
    ]
    pictures = []
    for system in IMAGES:
        run, seconds = trained(system, runs, seed)
        found = run.evaluate()
        lines.append(
            f"| `{system.command(seed)}` | {run.checkpoint.iteration:,} | {seconds / 60:.1f} | {found['w1'].value:.3f} "
            f"| {found['w1'].floor:.3f} |"
        )
        if out:
            picture = out.with_suffix("") / f"{folder_name(system)}.png"
            picture.parent.mkdir(exist_ok=True)
            save_images(run.sample(64, seed=seed), picture)
            title, link = f"{system.name} on {system.overrides['data.source']}", picture.relative_to(out.parent)
            pictures.append(f"**{title}**\n\n![Samples of {title}]({link})")
    return "\n\n".join(["### Images", "\n".join(lines), *pictures])


def plane_table(runs: Path, seed: int) -> str:
    """Modes and high-quality share of 2,500 samples, next to the published ones."""
    lines = [
        "| system | ring: modes of 8 | within 3σ | grid: modes of 25 | within 3σ |",
        "|---|---|---|---|---|",
        *(f"| {name}, published | {' | '.join(values)} |" for name, values in PUBLISHED.items()),
    ]
    for system in PLANES:
        cells = []
        for toy in TOYS.values():
            overrides = {**RARELY, **system.overrides, "data.source": toy, "iterations": STEPS[toy]}
            found = coverage(replace(system, overrides=overrides), runs, seed)
            cells += [str(found.modes_covered), f"{found.high_quality_share:.1%}".replace("%", " %")]
        lines.append(f"| {system.name} | {' | '.join(cells)} |")
    return "\n\n".join(["### Modes", "\n".join(lines)])


def coverage(system: System, runs: Path, seed: int) -> ModeCoverage:
    """What PacGAN's protocol finds: modes reached by 2,500 samples, and the share within 3σ of one."""
    toy = open_source(system.overrides["data.source"])
    assert toy.modes is not None
    assert toy.mode_std is not None
    samples = trained(system, runs, seed)[0].sample(2500, seed=seed)
    return mode_coverage(toy.scaling.encode(samples), toy.modes, toy.mode_std)


def trained(system: System, runs: Path, seed: int) -> tuple[Run, float]:
    """The finished run, trained now if it is not there yet, and the CPU seconds that all its sittings took."""
    path, ledger = place(system, runs, seed), runs / "cpu-seconds.json"
    spent: dict[str, float] = json.loads(ledger.read_text()) if ledger.exists() else {}
    began = time.process_time()
    if finished(system, runs, seed):
        return Run.open(path), spent[path.name]
    recipe = recipe_of(system, seed)
    before = spent.get(path.name, 0.0) if path.exists() else 0.0
    try:
        run = (resume(path, device="cpu") if path.exists() else start(recipe, path, device="cpu")).run
    finally:
        spent[path.name] = before + time.process_time() - began
        ledger.write_text(json.dumps(spent, indent=1))
    return run, spent[path.name]


def finished(system: System, runs: Path, seed: int) -> bool:
    """Whether its run is there, to its last iteration."""
    return (place(system, runs, seed) / "checkpoints" / f"{recipe_of(system, seed).iterations:09d}").exists()


def recipe_of(system: System, seed: int) -> Recipe:
    """What it trains by."""
    return Recipe.named(system.recipe, {**system.overrides, "seed": seed}, small=system.small)


def place(system: System, runs: Path, seed: int) -> Path:
    """Its run directory."""
    return runs / f"{folder_name(system)}-seed-{seed}"


def folder_name(system: System) -> str:
    """What the system is called, and its data."""
    return f"{system.name.lower()}-{system.overrides['data.source']}"


if __name__ == "__main__":
    main()
