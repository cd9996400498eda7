"""Our training iteration against the textbook loop of WGAN-GP, on the same networks, data and settings.

The two take turns, round by round, so that a machine whose speed drifts slows both; what is reported is the ratio of
each round and its median. Run with `make bench`, or `python benchmarks/step.py --rounds 20 --json bench.json`.
"""

import argparse
import json
import platform
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import torch
from torch import Tensor, nn

from wgan.data import Source, TensorSource, open_source
from wgan.recipes import Recipe
from wgan.training import State, train


@dataclass(frozen=True)
class Case:
    """One pair of networks."""

    name: str
    data: str
    widths: tuple[int, ...]
    batch: int
    latent: int


CASES = (
    Case("MLP 2×100 at 784", "mnist-like", (100, 100), 64, 100),
    Case("toy MLP 4×512 (three hidden layers)", "gaussians25", (512, 512, 512), 256, 2),
)


def source(case: Case) -> Source:
    """The data: a toy, or noise in MNIST's shape, which costs a step the same as MNIST."""
    if case.data != "mnist-like":
        return open_source(case.data)
    pixels = torch.randint(256, (10_000, 1, 28, 28), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    return TensorSource(pixels, case.data)


def ours(case: Case, data: Source) -> Iterator[object]:
    """The package's loop."""
    fields = {
        "batch": case.batch,
        "latent": case.latent,
        "generator.widths": case.widths,
        "critic.widths": case.widths,
        "iterations": 10**9,
    }
    recipe = Recipe.named("wgan-gp", fields)
    return train(State.start(recipe, data.shape), recipe, data)


def textbook(case: Case, data: Source) -> Iterator[object]:
    """The loop that everyone copies: eager, double backward through `autograd.grad`, default Adam."""
    size = data.sample(1, torch.Generator()).numel()
    generator, critic = perceptron(case.latent, case.widths, size), perceptron(size, case.widths, 1)
    settings = {"lr": 1e-4, "betas": (0.5, 0.9)}
    generator_optimizer = torch.optim.Adam(generator.parameters(), **settings)
    critic_optimizer = torch.optim.Adam(critic.parameters(), **settings)
    draw = torch.Generator().manual_seed(0)
    while True:
        for _ in range(5):
            real = data.sample(case.batch, draw).flatten(1)
            fake = generator(torch.randn(case.batch, case.latent)).detach()
            critic_optimizer.zero_grad()
            loss = critic(fake).mean() - critic(real).mean() + gradient_penalty(critic, real, fake)
            loss.backward()
            critic_optimizer.step()
        generator_optimizer.zero_grad()
        (-critic(generator(torch.randn(case.batch, case.latent))).mean()).backward()
        generator_optimizer.step()
        yield loss.item()


def gradient_penalty(critic: nn.Module, real: Tensor, fake: Tensor) -> Tensor:
    """As in the scripts of 2017."""
    share = torch.rand(len(real), 1)
    between = (share * real + (1 - share) * fake).requires_grad_(True)
    scores = critic(between)
    (slope,) = torch.autograd.grad(scores, between, torch.ones_like(scores), create_graph=True, retain_graph=True)
    return 10 * ((slope.norm(2, dim=1) - 1) ** 2).mean()


def perceptron(inputs: int, widths: tuple[int, ...], outputs: int) -> nn.Sequential:
    """Linear and ReLU layers."""
    sizes = (inputs, *widths)
    hidden = [layer for a, b in zip(sizes, widths, strict=False) for layer in (nn.Linear(a, b), nn.ReLU())]
    return nn.Sequential(*hidden, nn.Linear(sizes[-1], outputs))


def seconds(step: Callable[[], object], repeats: int) -> float:
    """Wall time of one iteration."""
    began = time.perf_counter()
    for _ in range(repeats):
        step()
    return (time.perf_counter() - began) / repeats


def measure(case: Case, rounds: int, repeats: int) -> dict[str, object]:
    """Interleaved rounds of both loops."""
    data = source(case)
    loops = {"ours": ours(case, data), "textbook": textbook(case, data)}
    for loop in loops.values():
        seconds(loop.__next__, repeats)
    taken = [{name: seconds(loop.__next__, repeats) for name, loop in loops.items()} for _ in range(rounds)]
    ratios = sorted(round_["textbook"] / round_["ours"] for round_ in taken)
    return {
        "case": case.name,
        "ours_ms": median(1e3 * round_["ours"] for round_ in taken),
        "textbook_ms": median(1e3 * round_["textbook"] for round_ in taken),
        "ratio": median(ratios),
        "ratio_quartiles": [ratios[len(ratios) // 4], ratios[-1 - len(ratios) // 4]],
    }


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--repeats", type=int, default=20, help="iterations per round")
    parser.add_argument("--json", type=Path, help="write the numbers here too")
    arguments = parser.parse_args()
    machine = f"{platform.machine()}, torch {torch.__version__}, {torch.get_num_threads()} thread(s)"
    print(f"{machine}; one iteration = 5 critic steps and 1 of the generator")
    print(f"{'case':<38}{'ours, ms':>10}{'textbook, ms':>14}{'textbook / ours':>17}{'quartiles':>14}")
    rows = [measure(case, arguments.rounds, arguments.repeats) for case in CASES]
    for row in rows:
        low, high = row["ratio_quartiles"]
        print(
            f"{row['case']:<38}{row['ours_ms']:>10.2f}{row['textbook_ms']:>14.2f}{row['ratio']:>17.2f}"
            f"{low:>7.2f}–{high:.2f}"
        )
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
