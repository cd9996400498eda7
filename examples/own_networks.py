"""Train a generator and a critic of your own: any `nn.Module` with the right shapes will do.

    python examples/own_networks.py --iterations 2000

The generator maps `(B, latent)` to `(B, *shape)`, the critic maps `(B, *shape)` to `(B,)`; nothing else is asked.
"""

import argparse
from pathlib import Path
from tempfile import mkdtemp

import torch
from torch import Tensor, nn

import wgan


class Ring(nn.Module):
    """A generator that knows one thing: the samples lie near a circle."""

    def __init__(self, latent: int) -> None:
        super().__init__()
        self.angle = nn.Sequential(nn.Linear(latent, 64), nn.SiLU(), nn.Linear(64, 2))
        self.radius = nn.Parameter(torch.tensor(0.5))

    def forward(self, latent: Tensor) -> Tensor:
        """Latents `(B, latent)` to points `(B, 2)`."""
        return self.radius * nn.functional.normalize(self.angle(latent), dim=1)


def main() -> None:
    """Trains on points around a circle of radius 3 and says what radius was learned."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--iterations", type=int, default=2000)
    parser.add_argument("--out", type=Path, default=Path(mkdtemp()) / "ring")
    arguments = parser.parse_args()

    draw = torch.Generator().manual_seed(0)
    angles = 2 * torch.pi * torch.rand(4000, generator=draw)
    points = 3 * torch.stack([angles.cos(), angles.sin()], dim=1) + 0.05 * torch.randn(4000, 2, generator=draw)

    generator = Ring(latent=4)
    critic = nn.Sequential(nn.Linear(2, 64), nn.SiLU(), nn.Linear(64, 64), nn.SiLU(), nn.Linear(64, 1), nn.Flatten(0))
    run = wgan.train(
        "wgan-gp",
        points,
        out=arguments.out,
        generator=generator,
        critic=critic,
        iterations=arguments.iterations,
        latent=4,
        overrides={"generator_optimizer.lr": 1e-3, "critic_optimizer.lr": 1e-3},
    )
    radii = run.sample(1000).norm(dim=1)
    print(f"learned radius {radii.mean():.2f} ± {radii.std():.2f}; the data's is 3.00 ± 0.05")


if __name__ == "__main__":
    main()
