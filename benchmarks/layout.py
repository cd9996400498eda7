"""Which memory layout suits which network: iterations with channels last against iterations with channels first.

In torch a convolution answers in its weights' layout, so that a network chooses by how it is built, and nothing else
changes. Run as `python benchmarks/layout.py --out docs/speed`.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import torch
from rounds import Step, milliseconds, ratio, report, take_turns, training
from torch import nn

from wgan.lipschitz import GP
from wgan.losses import Wasserstein
from wgan.networks import DCGAN, R3GAN, Network, ResNet, StyleGAN2
from wgan.optimizers import Adam
from wgan.recipes import Recipe

LAYOUTS = {"channels first": torch.contiguous_format, "channels last": torch.channels_last}
NETWORKS: dict[str, tuple[Network, int]] = {
    "DCGAN, width 64": (DCGAN(width=64, norm="none"), 8),
    "DCGAN, width 32": (DCGAN(width=32, norm="none"), 32),
    "ResNet, width 32": (ResNet(width=32), 4),
    "ResNet, width 16, widest 64": (ResNet(width=16, widest=64), 16),
    "R3GAN, capacity 256": (R3GAN(capacity=256, widest=64, blocks=1), 16),
    "StyleGAN2, capacity 256": (StyleGAN2(capacity=256, widest=64, style=64), 16),
    "StyleGAN2, capacity 1024": (StyleGAN2(capacity=1024, widest=128, style=64), 8),
}


@dataclass(frozen=True, kw_only=True)
class LaidOut(Network):
    """A network with its weights in a layout.

    Args:
        network: the network.
        layout: the layout.
    """

    network: Network
    layout: torch.memory_format

    def build_generator(self, latent: int, shape: tuple[int, ...]) -> nn.Module:
        """See `Network.generator`."""
        return self.network.build_generator(latent, shape).to(memory_format=self.layout)  # type: ignore[call-overload]

    def build_critic(self, shape: tuple[int, ...]) -> nn.Module:
        """See `Network.critic`."""
        return self.network.build_critic(shape).to(memory_format=self.layout)  # type: ignore[call-overload]


def iterations(network: Network, batch: int, *, compiled: bool) -> Step:
    """A loop of WGAN-GP over noise in the shape of CIFAR-10; a call is one iteration."""
    recipe = Recipe(
        name="layout", loss=Wasserstein(), lipschitz=(GP(),), generator=network, critic=network,
        generator_optimizer=Adam(), critic_optimizer=Adam(), batch=batch, latent=64, iterations=10**9,
    )  # fmt: skip
    return training(recipe, (3, 32, 32), compiled=compiled)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="a directory for the table and the numbers")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--compiled", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    rows, numbers = [], []
    for name, (network, batch) in NETWORKS.items():
        contenders = {
            layout: iterations(LaidOut(network=network, layout=order), batch, compiled=arguments.compiled)
            for layout, order in LAYOUTS.items()
        }
        taken = take_turns(contenders, arguments.rounds, repeats=1)
        found = ratio(taken, *LAYOUTS)
        milli = [f"{milliseconds(taken, layout):.0f}" for layout in LAYOUTS]
        rows.append([name, str(batch), *milli, "{:.2f} ({:.2f}–{:.2f})".format(*found)])
        numbers.append({"network": name, "batch": batch, "seconds": taken, "ratio": found})
        print(*rows[-1], sep=" | ", flush=True)
    header = ["network", "batch", *(f"{layout}, ms" for layout in LAYOUTS), "first / last (quartiles)"]
    report("layout", header, rows, numbers, arguments.out)


if __name__ == "__main__":
    main()
