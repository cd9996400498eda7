"""A network as other programs take it: one plain module, in the user's units, with inputs by name."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrize import is_parametrized, type_before_parametrizations

from wgan.data import Scaling
from wgan.errors import InputError
from wgan.networks import OneHots, beside
from wgan.randomness import stream
from wgan.runs import Run
from wgan.runs.sampling import Inputs as Given

__all__ = ["Portable", "folded", "portable_critic", "portable_generator"]

Inputs = Mapping[str, Tensor]
ROWS = 7
"""In an example batch: a number that no layer is likely to hold, so that none is taken for the size of the batch."""
SIZES = (1, 2, 33)
"""Of the batches on which a file is compared with the run."""
TOLERANCE = 1e-5


@dataclass(frozen=True)
class Portable:
    """A network that is to leave.

    Attributes:
        module: takes the inputs in their order; without parametrisations, in evaluation mode.
        output: the name of what it gives.
        meaning: what inputs and output are, by name, in a few words each.
        draw: example inputs by name, `(n, ...)` each.
        reference: the same as the run itself computes it.
        model_units: the way from the output to numbers of the order of 1, in which deviations are measured.
        described: what else a file of it says, by name.
        advice: what to do if it depends on the numbers or on the size of the batch in a way that no file can hold.
    """

    module: nn.Module
    output: str
    meaning: Mapping[str, str]
    draw: Callable[[int], Inputs]
    reference: Callable[..., Tensor]
    model_units: Callable[[Tensor], Tensor]
    described: Mapping[str, str]
    advice: str

    @property
    def notes(self) -> dict[str, str]:
        """What a file says besides the network."""
        return {f"wgan.{name}": text for name, text in {**self.described, **self.meaning}.items()}

    @property
    def example(self) -> Inputs:
        """Inputs of a few rows."""
        return self.draw(ROWS)

    @torch.no_grad()
    def deviation(self, outward: Callable[[Inputs], Tensor], inputs: Inputs) -> float:
        """How far what another program makes of inputs is from what the run makes, as a share of its largest number."""
        expected = self.model_units(self.reference(*inputs.values()))
        found = self.model_units(outward(inputs))
        if found.shape != expected.shape:
            return float("inf")
        return float((found - expected).abs().max() / expected.abs().max().clamp(min=1))

    def agreeing(self, outward: Callable[[Inputs], Tensor], form: str, advice: str) -> float:
        """By how much what was written gives other numbers than the run, on batches of several sizes.

        Args:
            outward: what was written.
            form: what it is.
            advice: what to do if so.

        Raises:
            InputError: if that is more than rounding.
        """
        worst = max(self.deviation(outward, self.draw(size)) for size in SIZES)
        if not worst <= TOLERANCE:
            raise InputError(
                f"as {form} the network gives numbers that differ by {worst:.1e}, and {TOLERANCE:g} is taken; {advice}"
            )
        return worst


class Decoded(nn.Module):
    """A generator whose samples are in the user's units: images float32, within their bounds, rows float64."""

    def __init__(self, generator: nn.Module, scaling: Scaling, dtype: torch.dtype) -> None:
        super().__init__()
        self.generator, self.bounds = generator, scaling.bounds
        self.register_buffer("shift", torch.tensor(scaling.shift, dtype=dtype))
        self.register_buffer("scale", torch.tensor(scaling.scale, dtype=dtype))

    shift: Tensor
    scale: Tensor

    def forward(self, latent: Tensor) -> Tensor:
        """`(B, latent)` to `(B, *shape)`."""
        samples: Tensor = self.generator(latent).to(self.scale.dtype) * self.scale + self.shift
        return samples if self.bounds is None else samples.clamp(*self.bounds)


class Encoded(nn.Module):
    """A critic of samples in the user's units."""

    def __init__(self, critic: nn.Module, scaling: Scaling, dtype: torch.dtype) -> None:
        super().__init__()
        self.critic = critic
        self.register_buffer("shift", torch.tensor(scaling.shift, dtype=dtype))
        self.register_buffer("scale", torch.tensor(scaling.scale, dtype=dtype))

    shift: Tensor
    scale: Tensor

    def forward(self, samples: Tensor) -> Tensor:
        """`(B, *shape)` to `(B,)`."""
        scores: Tensor = self.critic(((samples - self.shift) / self.scale).float())
        return scores


class Rows(nn.Module):
    """A generator of rows of a table in the model's units, whose noise is given."""

    def __init__(self, body: nn.Module, ends: OneHots) -> None:
        super().__init__()
        self.body, self.ends = body, ends

    def forward(self, latent: Tensor, noise: Tensor) -> Tensor:
        """`(B, latent)` and `(B, states)` to `(B, width)`."""
        encoding: Tensor = self.ends.drawn(self.body(latent), noise)
        return encoding


def folded(module: nn.Module) -> nn.Module:
    """A copy in evaluation mode whose weights are plain: spectral norms and the like are computed once, here."""
    copied = deepcopy(module).cpu().eval().requires_grad_(False)
    for part in list(copied.modules()):
        if is_parametrized(part):
            fold(part)
    return copied


def fold(layer: nn.Module) -> None:
    """Makes a parametrized layer a plain one, in place.

    Torch's own way takes the weight from the class, which copies share with the layer that they were made of.
    """
    weights = {name: getattr(layer, name).detach().clone() for name in layer.parametrizations}  # type: ignore[union-attr]
    layer.__class__ = type_before_parametrizations(layer)
    del layer.parametrizations
    for name, value in weights.items():
        layer.register_parameter(name, nn.Parameter(value, requires_grad=False))


def portable_generator(run: Run) -> Portable:
    """The generator of a run, from latents to samples in the user's units; to the encoding of a table."""
    return of_table(run) if run.card.units.blocks else of_samples(run)


def of_samples(run: Run) -> Portable:
    """Of points and images."""
    card, generator, inputs = run.card, run.generator, run.inputs
    return Portable(
        Decoded(folded(generator), card.scaling, dtype_of(card.shape)),
        "samples",
        {"latent": latents_of(run), "samples": in_batches(unit_of(card.scaling), *card.shape)},
        lambda n: {"latent": example_of(inputs, n, stream(0, "export"))},
        lambda given: card.scaling.bounded(card.scaling.decode(generator(given))),
        card.scaling.encode,
        described(run),
        REWRITE if run.own[0] else FOLDER,
    )


def of_table(run: Run) -> Portable:
    """Of tables of mixed columns, whose rows only this package can read."""
    body, ends = run.generator[:-1], run.generator[-1]  # type: ignore[index]
    assert isinstance(ends, OneHots)

    def draw(n: int) -> Inputs:
        rng = stream(0, "export")
        latent = example_of(run.inputs, n, rng)
        return {"latent": latent, "noise": torch.rand(n, ends.states, generator=rng)}

    return Portable(
        Rows(folded(body), folded(ends)),  # type: ignore[arg-type]
        "encoding",
        {
            "latent": latents_of(run),
            "noise": in_batches("uniform numbers from 0 to 1", ends.states),
            "encoding": in_batches(ENCODING, *run.card.shape),
        },
        draw,
        lambda latent, noise: ends.drawn(body(latent), noise),
        lambda encoding: encoding,
        described(run),
        REWRITE if run.own[0] else FOLDER,
    )


def portable_critic(run: Run, critic: nn.Module | None = None) -> Portable:
    """The critic of a run, from samples in the user's units, or a table's encoding, to scores.

    Args:
        run: open.
        critic: as `Run.critic` takes it.

    Raises:
        InputError: of a run whose critic judges more than one sample alone.
    """
    if run.inputs.conditions is not None or run.recipe.pac > 1:
        raise InputError(
            f"the critic of {run.path} judges samples in packs or with a condition beside them, which no file says how "
            "to do; export the generator, or the critic with it to a folder"
        )
    card, module = run.card, run.critic(critic)
    dtype = dtype_of(card.shape)
    generator = portable_generator(run)
    mixed = bool(card.units.blocks)
    given = generator.output

    def reference(samples: Tensor) -> Tensor:
        scores: Tensor = module(samples if mixed else card.scaling.encode(samples).float())
        return scores

    @torch.no_grad()
    def draw(n: int) -> Inputs:
        return {given: generator.module(*generator.draw(n).values())}

    return Portable(
        folded(module) if mixed else Encoded(folded(module), card.scaling, dtype),
        "scores",
        {given: generator.meaning[given], "scores": in_batches(SCORES)},
        draw,
        reference,
        lambda scores: scores,
        described(run),
        REWRITE if run.own[1] else FOLDER,
    )


def example_of(inputs: Given, n: int, rng: torch.Generator) -> Tensor:
    """Inputs of a generator, `(n, width)`."""
    latents = torch.randn(n, inputs.latent, generator=rng)
    return beside(latents, None if inputs.conditions is None else inputs.conditions.draw(n, rng))


def latents_of(run: Run) -> str:
    """What the generator takes, in words."""
    inputs, conditions = run.inputs, run.inputs.conditions
    what = NORMAL
    if conditions is not None:
        columns = ", ".join(
            f"{name} {len(part)}" for name, part in zip(conditions.names, conditions.counts, strict=True)
        )
        what = f"{inputs.latent} {NORMAL}, then zeros but for a 1 where the value lies that is asked for ({columns})"
    return in_batches(what, inputs.width)


FOLDER = "export to a folder instead"
REWRITE = "rewrite it without branches on its input, such as by torch.where"
NORMAL = "standard normal numbers"
SCORES = "larger for what the critic takes for real"
ENCODING = "the model's own encoding of rows, which the exported folder turns into cells"


def in_batches(what: str, *shape: int) -> str:
    """What an array holds, with its shape."""
    return f"({', '.join(map(str, ('batch', *shape)))}), {what}"


def dtype_of(shape: tuple[int, ...]) -> torch.dtype:
    """Of samples in the user's units: double for columns, which may hold times or money."""
    return torch.float32 if len(shape) == 3 else torch.float64


def unit_of(scaling: Scaling) -> str:
    """What the numbers of a sample are."""
    if scaling.bounds is None:
        return scaling.unit
    black, white = scaling.bounds
    return f"pixels from {black:g}, black, to {white:g}, white"


def described(run: Run) -> dict[str, str]:
    """What a file says of where it comes from."""
    found = {"recipe": run.recipe.name, "iteration": str(run.checkpoint.iteration)}
    return found if run.card.columns is None else found | {"columns": "\n".join(run.card.columns)}
