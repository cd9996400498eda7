"""A critic times κ: which optimizers make the generator's path the same, and up to which κ."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor, nn

from wgan.networks import MLP
from wgan.optimizers import SGD, Adam, Optimizer, RMSprop
from wgan.randomness import derive_seed, stream
from wgan.studies.check import Check
from wgan.studies.rows import Measures, Row, Rows, Settings, grid
from wgan.studies.study import Chapter, Study

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["KappaAndRate"]

OPTIMIZERS: Mapping[str, Optimizer] = {
    "SGD": SGD(lr=0.02),
    "momentum": SGD(lr=2e-3, momentum=0.9),
    "RMSprop": RMSprop(lr=1e-3),
    "RMSprop, ε = 10⁻²⁰": RMSprop(lr=1e-3, eps=1e-20),
    "Adam": Adam(lr=1e-3),
}
SUITED = {"SGD": "lr/κ", "momentum": "lr/κ", "RMSprop": "lr", "RMSprop, ε = 10⁻²⁰": "lr", "Adam": "lr"}
"""The rate that should give the same path: a gradient's scale divides out of an adaptive step already."""

POWERS = (-8, -6, -4, -2, -1, 0, 2)
SAME = 1e-3
"""Of the length of the path, by how far it may end elsewhere."""


class KappaAndRate(Study):
    """The end of a generator's path with f and with κf."""

    name: ClassVar[str] = "kappa-and-rate"
    title = "κ and the learning rate"
    chapter = Chapter.CRITIC
    claims = ("C16",)
    question = "Does a learning rate absorb an unknown scale κ of the critic?"
    criterion = (
        "With κf in the place of f and the rate that suits the optimizer, lr/κ for SGD with and without momentum and "
        "the same lr for RMSprop and Adam (ε = 10⁻⁸, and once 10⁻²⁰), the generator's weights end at the same place, "
        "within a thousandth of the length of their way, for κ from 10⁻⁸ to 100."
    )
    refuted_if = "The paths end farther apart than that, for an optimizer and some κ."
    control = "SGD whose rate is left as it is: its path must end elsewhere."
    caption = (
        "How far from the path with f the path with κf ends, as a share of its length, a dot for each seed, with the "
        "suitable rate (lines) and with the other one (crosses). Grey: the same path."
    )
    deviations = (
        "The critic is a smooth cone around the place of the data and stays as it is, so that only the scale differs.",
        "The design is the second: on a linear critic, where gradient descent ran away, two full runs were discarded, "
        "and the level of ε = 10⁻²⁰ joined the criterion after their results had been seen.",
    )
    size = (7.5, 4.0)

    def design(self, quick: bool) -> Sequence[Settings]:
        kappas = [10.0**power for power in (POWERS[::3] if quick else POWERS)]
        steps = (30 if quick else 300,)
        return [
            *(
                {**row, "rate": SUITED[row["optimizer"]]}
                for row in grid(optimizer=OPTIMIZERS, kappa=kappas, steps=steps, seed=range(3 if quick else 5))
            ),
            *(
                {**row, "rate": "lr" if SUITED[row["optimizer"]] == "lr/κ" else "lr/κ", "control": True}
                for row in grid(optimizer=OPTIMIZERS, kappa=(0.01,), steps=(30,), seed=range(3))
            ),
        ]

    def measure(self, settings: Settings) -> Measures:
        optimizer, kappa = OPTIMIZERS[settings["optimizer"]], settings["kappa"]
        lr = optimizer.lr / kappa if settings["rate"] == "lr/κ" else optimizer.lr
        start, plain_end = path(optimizer, optimizer.lr, 1.0, settings)
        _, scaled_end = path(optimizer, lr, kappa, settings)
        return {"apart": float((scaled_end - plain_end).norm() / (plain_end - start).norm())}

    def checks(self, rows: Rows) -> Iterable[Check]:
        for optimizer, part in rows.by("optimizer"):
            what = f"end of the path of {optimizer} with {SUITED[optimizer]}, over its length"
            for kappa, found in part.by("kappa"):
                yield Check(what, found.values("apart"), high=SAME, factor="κ", level=kappa, possible=(0, float("inf")))

    def control_check(self, rows: Rows) -> Check:
        apart = rows.where(optimizer="SGD").values("apart")
        return Check("end of the path of SGD with lr, over its length", apart, high=SAME)

    def draw(self, rows: Rows, figure: "Figure") -> None:
        axes = figure.subplots()
        asked, control = rows.parted()
        for index, (optimizer, part) in enumerate(asked.by("optimizer")):
            label = f"{optimizer}, {SUITED[optimizer]}"
            means = [(kappa, sum(shown_apart(row) for row in found) / len(found)) for kappa, found in part.by("kappa")]
            axes.plot(*zip(*means, strict=True), color=f"C{index}", label=label)
            axes.plot(part.values("kappa"), [shown_apart(r) for r in part], "o", color=f"C{index}", alpha=0.6)
            other = control.where(optimizer=optimizer)
            rate = other[0]["rate"]
            at = [row["kappa"] * 1.15**index for row in other]
            axes.plot(at, other.values("apart"), "x:", color=f"C{index}", label=f"{optimizer}, {rate} (control)")
        axes.axhspan(1e-8, SAME, color="0.5", alpha=0.15, lw=0)
        axes.set(xscale="log", yscale="log", xlabel="κ", ylabel="distance of the ends / length of the path")
        axes.set_ylim(1e-8, None)
        figure.legend(*axes.get_legend_handles_labels(), loc="outside right upper", fontsize=8)

    def remarks(self, rows: Rows) -> Iterable[str]:
        asked, _ = rows.parted()
        for optimizer in ("RMSprop", "Adam"):
            part = asked.where(optimizer=optimizer)
            far = [kappa for kappa, found in part.by("kappa") if kappa < 1 and max(found.values("apart")) > SAME]
            if far:
                yield f"{optimizer} ends elsewhere from κ = {max(far):.0e} down."
        small = max(asked.where(optimizer="RMSprop, ε = 10⁻²⁰").values("apart"))
        yield (
            f"It is the 10⁻⁸ that keeps RMSprop from dividing by zero: with 10⁻²⁰ in its place all paths end within "
            f"{small:.0e} of their length."
        )


def shown_apart(row: Row) -> float:
    """The distance as an axis of powers can show it."""
    return max(float(row["apart"]), 2e-8)


def smooth_cone(x: Tensor) -> Tensor:
    r"""$f(x) = -\sqrt{1 + \|x - m\|^2}$, as steep as 1 at most, with its greatest value at the data's place."""
    return -(1 + (x - 3).square().sum(1)).sqrt()


def path(optimizer: Optimizer, lr: float, kappa: float, settings: Settings) -> tuple[Tensor, Tensor]:
    """The generator's weights at the start and at the end, as vectors."""
    seed = settings["seed"]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive_seed(seed, "initialisation"))
        generator = MLP(widths=(32, 32)).build_generator(2, (2,))
    start = nn.utils.parameters_to_vector(generator.parameters()).detach().clone()
    descent = optimizer.build(generator.parameters())
    for group in descent.param_groups:
        group["lr"] = lr
    for index in range(settings["steps"]):
        latent = torch.randn(64, 2, generator=stream(seed, "latent", index))
        descent.zero_grad()
        (-kappa * smooth_cone(generator(latent)).mean()).backward()  # type: ignore[no-untyped-call]
        descent.step()
    return start, nn.utils.parameters_to_vector(generator.parameters()).detach()
