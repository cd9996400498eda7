"""Several processes that work on one thing together, started by `torchrun`.

Whatever their number, they draw the same random numbers and hold the same samples; each computes on its own rows, and
what it found is averaged, or gathered in order. So the result of two of them is that of one: to rounding where
gradients are averaged, bit for bit where rows are gathered.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2b
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor
from torch.distributed.rendezvous import rendezvous

from wgan.endings import ended_together, exchange
from wgan.errors import InputError
from wgan.passes import Shares

__all__ = ["Processes", "alone", "joined", "present", "together"]

T = TypeVar("T")
LONGEST = timedelta(days=7)  # that one may wait for another: one that has ended is noticed at once


@dataclass(frozen=True)
class Processes:
    """Who works together: one alone, by default, where every exchange is without effect.

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
            with exchange():
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
        with exchange():
            dist.all_reduce(found, dist.ReduceOp.MAX)
        return int(found)

    def least(self, number: int) -> int:
        """The least of them."""
        return -self.greatest(-number)

    def each(self, values: Tensor) -> list[Tensor]:
        """What each process hands over, `(k, ...)` with its own k, in the order of the processes."""
        if self.count == 1:
            return [values]
        counts = [int(count) for count in self._all(torch.tensor([len(values)], device=values.device))]
        padded = values.new_zeros(max(counts), *values.shape[1:])
        padded[: len(values)] = values
        return [part[:count] for part, count in zip(self._all(padded), counts, strict=True)]

    def _all(self, values: Tensor) -> list[Tensor]:
        found = [torch.empty_like(values) for _ in range(self.count)]
        with exchange():
            dist.all_gather(found, values)
        return found

    def first(self, make: Callable[[], T]) -> T:
        """What the first process makes, alone, in all of them; an `InputError` that it raises, likewise."""
        if self.count == 1:
            return make()
        made: list[Any] = [None, None]
        refusal: InputError | None = None
        if self.leads:
            try:
                with alone():
                    made[0] = make()
            except InputError as error:
                made[1], refusal = str(error), error
        with exchange():
            dist.broadcast_object_list(made, 0)
        result, line = made
        if line is not None:
            raise refusal or InputError(line)
        return result  # type: ignore[no-any-return]

    def agreed(self, check: Callable[[], None]) -> None:
        """Runs a check that may raise an `InputError`, which all processes raise if one does."""
        refusal: InputError | None = None
        try:
            check()
        except InputError as error:
            refusal = error
        if self.greatest(int(refusal is not None)):
            raise refusal or InputError("another process refuses; see what it says")

    def require_equal(self, what: str, *tensors: Tensor) -> None:
        """Refuses to go on where the processes hold different numbers.

        Args:
            what: they are.
            tensors: of this process.

        Raises:
            InputError: in all of them.
        """
        if self.count == 1:
            return
        digest = blake2b(digest_size=7)
        for tensor in tensors:
            digest.update(tensor.detach().cpu().contiguous().numpy().data)
        number = int.from_bytes(digest.digest(), "big")
        if self.least(number) != self.greatest(number):
            way_out = "give each the same data and seed, on machines of one kind"
            raise InputError(f"the {self.count} processes hold different {what}; {way_out}")

    def wait(self) -> None:
        """Goes on when all processes are here."""
        self.greatest(0)

    @staticmethod
    def _device() -> torch.device:
        ours = dist.is_available() and dist.is_initialized() and dist.get_backend() == "nccl"
        return torch.device("cuda", torch.cuda.current_device()) if ours else torch.device("cpu")


PRESENT: ContextVar[Processes] = ContextVar("processes", default=Processes())  # noqa: B039 - frozen


def present() -> Processes:
    """Who shares the work at hand: the processes of `together`, or this one alone.

    Example:
        >>> present().count
        1
    """
    return PRESENT.get()


@contextmanager
def among(processes: Processes) -> Iterator[Processes]:
    """Within it, these processes share the work."""
    token = PRESENT.set(processes)
    try:
        yield processes
    finally:
        PRESENT.reset(token)


@contextmanager
def alone() -> Iterator[None]:
    """Within it, this process shares its work with no other."""
    with among(Processes()):
        yield


@contextmanager
def together() -> Iterator[Processes]:
    """Within it, the processes that `torchrun` started share what can be shared.

    That is `wgan.distances.transport` between many points, and `wgan.estimate`. Each process calls the same functions
    with the same samples, and each gets the result. One that `torchrun` did not start works alone.

    Example:
        >>> from wgan import distance
        >>> with together() as processes:
        ...     found = distance([[0.0, 0.0], [1.0, 0.0]], [[3.0, 4.0], [4.0, 4.0]])
        >>> if processes.leads:
        ...     print(found.value)
        5.0
    """
    with joined(torch.device("cpu")) as (processes, _), among(processes):
        yield processes


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
    if dist.is_initialized():
        yield Processes(count, dist.get_rank()), device
        return
    store, rank, count = next(rendezvous("env://"))
    dist.init_process_group(
        "nccl" if device.type == "cuda" else "gloo", store=store, rank=rank, world_size=count, timeout=LONGEST
    )
    with ended_together(store, count, holds=rank == 0):
        yield Processes(count, rank), device
