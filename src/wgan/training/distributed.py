"""Several processes that train one system together, started by `torchrun`, and batches taken in passes.

Whatever their number, a run draws the same random numbers, whole batches of them; each process computes on its own
rows and the gradients are averaged. So the recipe's batch is the batch of all processes together, and a run by two of
them is the run of one, to rounding.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

from wgan.errors import InputError

__all__ = ["Processes", "Shares", "joined"]


@dataclass(frozen=True)
class Shares:
    """The rows of a batch that one process computes on, pass by pass.

    Args:
        batch: rows of all processes together.
        count: processes.
        rank: which of them this is, from 0.
        passes: over how many micro-batches each takes its rows.

    Raises:
        InputError: if the rows cannot be divided evenly.

    Example:
        >>> shares = Shares(batch=8, count=2, rank=1, passes=2)
        >>> shares.of(torch.arange(8))
        [tensor([4, 5]), tensor([6, 7])]
    """

    batch: int
    count: int = 1
    rank: int = 0
    passes: int = 1

    def __post_init__(self) -> None:
        if self.batch % self.parts or self.batch < 2 * self.parts:
            raise InputError(
                f"a batch of {self.batch} cannot be shared by {self.count} processes in {self.passes} passes each; "
                f"expected a multiple of {self.parts}, with 2 or more samples a pass"
            )

    @property
    def parts(self) -> int:
        """Micro-batches of all processes together."""
        return self.count * self.passes

    def of(self, rows: Tensor) -> list[Tensor]:
        """This process's rows, a tensor for each pass; a whole number of batches one behind the other is shared alike.

        Args:
            rows: `(k · batch, ...)`.
        """
        if self.parts == 1:
            return [rows]
        parts = rows.view(-1, self.parts, self.batch // self.parts, *rows.shape[1:])
        return [parts[:, self.rank * self.passes + index].flatten(0, 1) for index in range(self.passes)]

    def whole(self, piece: Tensor, index: int) -> Tensor:
        """A batch with `piece` in the rows of pass `index` and zeros elsewhere, `(batch, ...)`."""
        if self.parts == 1:
            return piece
        start = (self.rank * self.passes + index) * len(piece)
        before, after = piece.new_zeros(start, *piece.shape[1:]), self.batch - start - len(piece)
        return torch.cat([before, piece, piece.new_zeros(after, *piece.shape[1:])])


@dataclass(frozen=True)
class Processes:
    """Who trains: alone, by default, where every exchange is without effect.

    Args:
        count: how many processes.
        rank: which of them this is; the first one writes files.
    """

    count: int = 1
    rank: int = 0

    @property
    def leads(self) -> bool:
        """Whether this process writes the files, and speaks."""
        return self.rank == 0

    def shares(self, batch: int, passes: int = 1) -> Shares:
        """How a batch of all processes is divided."""
        return Shares(batch, self.count, self.rank, passes)

    def mean(self, values: Tensor) -> Tensor:
        """The mean of a tensor over the processes."""
        if self.count > 1:
            dist.all_reduce(values)
            values = values / self.count
        return values

    def means(self, values: Sequence[Tensor]) -> Sequence[Tensor]:
        """The means of scalars over the processes, in one exchange."""
        return values if self.count == 1 else list(self.mean(torch.stack(list(values))))

    def average_gradients(self, optimizer: torch.optim.Optimizer) -> None:
        """Averages the gradients that an optimizer is about to follow, in one exchange of one flat tensor."""
        weights = [weight for group in optimizer.param_groups for weight in group["params"] if weight.grad is not None]
        flat = self.mean(torch.cat([weight.grad.flatten() for weight in weights]))
        for weight, gradient in zip(weights, torch.split(flat, [weight.numel() for weight in weights]), strict=True):
            weight.grad.copy_(gradient.view_as(weight))

    @contextmanager
    def averaging(self, *optimizers: torch.optim.Optimizer) -> Iterator[None]:
        """Within it, every step of the optimizers follows the mean gradient of all processes."""
        hooks = (
            [opt.register_step_pre_hook(lambda at, *_: self.average_gradients(at)) for opt in optimizers]
            if self.count > 1
            else []
        )
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()

    def greatest(self, number: int) -> int:
        """The greatest of the processes' numbers."""
        if self.count == 1:
            return number
        found = torch.tensor(number, device=self._device())
        dist.all_reduce(found, dist.ReduceOp.MAX)
        return int(found)

    def first(self, make: Callable[[], Any]) -> Any:  # noqa: ANN401 - what `make` gives
        """What the first process makes, in all of them."""
        made = [make() if self.leads else None]
        if self.count > 1:
            dist.broadcast_object_list(made, 0)
        return made[0]

    def wait(self) -> None:
        """Goes on when all processes are here."""
        self.greatest(0)

    @staticmethod
    def _device() -> torch.device:
        ours = dist.is_available() and dist.is_initialized() and dist.get_backend() == "nccl"
        return torch.device("cuda", torch.cuda.current_device()) if ours else torch.device("cpu")


@contextmanager
def joined(device: torch.device) -> Iterator[tuple[Processes, torch.device]]:
    """The processes that `torchrun` started, and this one's device; one process alone where nothing did.

    Args:
        device: `cpu`, or `cuda`, of which each process takes its own.
    """
    count = int(os.environ.get("WORLD_SIZE", "1"))
    if count == 1:
        yield Processes(), device
        return
    if device.type == "cuda":
        device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
        torch.cuda.set_device(device)
    begun = dist.is_initialized()
    if not begun:
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Processes(count, dist.get_rank()), device
    finally:
        if not begun:
            dist.destroy_process_group()
