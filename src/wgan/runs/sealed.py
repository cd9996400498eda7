"""What a checkpoint seals of the past: the records and the evaluations up to it."""

from safetensors import safe_open
from torch import Tensor

from wgan.runs.checkpoint import Found
from wgan.runs.history import History
from wgan.runs.manifest import readable
from wgan.training import Record

__all__ = ["load_history", "load_metrics"]


def load_metrics(found: Found) -> Tensor:
    """The records up to a checkpoint, `(iteration, values)`, float64.

    Raises:
        NoIntactCheckpoint: if what was sealed are no such records.
    """
    with readable(found.path / "state.safetensors"), safe_open(found.path / "state.safetensors", "pt") as file:
        metrics: Tensor = file.get_tensor("metrics")
        if metrics.shape != (expected := (found.iteration, len(Record._fields))):
            raise ValueError(f"records of shape {tuple(metrics.shape)}; expected {expected}")
        return metrics.double()


def load_history(found: Found, metric: str) -> History:
    """The evaluations up to a checkpoint.

    Args:
        found: the checkpoint.
        metric: the one that decides which was the best.

    Raises:
        NoIntactCheckpoint: if what was sealed are no such evaluations.
    """
    with readable(found.path / "state.safetensors"), safe_open(found.path / "state.safetensors", "pt") as file:
        if "evaluations" not in file.keys():  # noqa: SIM118 - no mapping
            return History(metric)
        history = History.from_lines(metric, bytes(file.get_tensor("evaluations").tolist()).decode())
        if history.until(found.iteration) != history:
            raise ValueError(f"evaluations after iteration {found.iteration}")
        return history
