"""What a WGAN minimises, by its critic: free images against a fully connected and a convolutional critic."""

from collections.abc import Iterable, Sequence
from statistics import fmean
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import unfold

from wgan.critic import CriticStep
from wgan.distances import Sliced, transport, wasserstein
from wgan.lipschitz import GP
from wgan.losses import Wasserstein
from wgan.networks import MLP
from wgan.randomness import derive_seed, stream
from wgan.studies.check import Check
from wgan.studies.drawing import every_seed
from wgan.studies.rows import Measures, Rows, Settings, grid
from wgan.studies.study import Chapter, Study
from wgan.studies.trained import held_out

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Why"]

DATA, SIDE = 512, 3
CRITICS = {"connected": "fully connected", "patches": "convolutional"}
CLOSER, LESS = 0.95, 0.9


class Why(Study):
    """Free images, which are what a generator makes of fixed latents, after training against each critic."""

    name: ClassVar[str] = "why"
    title = "What a WGAN minimises"
    chapter = Chapter.CAUSES
    claims = ("Q8",)
    question = "Is it the Wasserstein distance between whole images that makes a WGAN succeed?"
    criterion = (
        "One account of the success is that what a WGAN minimises hangs on the critic. Of images that are free to be "
        "anything, those that learn from a fully connected critic are at most 95 % as far in W₁ from the data as that "
        "many held-out data are, as means of data can be and samples cannot; they are at most 90 % as far as those "
        "that learn from a convolutional critic; and the sliced W₁ between patches of 3×3 pixels is for the latter at "
        "most 90 % of that of the former. This is asked of 16, 64 and 160 images beside 512 data."
    )
    refuted_if = "Images that are no closer to the data than data are, or critics whose images do not differ like this."
    control = "Other held-out data in the place of the learned images: they must not be closer."
    caption = (
        "Above: data and images that learned from each critic. Below, over the number of images, a dot for each seed: "
        "exact W₁ to 512 data as a share of that of as many held-out data; how alike the images are to the means of "
        "the data that the exact plan gives them, as a cosine; sliced W₁ between patches. Black: held-out data."
    )
    deviations = (
        "Digits of 8×8 pixels, images without a generator, and critics with a gradient penalty: the account is that of "
        "later work, which the sources do not name.",
        "Patches are compared by the sliced distance, because the exact one between samples of nine numbers is mostly "
        "noise.",
        "The criterion is the second: a pilot of one seed showed that any blurred image would have met the first.",
    )
    size = (9.5, 6.0)

    def design(self, quick: bool) -> Sequence[Settings]:
        counts, steps = ((16, 64), (40,)) if quick else ((16, 64, 160), (400,))
        return [
            *grid(critic=CRITICS, images=counts, steps=steps, seed=range(3)),
            *grid(control=(True,), critic=("none",), images=counts, steps=(0,), seed=range(3)),
        ]

    def measure(self, settings: Settings) -> Measures:
        seed, count = settings["seed"], settings["images"]
        learns, held = held_out("digits")
        data, others = (part.subset(n, stream(seed, "data")) for part, n in ((learns, DATA), (held, 2 * count)))
        images = others[count:] if settings.get("control") else learned(data, settings)
        few = images[:8, 0] if count == 64 and seed == 0 else images[:0, 0]
        return {
            "closer": wasserstein(images, data) / wasserstein(others[:count], data),
            "alike": likeness(images, data),
            "patch_w1": float(Sliced(directions=64)(patches(images), patches(data))),
            "shown": [[[round(50 * (v + 1)) for v in line] for line in image] for image in few.clamp(-1, 1).tolist()],
        }

    def checks(self, rows: Rows) -> Iterable[Check]:
        for count, part in rows.by("images"):
            what, closer = "W₁ to the data, over that of held-out data", part.where(critic="connected").values("closer")
            yield Check(what, closer, high=CLOSER, factor="images", level=count)
        for count, part in rows.by("images"):
            what = "W₁ of images, fully connected over convolutional"
            yield Check(what, over(part, "closer", "connected", "patches"), high=LESS, factor="images", level=count)
        for count, part in rows.by("images"):
            what = "sliced W₁ of patches, convolutional over fully connected"
            yield Check(what, over(part, "patch_w1", "patches", "connected"), high=LESS, factor="images", level=count)

    def control_check(self, rows: Rows) -> Check:
        return Check("W₁ of other held-out data, over that of held-out data", rows.values("closer"), high=CLOSER)

    def draw(self, rows: Rows, figure: "Figure") -> None:
        asked, control = rows.parted()
        halves = figure.add_gridspec(2, 1)
        above, below = (figure.add_subfigure(half) for half in (halves[0], halves[1]))
        series = (("data", control), *((name, asked.where(critic=critic)) for critic, name in CRITICS.items()))
        for line, (name, part) in enumerate(series):
            (row,) = part.where(images=64, seed=0)
            for column, image in enumerate(row["shown"]):
                into = above.add_subplot(3, 8, 8 * line + column + 1)
                into.imshow(image, cmap="gray", vmin=0, vmax=100)
                into.set(xticks=(), yticks=())
                if not column:
                    into.set_ylabel(name.replace(" ", "\n"), fontsize=8)
        labels = ("W₁ / that of held-out data", "cosine to the means", "sliced W₁ of patches")
        for into, name, label in zip(below.subplots(1, 3), ("closer", "alike", "patch_w1"), labels, strict=True):
            for critic, said in CRITICS.items():
                every_seed(into, asked.where(critic=critic), "images", name, label=said)
            every_seed(into, control, "images", name, label="held-out data", colour="black")
            into.set(xscale="log", xlabel="images", ylabel=label)
            into.set_xticks(asked.levels("images"), [str(level) for level in asked.levels("images")])
            into.minorticks_off()
        below.axes[0].axhspan(0, CLOSER, color="0.5", alpha=0.15, lw=0)
        below.axes[0].legend(fontsize=8)

    def remarks(self, rows: Rows) -> Iterable[str]:
        asked, control = rows.parted()
        for count, part in asked.by("images"):
            fc, conv = (part.where(critic=critic) for critic in CRITICS)
            real = control.where(images=count)
            yield (
                f"{count} images: W₁ to the data is {fmean(fc.values('closer')):.2f} of that of held-out data from the "
                f"fully connected critic and {fmean(conv.values('closer')):.2f} from the convolutional one; between "
                f"patches {fmean(fc.values('patch_w1')):.3f} and {fmean(conv.values('patch_w1')):.3f}, of held-out "
                f"data {fmean(real.values('patch_w1')):.3f}; the cosine to the means is "
                f"{fmean(fc.values('alike')):.2f}, {fmean(conv.values('alike')):.2f} and "
                f"{fmean(real.values('alike')):.2f}."
            )


def learned(data: Tensor, settings: Settings) -> Tensor:
    """Free images after their training against a critic."""
    seed, count, batch = settings["seed"], settings["images"], min(settings["images"], 64)
    images = nn.Parameter(0.1 * torch.randn(count, *data.shape[1:], generator=stream(seed, "images")))
    critic = critic_of(settings["critic"], seed)
    adam = torch.optim.Adam(critic.parameters(), lr=1e-3, betas=(0.0, 0.9))
    step, descent = CriticStep(critic, Wasserstein(), (GP(weight=10.0),), adam), torch.optim.Adam([images], lr=0.02)
    for index in range(settings["steps"]):
        for turn in range(5 * index, 5 * index + 5):
            real = data[torch.randint(DATA, (batch,), generator=stream(seed, "real", turn))]
            fake = images.detach()[torch.randperm(count, generator=stream(seed, "fake", turn))[:batch]]
            step(real, fake, step=turn, progress=0.0, rng=stream(seed, "noise", turn))
        descent.param_groups[0]["lr"] = 0.02 * (1 - index / settings["steps"])
        descent.zero_grad()
        (-critic(images).sum()).backward()
        descent.step()
    return images.detach()


def critic_of(name: str, seed: int) -> nn.Module:
    """A critic of whole images, or the mean of one over patches."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive_seed(seed, "critic"))
        if name == "connected":
            return MLP(widths=(128, 128)).build_critic((1, 8, 8))
        layers = nn.Conv2d(1, 64, SIDE), nn.ReLU(), nn.Conv2d(64, 64, 1), nn.ReLU(), nn.Conv2d(64, 1, 1)
        return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(0))


def likeness(images: Tensor, data: Tensor) -> float:
    """Cosine between the images and the means of the data that the plan gives them, about the mean of all data."""
    plan = transport(images, data).solution
    flat, others = images.flatten(1).double(), data.flatten(1).double()
    shares = torch.zeros(len(flat), len(others), dtype=torch.float64)
    shares[plan.rows, plan.columns] = plan.mass
    means = shares @ others / shares.sum(1, keepdim=True)
    a, b = ((side - others.mean(0)).flatten() for side in (flat, means))
    return float(torch.nn.functional.cosine_similarity(a, b, dim=0))


def patches(images: Tensor) -> Tensor:
    """Every square of pixels of the images, `(n, 9)`."""
    return unfold(images, SIDE).transpose(1, 2).flatten(0, 1)


def over(rows: Rows, name: str, critic: str, other: str) -> list[float]:
    """A measure with one critic over that with the other, of each seed."""
    return [
        float(a[name]) / float(b[name])
        for a, b in zip(rows.where(critic=critic), rows.where(critic=other), strict=True)
    ]
