"""Where a critic's step spends its time: torch's profiler on one step per network family, as text and a picture.

Run as `python benchmarks/profile_step.py --out docs/speed`.
"""

import argparse
from collections import Counter
from pathlib import Path

import matplotlib as mpl
import torch
from rounds import report
from torch import Tensor
from torch.profiler import ProfilerActivity, profile

from wgan.critic import CriticStep
from wgan.lipschitz import GP, LipschitzMethod, Orthogonal, SpectralNorm
from wgan.losses import Wasserstein
from wgan.networks import DCGAN, MLP, R3GAN, CriticNetwork, Funnel, ResNet, StyleGAN2
from wgan.randomness import stream

mpl.use("agg")
from matplotlib import pyplot as plt

IMAGES = (3, 32, 32)
FAMILIES: dict[str, tuple[CriticNetwork, LipschitzMethod, tuple[int, ...], int]] = {
    "MLP 2×100, GP": (MLP(widths=(100, 100)), GP(), (784,), 64),
    "MLP 3×512, GP": (MLP(widths=(512, 512, 512)), GP(), (2,), 256),
    "MLP 3×256 MaxMin, orthogonal": (MLP(widths=(256, 256, 256), activation="MaxMin"), Orthogonal(), (16,), 256),
    "Funnel 256": (Funnel(centers=256), LipschitzMethod(), (16,), 1024),
    "DCGAN 64, GP": (DCGAN(width=64, norm="none"), GP(), IMAGES, 16),
    "DCGAN 64, SN": (DCGAN(width=64, norm="none"), SpectralNorm(), IMAGES, 16),
    "ResNet 32, GP": (ResNet(width=32), GP(), IMAGES, 8),
    "StyleGAN2 16, GP": (StyleGAN2(capacity=512), GP(), IMAGES, 8),
    "R3GAN 16, GP": (R3GAN(capacity=512), GP(), IMAGES, 8),
}
STEPS = 5
NARROW = 0.12  # of the width of the picture


def costs(family: CriticNetwork, method: LipschitzMethod, shape: tuple[int, ...], batch: int) -> Counter[str]:
    """Microseconds of one step by operation."""
    torch.manual_seed(0)
    critic = family.build_critic(shape)
    method.parametrize(critic)
    step = CriticStep(critic, Wasserstein(), (method,), torch.optim.Adam(critic.parameters(), fused=True))

    draws = [stream(0, "batch", index) for index in range(STEPS + 1)]
    batches = [[torch.randn(batch, *shape, generator=draw) for _ in range(2)] for draw in draws]

    def take(index: int) -> Tensor:
        return step(*batches[index], step=index, progress=0.0, rng=draws[index]).loss

    take(0)
    with profile(activities=[ProfilerActivity.CPU]) as profiler:
        for index in range(1, STEPS + 1):
            take(index)
    return Counter({event.key: event.self_cpu_time_total / STEPS for event in profiler.key_averages()})


def main() -> None:
    """Prints a table and draws it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, help="directory for the table, its numbers and the figure")
    arguments = parser.parse_args()
    found = {name: costs(*case) for name, case in FAMILIES.items()}
    shares = {
        name: [(key, cost / taken.total()) for key, cost in taken.most_common(3)] for name, taken in found.items()
    }
    lines = [
        [name, f"{found[name].total() / 1e3:.1f}", *(f"{key} {share:.0%}" for key, share in top)]
        for name, top in shares.items()
    ]
    report("profile", ["critic", "ms per step", "largest cost", "second", "third"], lines, shares, arguments.out)
    if arguments.out:
        draw(shares, arguments.out / "profile.png")


def draw(shares: dict[str, list[tuple[str, float]]], path: Path) -> None:
    """Stacked bars, one for each critic."""
    figure, axis = plt.subplots(figsize=(9, 0.55 * len(shares) + 1), constrained_layout=True)
    for row, top in enumerate(shares.values()):
        left = 0.0
        for (key, share), color in zip(top, ("tab:blue", "tab:orange", "tab:green"), strict=True):
            axis.barh(row, share, left=left, color=color)
            # A bar too short for its name has it below.
            short = share < NARROW
            place = {"ha": "left" if short else "center", "va": "top" if short else "center"}
            at = (left, row + 0.4) if short else (left + share / 2, row)
            axis.text(*at, key.removeprefix("aten::")[:24], fontsize=6, **place)
            left += share
        axis.barh(row, 1 - left, left=left, color="lightgray")
        if 1 - left > NARROW:
            axis.text((1 + left) / 2, row, "the rest", ha="center", va="center", fontsize=6)
    axis.set_yticks(range(len(shares)), list(shares))
    axis.invert_yaxis()
    axis.set(xlim=(0, 1), xlabel="share of a critic's step")
    figure.savefig(path, dpi=90)


if __name__ == "__main__":
    main()
