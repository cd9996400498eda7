"""Data sources: named data sets, toys and files behind one front door, `open_source`."""

from wgan.data.conditions import Batch, Conditioning, Conditions
from wgan.data.endless import Endless
from wgan.data.images.streaming import StreamSource
from wgan.data.opening import open_as_it_is, open_source, source_names
from wgan.data.pairs.pair import Pair
from wgan.data.pixels import Pixels
from wgan.data.scaling import Scaling, Units
from wgan.data.settings import DataSettings
from wgan.data.source import FiniteSource, Source
from wgan.data.tensor import TensorSource

__all__ = [
    "Batch",
    "Conditioning",
    "Conditions",
    "DataSettings",
    "Endless",
    "FiniteSource",
    "Pair",
    "Pixels",
    "Scaling",
    "Source",
    "StreamSource",
    "TensorSource",
    "Units",
    "open_as_it_is",
    "open_source",
    "source_names",
]
