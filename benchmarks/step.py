"""Our training iteration, eager and compiled, against the textbook loop, on the same networks, data and settings.

Beside the ratios stands the share of the machine's ceiling that our eager iteration reaches: its floating-point
operations per second over those of the fastest of a few matrix products and convolutions, measured in the same run.
Where that share is near 1, no compiler can help. Nor can anyone be faster than the products and convolutions
themselves: the limit is the ratio if our eager iteration did nothing else. Run with `make bench`, or
`python benchmarks/step.py --only MLP --rounds 20`.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from rounds import milliseconds, ratio, report, seconds, take_turns
from torch import Tensor, nn
from torch.nn.functional import relu, softplus
from torch.nn.utils.parametrizations import spectral_norm
from torch.profiler import ProfilerActivity, profile
from torch.utils.flop_counter import FlopCounterMode

from wgan.data import Source, TensorSource, open_source
from wgan.lipschitz import GP, R1, Clipping, LipschitzMethod, SpectralNorm
from wgan.losses import Hinge, Loss, NonSaturatingGAN, Wasserstein
from wgan.networks import DCGAN, MLP, Network, ResNet
from wgan.networks.activations import Rectifier
from wgan.optimizers import Adam
from wgan.recipes import Recipe
from wgan.schedules import CriticSchedule
from wgan.training import State, train

CRITIC_STEPS = 5
PROFILED = 3
ADAM = Adam(lr=1e-4, betas=(0.5, 0.9))


@dataclass(frozen=True)
class Case:
    """Networks and sizes."""

    name: str
    network: Network
    shape: tuple[int, ...] | None
    batch: int
    latent: int
    repeats: int


CASES = (
    Case("MLP 2×100 at 784", MLP(widths=(100, 100)), (1, 28, 28), 64, 100, 10),
    Case("toy MLP 4×512", MLP(widths=(512, 512, 512)), None, 256, 2, 1),
    Case("DCGAN-32, width 64", DCGAN(width=64, norm="none"), (3, 32, 32), 8, 128, 1),
    Case("ResNet-32, width 32", ResNet(width=32), (3, 32, 32), 4, 128, 1),
)
METHODS: dict[str, tuple[Loss, LipschitzMethod]] = {
    "GP": (Wasserstein(), GP()),
    "clip": (Wasserstein(), Clipping()),
    "SN": (Hinge(), SpectralNorm()),
    "R1": (NonSaturatingGAN(), R1()),
}


def source(case: Case) -> Source:
    """The data: a toy, or noise in the shape of images, which costs a step the same."""
    if case.shape is None:
        return open_source("gaussians25")
    pixels = torch.randint(256, (2000, *case.shape), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    return TensorSource(pixels, "noise")


def ours(case: Case, method: str, data: Source, *, compiled: bool) -> Iterator[object]:
    """The package's loop."""
    loss, lipschitz = METHODS[method]
    recipe = Recipe(
        name="benchmark", loss=loss, lipschitz=(lipschitz,), generator=case.network, critic=case.network,
        generator_optimizer=ADAM, critic_optimizer=ADAM, schedule=CriticSchedule(n_critic=CRITIC_STEPS),
        batch=case.batch, latent=case.latent, iterations=10**9,
    )  # fmt: skip
    return train(State.start(recipe, data.shape), recipe, data, compiled=compiled)


def textbook(case: Case, method: str, data: Source) -> Iterator[object]:
    """The loop that everyone copies: eager, double backward through `autograd.grad`, default Adam, torch's layers."""
    generator, critic = map(
        in_torch, (case.network.build_generator(case.latent, data.shape), case.network.build_critic(data.shape))
    )
    if method == "SN":
        for layer in [m for m in critic.modules() if isinstance(m, (nn.Linear, nn.Conv2d))]:
            spectral_norm(layer)
    settings: dict[str, Any] = {"lr": 1e-4, "betas": (0.5, 0.9)}
    generator_optimizer = torch.optim.Adam(generator.parameters(), **settings)
    critic_optimizer = torch.optim.Adam(critic.parameters(), **settings)
    draw = torch.Generator().manual_seed(0)
    critic_loss, generator_loss = TEXTBOOK[method]
    while True:
        for _ in range(CRITIC_STEPS):
            real = data.sample(case.batch, draw)
            fake = generator(torch.randn(case.batch, case.latent)).detach()
            critic_optimizer.zero_grad()
            critic_loss(critic, real, fake).backward()
            critic_optimizer.step()
            if method == "clip":
                for weight in critic.parameters():
                    weight.data.clamp_(-0.01, 0.01)
        generator_optimizer.zero_grad()
        loss = generator_loss(critic(generator(torch.randn(case.batch, case.latent))))
        loss.backward()
        generator_optimizer.step()
        yield loss.item()


def in_torch(network: nn.Module) -> nn.Module:
    """The network with torch's own rectifiers and memory layout."""
    for module in list(network.modules()):
        for name, child in module.named_children():
            if isinstance(child, Rectifier):
                setattr(module, name, nn.LeakyReLU(child.slope) if child.slope else nn.ReLU())
    return network.to(memory_format=torch.contiguous_format)  # type: ignore[call-overload,no-any-return]


def slope(critic: nn.Module, points: Tensor) -> Tensor:
    """The critic's gradients, as in the scripts of 2017."""
    points = points.requires_grad_(True)
    scores = critic(points)
    (found,) = torch.autograd.grad(scores, points, torch.ones_like(scores), create_graph=True, retain_graph=True)
    return found.flatten(1)


def wasserstein(critic: nn.Module, real: Tensor, fake: Tensor) -> Tensor:
    """WGAN."""
    return critic(fake).mean() - critic(real).mean()


def wasserstein_gp(critic: nn.Module, real: Tensor, fake: Tensor) -> Tensor:
    """WGAN-GP."""
    share = torch.rand(len(real), *[1] * (real.dim() - 1))
    slopes = slope(critic, share * real + (1 - share) * fake)
    return wasserstein(critic, real, fake) + 10 * ((slopes.norm(2, dim=1) - 1) ** 2).mean()


def hinge(critic: nn.Module, real: Tensor, fake: Tensor) -> Tensor:
    """The hinge loss."""
    return relu(1 - critic(real)).mean() + relu(1 + critic(fake)).mean()


def logistic_r1(critic: nn.Module, real: Tensor, fake: Tensor) -> Tensor:
    """The GAN with R1."""
    plain = softplus(-critic(real)).mean() + softplus(critic(fake)).mean()
    return plain + 5 * (slope(critic, real) ** 2).sum(1).mean()


TEXTBOOK: dict[str, tuple[Callable[..., Tensor], Callable[[Tensor], Tensor]]] = {
    "GP": (wasserstein_gp, lambda scores: -scores.mean()),
    "clip": (wasserstein, lambda scores: -scores.mean()),
    "SN": (hinge, lambda scores: -scores.mean()),
    "R1": (logistic_r1, lambda scores: softplus(-scores).mean()),
}


def ceiling() -> float:
    """The most floating-point operations per second that a matrix product or a convolution reaches here."""
    best = 0.0
    square, image, kernel = torch.randn(512, 512), torch.randn(16, 64, 16, 16), torch.randn(64, 64, 3, 3)
    for step, count in (
        (lambda: square @ square, 2 * 512**3),
        (lambda: nn.functional.conv2d(image, kernel, padding=1), 2 * 16 * 64 * 256 * 64 * 9),
    ):
        best = max(best, *(count / seconds(step, 10) for _ in range(10)))
    return best


class OneModule:
    """In place of the counter's view of the modules, whose hooks `autograd.grad` does not bear."""

    parents = ("Global",)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *error: object) -> None:
        pass


def operations_of(step: Callable[[], object]) -> int:
    """Floating-point operations of matrix products and convolutions in one step."""
    counter = FlopCounterMode(display=False)
    counter.mod_tracker = OneModule()  # type: ignore[assignment]
    with counter:
        step()
    return int(counter.get_total_flops())


def share_of_products(step: Callable[[], object]) -> float:
    """The share of matrix products and convolutions in the time of a step."""
    with profile(activities=[ProfilerActivity.CPU]) as profiler:
        for _ in range(PROFILED):
            step()
    taken = {event.key: event.self_cpu_time_total for event in profiler.key_averages()}
    return sum(time for key, time in taken.items() if key.endswith("mm") or "conv" in key) / sum(taken.values())


def measure(case: Case, method: str, rounds: int) -> dict[str, Any]:
    """Interleaved rounds of the three loops."""
    torch._dynamo.reset()
    data = source(case)
    loops = {
        "textbook": textbook(case, method, data),
        "eager": ours(case, method, data, compiled=False),
    }
    next(loops["eager"])
    operations = operations_of(loops["eager"].__next__)
    first = 0.0
    if METHODS[method][1].penalises:  # without one there is nothing to compile
        loops["compiled"] = ours(case, method, data, compiled=True)
        first = seconds(loops["compiled"].__next__, 1, time.perf_counter)
    taken = take_turns({name: loop.__next__ for name, loop in loops.items()}, rounds, case.repeats)
    milli = {name: milliseconds(taken, name) for name in loops}
    return {
        "case": case.name, "method": method, "milliseconds": milli, "compile_seconds": first,
        **{name: ratio(taken, "textbook", name) for name in loops if name != "textbook"},
        "limit": ratio(taken, "textbook", "eager")[0] / share_of_products(loops["eager"].__next__),
        "operations": operations, "share": {name: operations / milli[name] * 1e3 / ceiling() for name in milli},
    }  # fmt: skip


def row(found: dict[str, Any]) -> list[str]:
    """A line of the table."""
    milli, share, named = found["milliseconds"], found["share"], ("textbook", "eager", "compiled")
    ratios = ["{:.2f} ({:.2f}–{:.2f})".format(*found[name]) if name in found else "" for name in named[1:]]
    shares = ", ".join(f"{share[name]:.0%}" for name in named[1:] if name in share)
    first = f"{found['compile_seconds']:.0f}" if "compiled" in found else ""
    times = [f"{milli[name]:.1f}" if name in milli else "" for name in named]
    return [found["case"], found["method"], *times, *ratios, f"{found['limit']:.1f}", shares, first]


def main() -> None:
    """Prints a table, a line as soon as it is measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--only", default="", help="cases whose name holds this")
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--out", type=Path, help="directory for the table and its numbers")
    arguments = parser.parse_args()
    rows = []
    for case in CASES:
        for method in arguments.methods.split(","):
            if arguments.only in case.name:
                rows.append(measure(case, method, arguments.rounds))
                print(*row(rows[-1]), sep=" | ", flush=True)
    header = [
        "networks", "method", "textbook, ms", "eager, ms", "compiled, ms", "textbook / eager (quartiles)",
        "textbook / compiled (quartiles)", "limit", "share of the ceiling: eager, compiled", "first compiled step, s",
    ]  # fmt: skip
    report("step", header, [row(found) for found in rows], rows, arguments.out)


if __name__ == "__main__":
    main()
