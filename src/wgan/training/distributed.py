"""Several processes that train one system together, started by `torchrun`.

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

from wgan.passes import Shares

__all__ = ["Processes", "joined"]


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
        """How a batch of all processes is divided.

        Raises:
            InputError: if its rows cannot be divided evenly.
        """
        shares = Shares(self.count, self.rank, passes)
        shares.check(batch)
        return shares

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
