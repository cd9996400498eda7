"""ONNX files, which runtimes of many languages take."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn
from torch.export import ExportedProgram

from wgan.errors import InputError
from wgan.files import replacing
from wgan.sharing.portable import Portable
from wgan.sharing.tracing import graph, quiet, refusal, traced

__all__ = ["write_onnx"]

LARGEST = 2**31 - 2**20
"""Bytes of weights that one file holds."""


def write_onnx(portable: Portable, place: Path) -> float:
    """Writes a network as ONNX, once the runtime gives what torch gives.

    Args:
        portable: the network.
        place: of the file.

    Returns:
        By how much they differ at most, in the model's units.

    Raises:
        InputError: if a package is missing, a layer has no counterpart, the weights are too many for one file, or the
            runtime gives other numbers.
    """
    runtime = needed("onnxruntime")
    for name in ("onnx", "onnxscript"):
        needed(name)
    refuse_large(portable.module)
    content = converted(portable)
    session = started(runtime, content)

    def outward(inputs: Mapping[str, Tensor]) -> Tensor:
        return torch.from_numpy(session.run(None, {name: value.numpy() for name, value in inputs.items()})[0])

    worst = portable.agreeing(outward, "ONNX", "export to a .pt2 file instead")
    with replacing(place) as file:
        file.write(content)
    return worst


def needed(name: str) -> ModuleType:
    """A package of the extra.

    Raises:
        InputError: if it is not installed.
    """
    try:
        return import_module(name)
    except ImportError:
        raise InputError(f"to export ONNX needs {name}; install it by: pip install 'wgan[onnx]'") from None


def refuse_large(module: nn.Module) -> None:
    """Refuses what no single file can hold."""
    size = sum(value.numel() * value.element_size() for value in module.state_dict().values())
    if size > LARGEST:
        raise InputError(
            f"the weights have {size / 2**30:.1f} GiB and an ONNX file holds 2; export to a .pt2 file or a folder"
        )


def converted(portable: Portable) -> bytes:
    """The content of the file."""
    example = portable.example
    program = traced(portable.module, example, portable.advice)
    try:
        made = translated(program, [*example], portable.output)
    except Exception as error:  # whatever the translator raises
        arguments = tuple(example.values())
        line = "ONNX has no counterpart of {}; export to a .pt2 file instead"
        raise refusal(portable.module, arguments, probe, error, line) from None
    for key, value in portable.notes.items():
        made.metadata_props.add(key=key, value=value)
    content: bytes = made.SerializeToString()
    return content


def translated(program: ExportedProgram, inputs: list[str], output: str) -> Any:  # noqa: ANN401 - of a library without types
    """The ONNX model of a graph."""
    names = {"input_names": inputs, "output_names": [output]}
    axes = tuple({0: "batch"} for _ in inputs)
    with quiet():
        found = torch.onnx.export(program, dynamo=True, verbose=False, dynamic_shapes=axes, **names)  # type: ignore[arg-type]
    assert found is not None
    return found.model_proto


def probe(layer: nn.Module, arguments: tuple[Any, ...]) -> None:
    """Raises if a layer has no counterpart in ONNX."""
    with quiet():
        torch.onnx.export(graph(layer, arguments), dynamo=True, verbose=False)


def started(runtime: ModuleType, content: bytes) -> Any:  # noqa: ANN401 - of a library without types
    """The model, ready to be run."""
    options = runtime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return runtime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
