"""Maximum likelihood of a model on a low-dimensional support: what noise costs, and how much is needed."""

from collections.abc import Iterable, Sequence
from math import log, pi
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import torch
from torch import Tensor

from wgan.data.source import FiniteSource
from wgan.distances import gaussian_w2
from wgan.randomness import stream
from wgan.studies.check import Check
from wgan.studies.rows import Measures, Rows, Settings, grid
from wgan.studies.study import Chapter, Study
from wgan.studies.trained import held_out

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["LikelihoodNoise"]

DIMENSIONS = {"digits": (2, 8, 32), "mnist": (2, 10, 50, 200)}
NOISES = (1e-6, 1e-5, 1e-4, 1e-3, 3e-3, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0)
OWN = 0.1
"""Noise that the control's model has of its own, so that its support is the whole space."""


class LikelihoodNoise(Study):
    """The likelihood of unseen images under a normal distribution on k directions, with noise of any size."""

    name: ClassVar[str] = "likelihood-noise"
    title = "Noise makes a low-dimensional model's likelihood finite, and costs an error"
    chapter = Chapter.DISTANCES
    claims = ("A16",)
    question = "How much noise does the likelihood of a model with a k-dimensional support need, and what does it cost?"
    criterion = (
        "As the noise σ vanishes the negative log-likelihood of unseen images grows like σ to the power −2 (exponent "
        "within .05), at the best σ it is finite, at most 10 nats per pixel, and the error W₂ between the model with "
        "and without noise grows like σ (exponent .9 to 1.1)."
    )
    refuted_if = "The likelihood stays finite without noise, or is not finite with any, or the noise costs nothing."
    control = "The same model with noise of .1 of its own on all pixels: its likelihood must stay finite as σ vanishes."
    caption = (
        "Left: negative log-likelihood of unseen images over the noise that is added to the model, for supports of k "
        "dimensions; dashed: the control. Right: the best noise over k."
    )
    deviations = (
        "The model is the normal distribution on the first k principal directions of the training images, whose "
        "likelihood is a closed form, in the place of a network.",
        "The criterion first asked for a likelihood better than that of uniform noise; since a pilot it asks for a "
        "finite one, which is what the claim says.",
    )
    needs = ("mnist",)

    def design(self, quick: bool) -> Sequence[Settings]:
        cells = [(data, k) for data, levels in DIMENSIONS.items() for k in levels]
        cells = [("digits", 2), ("digits", 32)] if quick else cells
        return [
            *({"data": data, "k": k, "own": 0.0} for data, k in cells),
            *grid(control=(True,), data=("digits",), k=(8,), own=(OWN,)),
        ]

    def measure(self, settings: Settings) -> Measures:
        model, unseen = fitted(settings["data"], settings["k"], settings["own"])
        likelihoods = [model.negative_log_likelihood(unseen, noise) for noise in NOISES]
        best = min(range(len(NOISES)), key=likelihoods.__getitem__)
        return {
            "nll": likelihoods,
            "error": [model.error(noise) for noise in NOISES],
            "best_noise": NOISES[best],
            "best_nll": likelihoods[best],
            "off": model.off_support(unseen),
            "truth": model.misfit(unseen, NOISES[best]),
            "truth_without": model.misfit(unseen, 0.0),
        }

    def checks(self, rows: Rows) -> Iterable[Check]:
        for row in rows:
            where = f"{row['data']}, {row['k']}"
            yield Check(
                "exponent of the NLL as σ vanishes",
                (exponent(row["nll"], 0, 1),),
                -2.05,
                -1.95,
                exact=True,
                factor="data and k",
                level=where,
            )
            yield Check(
                "NLL at the best σ",
                (row["best_nll"],),
                high=10.0,
                unit="nats per pixel",
                exact=True,
                factor="data and k",
                level=where,
            )
            yield Check(
                "exponent of the error W₂",
                (exponent(row["error"], 2, -4),),
                0.9,
                1.1,
                exact=True,
                factor="data and k",
                level=where,
            )

    def control_check(self, rows: Rows) -> Check:
        return Check(
            "exponent of the NLL with noise of its own",
            [exponent(row["nll"], 0, 1) for row in rows],
            -2.05,
            -1.95,
            exact=True,
        )

    def draw(self, rows: Rows, figure: "Figure") -> None:
        left, right = figure.subplots(1, 2)
        for index, row in enumerate(rows):
            control = row["own"] > 0
            name = f"{row['data']}, k = {row['k']}{', control' * control}"
            left.semilogx(NOISES, row["nll"], "--" if control else ".-", color=f"C{index % 7}", label=name)
        left.set(xlabel="σ, noise on a pixel (grey levels 0 to 1)", ylabel="negative log-likelihood, nats per pixel")
        left.set(ylim=(-1.5, 6))
        left.legend(fontsize=8)
        asked, _ = rows.parted()
        for data, part in asked.by("data"):
            right.loglog(part.values("k"), part.values("best_noise"), "o-", label=data)
        right.axhline(0.1, color="0.5", lw=0.8, label="0.1")
        right.set(xlabel="k, dimensions of the support", ylabel="best σ, grey levels 0 to 1", ylim=(0.01, 0.5))
        right.legend()

    def remarks(self, rows: Rows) -> Iterable[str]:
        asked, _ = rows.parted()
        for data, part in asked.by("data"):
            told = ", ".join(f"{row['best_noise']:g} at k = {row['k']}" for row in part)
            off = ", ".join(f"{row['off']:.3f}" for row in part)
            yield f"Of the noises tried, {data} are likeliest at {told}; they lie {off} a pixel off the support."
            poor = [str(row["k"]) for row in part if row["best_nll"] > 0]
            if poor:
                yield f"At k = {', '.join(poor)} no noise makes {data} likelier than uniform noise on all pixels does."
        for row in asked:
            yield (
                f"At k = {row['k']} W₂ from unseen {row['data']} to the model is {row['truth_without']:.2f} without "
                f"noise and {row['truth']:.2f} with the best, which moves the model itself by "
                f"{row['error'][NOISES.index(row['best_noise'])]:.2f}."
            )


class Model(NamedTuple):
    """A normal distribution on the first directions of the data, with noise of its own on all pixels.

    Attributes:
        mean: `(d,)`.
        directions: orthonormal, `(d, k)`.
        variances: along them, `(k,)`.
        own: standard deviation of its own noise.
    """

    mean: Tensor
    directions: Tensor
    variances: Tensor
    own: float

    def negative_log_likelihood(self, images: Tensor, noise: float) -> float:
        """The mean over images `(n, d)`, per pixel, in nats, with added noise."""
        inside, outside = self.parts(images)
        width, count = images.shape[1], len(self.variances)
        variance = self.own**2 + noise**2
        along = self.variances + variance
        squares = (inside.square() / along).sum(1) + outside.square().sum(1) / variance
        spread = along.log().sum() + (width - count) * log(variance) + width * log(2 * pi)
        return float((squares.mean() + spread) / 2 / width)

    def parts(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Coordinates within the support, `(n, k)`, and what is left, `(n, d)`."""
        centred = images - self.mean
        inside = centred @ self.directions
        return inside, centred - inside @ self.directions.T

    def off_support(self, images: Tensor) -> float:
        """The root mean square distance from the support in one direction across it."""
        _, outside = self.parts(images)
        return float((outside.square().sum(1).mean() / (images.shape[1] - len(self.variances))).sqrt())

    def error(self, noise: float) -> float:
        """W₂ between the model with and without added noise, in closed form: both have the same directions."""
        across = len(self.mean) - len(self.variances)
        variance = self.own**2 + noise**2
        roots = (self.variances + variance).sqrt() - (self.variances + self.own**2).sqrt()
        return float((roots.square().sum() + across * (variance**0.5 - self.own) ** 2).sqrt())

    def misfit(self, images: Tensor, noise: float) -> float:
        """W₂ from the normal distribution of the images' mean and covariance to the model with added noise."""
        covariance = self.directions * self.variances @ self.directions.T
        covariance = covariance + (self.own**2 + noise**2) * torch.eye(len(self.mean), dtype=torch.float64)
        return gaussian_w2(images.mean(0), torch.cov(images.T), self.mean, covariance)


def fitted(data: str, k: int, own: float) -> tuple[Model, Tensor]:
    """The model of the training images, and the unseen ones, `(n, d)` in grey levels from 0 to 1."""
    seen, unseen = (images(part) for part in held_out(data))
    variances, directions = torch.linalg.eigh(torch.cov(seen.T))
    return Model(seen.mean(0), directions[:, -k:], variances[-k:], own), unseen


def images(source: FiniteSource, most: int = 10_000) -> Tensor:
    """Images of a data set as rows of pixels."""
    return source.observed(source.at_most(most), stream(0, "likelihood images")).flatten(1).double()


def exponent(values: Sequence[float], low: int, high: int) -> float:
    """Of the values over the noise, between two of the noises."""
    return log(values[high] / values[low]) / log(NOISES[high] / NOISES[low]) if values[high] * values[low] > 0 else 0.0
