"""Traces a model with samples and writes the bundle."""
from __future__ import annotations

import contextlib
import copy
import inspect
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence, Tuple, Union

import numpy as np
import torch

from . import bundle, functions, layers, places
from .compatibility import import_brevitas
from .errors import Refused, one_line
from .tracer import Record, Tracer, tensors_in

Samples = Union[torch.Tensor, np.ndarray, Sequence[Union[torch.Tensor, np.ndarray]]]


class Trace:
    """One run: what it did, and the values of that sample."""

    def __init__(self, inputs: List[Record], records: List[Record], outputs: List[Record], values: List[np.ndarray]) -> None:
        self.inputs = inputs
        self.records = records
        self.outputs = outputs
        self.values = values

    def structure(self) -> List[tuple]:
        return [(record.name, record.kind, [source.name for source in record.inputs], record.shape) for record in self.records]


def export(
    model: torch.nn.Module,
    samples: Samples,
    path: str,
    name: Optional[str] = None,
    progress: Optional[Callable[[int, int], None]] = None,
) -> None:
    """
    Writes the bundle of `model` to the directory `path`.

    `samples` is a float32 tensor whose axis 0 counts samples, or a tuple of them for a model of several inputs. The model runs in eval mode on
    one sample at a time; its own mode is restored. Raises Refused with one sentence.
    """
    versions = {"brevitas": import_brevitas(), "torch": torch.__version__.split("+")[0]}
    arrays = [_array(sample) for sample in (samples if isinstance(samples, (tuple, list)) else (samples,))]
    counts = {array.shape[0] for array in arrays}
    if len(counts) != 1 or 0 in counts:
        raise Refused(f"the samples of the inputs have {sorted(counts)} entries along axis 0; give the same number, at least 1, for each input")
    count = counts.pop()
    with _ready(model) as ready:
        traces = []
        for index in range(count):
            traces.append(trace(ready, [array[index : index + 1] for array in arrays]))
            _compare(traces[0], traces[-1], index)
            if progress:
                progress(index + 1, count)
    first = traces[0]
    tensors = {f"sample.input.{record.name}": array for record, array in zip(first.inputs, arrays)}
    for position, record in enumerate(first.records):
        if record.integers is not None:
            tensors[f"sample.integers.{record.name}"] = _stack([one.records[position].integers for one in traces])
    for position, record in enumerate(first.outputs):
        tensors[f"sample.output.{record.name}"] = np.concatenate([one.values[position] for one in traces])
    bundle.write(path, bundle.contents(name or type(model).__name__, versions, first.inputs, first.records, first.outputs, tensors))


def _stack(found: List[np.ndarray]) -> np.ndarray:
    return np.concatenate(found).astype(np.result_type(*{one.dtype for one in found}))


def _array(sample: Union[torch.Tensor, np.ndarray]) -> np.ndarray:
    array = sample.detach().cpu().numpy() if isinstance(sample, torch.Tensor) else np.asarray(sample)
    if array.dtype.kind not in "biuf" or array.ndim == 0:
        raise Refused(f"a sample of type {array.dtype} and shape {array.shape}; give real numbers, with samples along axis 0")
    return np.ascontiguousarray(array, dtype=np.float32)


@contextlib.contextmanager
def _ready(model: torch.nn.Module) -> Iterator[torch.nn.Module]:
    """The model in eval mode on the CPU, with one thread; afterwards everything is as it was."""
    model = getattr(model, "_orig_mod", model)  # of torch.compile
    modes = {module: module.training for module in model.modules()}
    tensors = list(model.parameters()) + list(model.buffers())
    ready = copy.deepcopy(model).cpu() if any(tensor.device.type != "cpu" for tensor in tensors) else model
    threads = torch.get_num_threads()
    ready.eval()
    torch.set_num_threads(1)
    try:
        with torch.no_grad():
            yield ready
    finally:
        torch.set_num_threads(threads)
        for module, training in modes.items():
            module.training = training


def trace(model: torch.nn.Module, sample: List[np.ndarray]) -> Trace:
    """Runs `model` on one sample (axis 0 of size 1) and records it."""
    tracer = Tracer(model, layers, functions)
    values = [torch.from_numpy(array.copy()) for array in sample]
    inputs = [Record(name, None, [], tuple(value.shape)) for name, value in zip(_input_names(model, len(values)), values)]
    for record, value in zip(inputs, values):
        tracer.bind(value, record)
    try:
        with tracer.watching():
            result = model(*values)
        found = list(tensors_in(result))
        outputs = [tracer.producer(tensor) for tensor in found]
    except Refused:
        raise
    except Exception as error:
        raise Refused(f"{places.of_error(error) or 'the model'}: its forward failed with {one_line(error)}") from error
    if not outputs or None in outputs:
        raise Refused("the model's output does not depend on its input; return what forward computes from its arguments")
    if any(record in inputs for record in outputs):
        raise Refused("the model returns its input as it is; return what its layers compute")
    records = _reached(tracer.records, outputs)
    _name(inputs, records)
    return Trace(inputs, records, outputs, [tensor.detach().numpy().astype(np.float32) for tensor in found])


def _input_names(model: torch.nn.Module, count: int) -> List[str]:
    parameters = [
        parameter.name
        for parameter in inspect.signature(model.forward).parameters.values()
        if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
    ]
    return [parameters[index] if index < len(parameters) else f"input{index}" for index in range(count)]


def _reached(records: List[Record], outputs: List[Record]) -> List[Record]:
    """The records that an output needs, in the order of execution; the first of them with an edge from nowhere stops the export."""
    needed = set()
    waiting = list(outputs)
    while waiting:
        record = waiting.pop()
        if record not in needed:
            needed.add(record)
            waiting += record.inputs
    found = [record for record in records if record in needed]
    for record in found:
        if record.orphan:
            raise Refused(
                f"{record.location or 'the model'}: {record.orphan} comes from no layer and no input ({record.base}); make it an input of the network, or fold it into a layer"
            )
    return found


def _name(inputs: List[Record], records: List[Record]) -> None:
    """Bases that occur once are names; others are numbered in the order of execution."""
    bases = [record.base for record in records]
    for record in inputs:
        record.name = record.base if record.base not in bases else f"{record.base}_input"
    seen: Dict[str, int] = {}
    for record in records:
        record.name = record.base if bases.count(record.base) == 1 else f"{record.base}#{seen.setdefault(record.base, 0)}"
        seen[record.base] = seen.get(record.base, 0) + 1


def _compare(first: Trace, other: Trace, index: int) -> None:
    """The same graph for every sample; a quantiser that is another one for this sample is marked, and refused by the importer."""
    mine, theirs = first.structure(), other.structure()
    if mine != theirs:
        at: Optional[Tuple[Any, Any]] = next(((a, b) for a, b in zip(mine, theirs) if a != b), None)
        where = f"{at[0][0]} in one, {at[1][0]} in the other" if at else "one is longer"
        raise Refused(f"samples 0 and {index} take different ways through forward ({where}); export a model whose layers do not depend on the input's values")
    for a, b in zip(first.records, other.records):
        if a.fields.get("scale") != b.fields.get("scale"):
            a.fields["dynamic"] = True
        elif a.fields != b.fields:
            a.fields["quantiser"] = None
