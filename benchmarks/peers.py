"""Our iteration against torchgan's trainer, on the same fully connected networks, batch and number of critic steps.

torchgan is not a dependency: `pip install --no-deps torchgan` first. It needs torchvision for writing images alone,
which this does not do, so an empty module stands in where no torchvision fits the installed torch.
Run as `python benchmarks/peers.py --rounds 10`.
"""

import argparse
import itertools
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from rounds import milliseconds, ratio, report, take_turns
from step import ADAM, CASES, Case, ours, source
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

os.environ["TENSORBOARD_LOGGING"] = "0"
CRITIC_STEPS = 5
ACTIVATION = nn.ReLU


def stand_in() -> None:
    """Puts empty modules in place of a torchvision that does not load."""
    for name in [name for name in sys.modules if name.startswith("torchvision")]:
        del sys.modules[name]
    vision = ModuleType("torchvision")
    for part in ("utils", "models", "transforms", "datasets"):
        module = ModuleType(f"torchvision.{part}")
        setattr(vision, part, module)
        sys.modules[module.__name__] = module
    sys.modules["torchvision"] = vision


try:
    import torchvision  # noqa: F401
except (ImportError, RuntimeError):
    stand_in()

from torchgan.losses import (  # noqa: E402
    WassersteinDiscriminatorLoss,
    WassersteinGeneratorLoss,
    WassersteinGradientPenalty,
)
from torchgan.models import Discriminator, Generator  # noqa: E402
from torchgan.trainer import Trainer  # noqa: E402


def layers(sizes: tuple[int, ...]) -> nn.Sequential:
    """Linear layers with ReLU between."""
    pairs = itertools.pairwise(sizes)
    return nn.Sequential(*[part for a, b in pairs for part in (nn.Linear(a, b), ACTIVATION())][:-1])


class PeerGenerator(Generator):
    """The generator, as torchgan wants it."""

    def __init__(self, latent: int, widths: tuple[int, ...], size: int) -> None:
        super().__init__(latent, "none")
        self.layers = layers((latent, *widths, size))

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        """`(B, latent) -> (B, size)`."""
        return self.layers(z)


class PeerCritic(Discriminator):
    """The critic, as torchgan wants it."""

    def __init__(self, widths: tuple[int, ...], size: int) -> None:
        super().__init__(size, "none")
        self.layers = layers((size, *widths, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """`(B, size) -> (B, 1)`."""
        return self.layers(x)


def torchgan(case: Case) -> Iterator[object]:
    """Five batches through torchgan's trainer, which steps its generator once for them."""
    data = source(case)
    size, adam = data.sample(1, torch.Generator()).numel(), {"lr": ADAM.lr, "betas": ADAM.betas}
    rows = data.sample(2000, torch.Generator().manual_seed(0)).flatten(1)
    loader = DataLoader(TensorDataset(rows, torch.zeros(len(rows))), case.batch, shuffle=True, drop_last=True)

    def model(kind: type[nn.Module], **arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - a constructor's own
        return {"name": kind, "args": arguments, "optimizer": {"name": torch.optim.Adam, "args": adam}}

    widths = case.network.widths
    with tempfile.TemporaryDirectory() as scratch:
        trainer = Trainer(
            {
                "generator": model(PeerGenerator, latent=case.latent, widths=widths, size=size),
                "discriminator": model(PeerCritic, widths=widths, size=size),
            },
            [WassersteinGeneratorLoss(), WassersteinDiscriminatorLoss(), WassersteinGradientPenalty()],
            device=torch.device("cpu"), ncritic=CRITIC_STEPS, sample_size=1,
            checkpoints=f"{scratch}/model", recon=f"{scratch}/images",
        )  # fmt: skip
        batches = itertools.chain.from_iterable(itertools.repeat(loader))
        while True:
            for _ in range(CRITIC_STEPS):
                trainer.real_inputs, trainer.labels = next(batches)
                found = trainer.train_iter()
                trainer.loss_information["discriminator_iters"] += found[3]
                trainer.loss_information["generator_iters"] += found[2]
            yield found


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--out", type=Path, help="directory for the table and its numbers")
    arguments = parser.parse_args()
    rows, lines = [], []
    for case in CASES[:2]:
        torch._dynamo.reset()
        loops = {
            "torchgan": torchgan(case),
            "eager": ours(case, "GP", source(case), compiled=False),
            "compiled": ours(case, "GP", source(case), compiled=True),
        }
        taken = take_turns({name: loop.__next__ for name, loop in loops.items()}, arguments.rounds, case.repeats)
        ratios = {name: ratio(taken, "torchgan", name) for name in ("eager", "compiled")}
        rows.append({"case": case.name, "milliseconds": {n: milliseconds(taken, n) for n in loops}, "ratios": ratios})
        lines.append([case.name, *(f"{milliseconds(taken, name):.1f}" for name in loops),
                      *("{:.2f} ({:.2f}–{:.2f})".format(*ratios[name]) for name in ratios)])  # fmt: skip
    header = ["networks", "torchgan, ms", "eager, ms", "compiled, ms", "torchgan / eager (quartiles)",
              "torchgan / compiled (quartiles)"]  # fmt: skip
    report("peers", header, lines, rows, arguments.out)


if __name__ == "__main__":
    main()
