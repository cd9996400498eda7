"""Samples of latents that are truncated, or that lie between two others."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from wgan.errors import InputError, shown
from wgan.networks import StyleBased, beside
from wgan.runs.latents import Styled, slerp, threshold, truncated
from wgan.runs.run import Run
from wgan.runs.sampling import Inputs, made

__all__ = ["Exploration"]


@dataclass(frozen=True, kw_only=True)
class Exploration:
    """Which latents samples are made of, where they are not just drawn.

    Args:
        steps: on the way from one latent to another, both ends among them, see `wgan.runs.latents.slerp`; None for
            latents as they are drawn.
        psi: in (0, 1], below which samples vary less: the share of the latent's normal distribution that is kept
            (`wgan.runs.latents.truncated`), with styles their distance from the mean one (`wgan.runs.latents.Styled`).

    Raises:
        InputError: for fewer than two steps, or a ψ out of its range.

    Example:
        >>> Exploration(steps=8, psi=0.7).samples(run, 4).shape  # doctest: +SKIP
        torch.Size([32, 1, 8, 8])
    """

    steps: int | None = None
    psi: float = 1.0

    def __post_init__(self) -> None:
        """Refuses what cannot be meant."""
        if self.steps is not None and self.steps < 2:
            raise InputError(f"asked for {shown(self.steps)} steps between two latents; expected 2 or more")
        if not 0 < self.psi <= 1:
            raise InputError(f"asked for a truncation of {shown(self.psi)}; expected above 0 and at most 1, for none")

    def samples(self, run: Run, n: int, *, seed: int = 0, batch: int = 256) -> Tensor:
        """Samples in the user's units, float64.

        Args:
            run: whose generator makes them.
            n: how many, or how many pairs of latents.
            seed: of the latents.
            batch: how many at a time.

        Returns:
            `(n, *shape)`, or `(n * steps, *shape)`, pair by pair.

        Raises:
            InputError: if `n` is below 1 or more than the memory holds, or for steps in a table of mixed columns.
        """
        if self.steps is not None and run.card.encoding is not None:
            raise InputError(
                f"{run.path} learned a table of mixed columns, whose words are drawn anew at every step; leave out "
                "--interpolate, or take a run of images or numbers"
            )
        run.refuse_many(n if self.steps is None else n * self.steps)
        latents, noise = self._inputs(run.generator, run.inputs, n, seed)
        samples = through(run.generator, run.inputs, latents, noise, seed, batch, self.psi)
        return run.card.units.bounded(run.card.units.decode(samples))

    def _inputs(self, generator: nn.Module, inputs: Inputs, n: int, seed: int) -> tuple[Tensor, Tensor]:
        """Inputs, and those that decide the noise: of a way its first one, for noise and conditions that stay."""
        latents, asked = inputs.latents(n if self.steps is None else 2 * n, seed), inputs.asked(n, seed)
        if not isinstance(generator, StyleBased):
            latents = truncated(latents, self.psi)
        if self.steps is None:
            latents = beside(latents, asked)
            return latents, latents
        first, second = latents.view(n, 2, inputs.latent).unbind(1)
        parts = slerp(first, second, self.steps).flatten(0, 1), first.repeat_interleave(self.steps, 0)
        asked = None if asked is None else asked.repeat_interleave(self.steps, 0)
        latents, noise = (beside(part, asked) for part in parts)
        return latents, noise

    def told(self, run: Run) -> str:
        """What becomes of a run's latents, for the end of a line; empty where nothing does."""
        way = f", {self.steps} steps from one latent to another in each row" if self.steps is not None else ""
        return way + (f", {truncation(run.generator, self.psi)}" if self.psi != 1 else "")


def truncation(generator: nn.Module, psi: float) -> str:
    """What a truncation does to a generator's samples, in a few words."""
    if isinstance(generator, StyleBased):
        return f"styles at {psi:g} of their distance from the mean"
    return f"latents within ±{threshold(psi):.3g}, where a share {psi:g} of normal numbers lies"


@torch.no_grad()
def through(
    generator: nn.Module, inputs: Inputs, latents: Tensor, noise: Tensor, seed: int, batch: int, psi: float
) -> Tensor:
    """What a generator makes of latents, in model units; with styles, these are truncated."""
    device = next(generator.parameters()).device
    latents, noise = latents.to(device), noise.to(device)
    if isinstance(generator, StyleBased):
        return made(Styled.of(generator, inputs, psi, device), [latents, noise], seed, batch)
    return made(generator, [latents], seed, batch)
