"""Runs of every network family, without a training."""

from inspect import isabstract
from pathlib import Path

import torch

import wgan.networks
from wgan.data import open_source
from wgan.networks import CriticNetwork, Network
from wgan.recipes import Recipe
from wgan.runs import Run
from wgan.runs.checkpoint import Papers, save_state
from wgan.runs.environment import DataCard, Environment, bits_now
from wgan.runs.journal import EMPTY
from wgan.training import State

SMALL = {
    "MLP": {"widths": [8, 8]},
    "ConcatMLP": {"widths": [8, 8]},
    "DCGAN": {"width": 4},
    "ResNet": {"width": 4},
    "Progressive": {"widest": 8},
    "StyleGAN2": {"widest": 4, "style": 8, "mapping_layers": 2},
    "R3GAN": {"widest": 4, "blocks": 1},
    "Funnel": {"centers": 5},
}
"""Small enough for seconds; a family without an entry is tested with its defaults."""


def families(base: type) -> list[str]:
    exported = {name: getattr(wgan.networks, name) for name in wgan.networks.__all__}
    return [n for n, c in exported.items() if isinstance(c, type) and issubclass(c, base) and not isabstract(c)]


GENERATORS, CRITICS = families(Network), families(CriticNetwork)


def untrained(
    path: Path, fields: dict[str, object] | None = None, *, data: str = "digits", recipe: str = "wgan-gp", **own
) -> Run:
    """A run of a recipe at its start, with weights away from initialisations at zero, and no checkpoint after it."""
    made = Recipe.named(recipe, {"latent": 6, "data.source": data, **(fields or {})})
    learned, held_out = open_source(made.data).split()
    card = DataCard.of(learned, held_out)
    state = State.start(made, card.shape, blocks=card.units.blocks, **own)
    torch.manual_seed(1)
    for module in (state.ema.module, state.critic):
        for value in [*module.parameters(), *(b for n, b in module.named_buffers() if "running" in n)]:
            value.data.add_(0.1 * torch.rand_like(value))
    bits = bits_now(torch.device("cpu"), 1)
    environment = Environment.here(card, bits, compiled=False, own=("generator" in own, "critic" in own))
    path.mkdir()
    save_state(state, path, Papers(made.to_toml(), environment.to_json(), EMPTY))
    (path / "recipe.toml").write_text(made.to_toml())
    (path / "env.json").write_text(environment.to_json())
    return Run.open(path, generator=own.get("generator"))


def family_fields(side: str, name: str) -> dict[str, object]:
    """Of a recipe with that family on one side."""
    return {side: name, **{f"{side}.{field}": value for field, value in SMALL.get(name, {}).items()}}
