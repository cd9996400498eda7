r"""Mistakes that the field makes again and again, refused or warned about before the first step.

Others cannot be made here, so nothing looks for them: a gradient penalty takes the norm over all axes of a sample,
clipping leaves normalisation layers alone, and both batches of a step are equally large, as losses over pairs need.
"""

import warnings
from copy import deepcopy

import torch
from torch import nn

from wgan.errors import InputError
from wgan.lipschitz.constant import batch_norm_layers, certified_constant, evaluating
from wgan.networks import StyleBased, answers
from wgan.recipes.recipe import Recipe
from wgan.types import Shape

__all__ = ["refuse_mistakes"]

# Operations that leave every number as it is, between a critic's last layer and its scores.
RESHAPING = ("View", "Reshape", "UnsafeView", "Squeeze", "Unsqueeze", "Select", "Alias", "Clone")


def refuse_mistakes(recipe: Recipe, generator: nn.Module, critic: nn.Module, shape: Shape) -> None:
    """Refuses a system that cannot learn, and warns of one whose value would mean little.

    Args:
        recipe: the system.
        generator: its generator.
        critic: its critic, to which the recipe's methods were applied.
        shape: of what the critic judges.

    Raises:
        InputError: for batch normalisation under a gradient penalty, a critic that ends in a sigmoid, a c-transform
            whose generator would see batches of another size than the critic, a path-length penalty without styles,
            or the cross-entropy of conditions of a generator that does not tell it.
    """
    refuse_batch_norm(recipe, critic)
    refuse_sigmoid(critic, shape)
    refuse_unequal_batches(recipe)
    refuse_styleless(recipe, generator)
    refuse_unanswered(recipe, generator)
    warn_unconstrained(recipe, critic, shape)
    warn_promise(recipe, critic, shape)


def refuse_batch_norm(recipe: Recipe, critic: nn.Module) -> None:
    """A gradient penalty is about the slope at each sample, which has no meaning where a batch is scored together."""
    penalties = [type(method).__name__ for method in recipe.lipschitz if method.takes_slopes]
    layers = batch_norm_layers(critic)
    if penalties and layers:
        field = recipe.critic.critic_norm_field
        way_out = f" (--critic.{field} layer)" if field else ""
        raise InputError(
            f"the critic has batch normalisation (layers {', '.join(layers)}), so a sample has no slope of its own for "
            f"{' and '.join(penalties)} to act on; normalise layers instead{way_out}, or nothing"
        )


def refuse_sigmoid(critic: nn.Module, shape: Shape) -> None:
    """Every loss takes raw scores; those of a probability have the sigmoid inside."""
    parameter = next(critic.parameters(), torch.zeros(()))
    samples = torch.zeros(2, *shape, device=parameter.device, dtype=parameter.dtype, requires_grad=True)
    with evaluating(critic):
        node = critic(samples).grad_fn
    while node is not None and node.name().startswith(RESHAPING):
        node = node.next_functions[0][0]
    if node is not None and node.name().startswith("Sigmoid"):
        raise InputError(
            "the critic ends in a sigmoid; expected raw scores, for every loss applies what it needs itself; "
            "leave the sigmoid out"
        )


def refuse_unequal_batches(recipe: Recipe) -> None:
    """The potential of a c-transform is that of transport between two batches, and of their size."""
    size = recipe.generator_batch or recipe.batch
    if recipe.loss.transports_batches and size != recipe.batch:
        raise InputError(
            f"{type(recipe.loss).__name__}: the critic solves transport between batches of {recipe.batch}, but "
            f"generator_batch is {size}; leave it out, or make it {recipe.batch}"
        )


def refuse_styleless(recipe: Recipe, generator: nn.Module) -> None:
    """The path-length penalty needs the middle of the generator."""
    if recipe.path_length is not None and not isinstance(generator, StyleBased):
        raise InputError(
            f"path_length acts on a generator with `mapping` and `synthesis`, and {type(generator).__name__} has none; "
            "leave it out (--path_length none), or take --generator StyleGAN2"
        )


def refuse_unanswered(recipe: Recipe, generator: nn.Module) -> None:
    """The cross-entropy of conditions is of the probabilities that stand behind the states of a row."""
    if recipe.condition is not None and recipe.condition.cross_entropy and not answers(generator):
        raise InputError(
            "condition.cross_entropy is of the states of rows, and this generator makes none; leave it out "
            "(--condition.cross_entropy 0), or learn a table of mixed columns"
        )


def warn_unconstrained(recipe: Recipe, critic: nn.Module, shape: Shape) -> None:
    """Without a constraint such a loss has no optimum: a critic twice as steep is twice as good."""
    constrained = any(method.constrains for method in recipe.lipschitz)
    if recipe.loss.needs_constraint and not constrained and not lipschitz_by_construction(critic, shape):
        warnings.warn(
            f"nothing keeps the critic Lipschitz, so its {recipe.loss.measures.symbol} estimate grows without bound; "
            "add a method, such as --lipschitz GP",
            stacklevel=2,
        )


def lipschitz_by_construction(critic: nn.Module, shape: Shape) -> bool:
    """Whether the critic has a certified bound that no step can raise: weights twice as large do not."""
    bound = certified_constant(critic, shape)
    if bound is None:
        return False
    larger = deepcopy(critic)
    with torch.no_grad():
        for weights in larger.parameters():
            weights.mul_(2)
    raised = certified_constant(larger, shape)
    return raised is not None and raised <= bound * (1 + 1e-4)


def warn_promise(recipe: Recipe, critic: nn.Module, shape: Shape) -> None:
    """Layers of norm 1 do not make a network of slope 1, if they are convolutions, residual, pooled or attended."""
    promising = [type(method).__name__ for method in recipe.lipschitz if method.promises_unit_slope]
    if not promising:
        return
    kappa = certified_constant(critic, shape)
    # A thousandth is what power iteration may lack.
    if kappa is None or abs(kappa - 1) > 1e-3:
        known = "no bound of its κ is known" if kappa is None else f"its κ is certified only to be at most {kappa:.3g}"
        warnings.warn(
            f"{' and '.join(promising)} does not make this critic 1-Lipschitz: {known}; "
            "its values compare with those of no other critic",
            stacklevel=2,
        )
