"""Whether a system fits into memory, told before it is made: by torch's `meta` device, which allocates nothing."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.func import functional_call

from wgan.errors import InputError
from wgan.memory import require_memory
from wgan.networks import CriticNetwork, judged_shape
from wgan.recipes import Recipe
from wgan.types import Shape

__all__ = ["require_room", "require_room_for_batch"]

ROWS = 2  # batch statistics need two samples


def require_room(
    recipe: Recipe, shape: Shape, condition: int = 0, device: torch.device | str = "cpu", own: tuple[str, ...] = ()
) -> None:
    """Refuses networks that do not fit with their gradients, moments and moving average.

    Args:
        recipe: names the networks and optimizers.
        shape: of one sample.
        condition: numbers of a condition.
        device: where to train.
        own: which of `generator` and `critic` exist already.

    Raises:
        InputError: naming the network, what it needs and what to lower.
    """
    g, c, inputs = recipe.generator, recipe.critic, recipe.latent + condition
    judged = judged_shape(shape, recipe.pac, condition)
    # Weights, their gradients and moments; the generator's average too.
    sides: tuple[tuple[str, CriticNetwork, int, Callable[[], nn.Module]], ...] = (
        ("generator", g, 3 + recipe.generator_optimizer.moments, lambda: g.build_generator(inputs, shape)),
        ("critic", c, 2 + recipe.critic_optimizer.moments, lambda: c.build_critic(judged)),
    )
    for side, family, copies, build in sides:
        if side not in own:
            fields = [f"--{side}.{family.size_field}"] if family.size_field else []
            fields += ["--latent"] * (side == "generator") + ["--data.resolution"] * (len(shape) == 3)
            require_memory(copies * weight_bytes(build, side), f"the {side}", f"lower {' or '.join(fields)}", device)


def require_room_for_batch(
    recipe: Recipe, generator: nn.Module, critic: nn.Module, shape: Shape, count: int, condition: int = 0
) -> None:
    """Refuses batches whose passes through the networks do not fit.

    Args:
        recipe: has the sizes of the batches.
        generator: `(B, inputs) -> (B, *shape)`.
        critic: `(B, *shape) -> (B,)`, as `judged_shape` has it.
        shape: of one sample.
        count: of the processes that share a batch.
        condition: numbers of a condition.

    Raises:
        InputError: naming the batch, what it needs and what to lower.
    """
    device = next(generator.parameters()).device
    sizes = {"batch": recipe.batch, "generator_batch": recipe.generator_batch or recipe.batch}
    judged = judged_shape(shape, recipe.pac, condition)
    row = max(pass_bytes(generator, (recipe.latent + condition,)), pass_bytes(critic, judged) // recipe.pac)
    for field, size in sizes.items():
        rows = size // (count * recipe.accumulate)
        require_memory(rows * row, f"a pass of {rows:,} samples", f"lower --{field} or raise --accumulate", device)


def weight_bytes(build: Callable[[], nn.Module], side: str) -> int:
    """What a network's parameters and buffers take.

    Example:
        >>> weight_bytes(lambda: nn.Linear(9, 10), "critic")
        400
    """
    try:
        with torch.random.fork_rng(devices=[]), torch.device("meta"):
            module = build()
    except (RuntimeError, OverflowError) as error:
        if "overflow" in str(error).lower():
            raise InputError(f"the {side} has more weights than can be counted; make it smaller") from None
        raise
    return sum(tensor.nbytes for tensor in (*module.parameters(), *module.buffers()))


def pass_bytes(module: nn.Module, shape: Shape) -> int:
    """What the outputs of all parts of a module take for one sample, at the least what a gradient needs of a pass.

    Example:
        >>> pass_bytes(nn.Sequential(nn.Linear(9, 10), nn.ReLU()), (9,))
        80
    """
    seen: dict[int, Tensor] = {}

    def note(_: nn.Module, __: object, output: object) -> None:
        if isinstance(output, Tensor) and len(output) == ROWS:
            seen[id(output)] = output  # a sequence's is the very output of its last part

    parts = [part for name, part in module.named_modules() if "parametrizations" not in name]
    hooks = [part.register_forward_hook(note) for part in parts]
    tensors = {
        name: tensor.detach().to("meta") for name, tensor in (*module.named_parameters(), *module.named_buffers())
    }
    try:
        with torch.no_grad(), torch.device("meta"):
            functional_call(module, tensors, (torch.zeros(ROWS, *shape),))
    except (RuntimeError, ValueError):
        pass  # one that cannot take such a batch is refused elsewhere, with the reason
    finally:
        for hook in hooks:
            hook.remove()
    return sum(output.nbytes for output in seen.values()) // ROWS
