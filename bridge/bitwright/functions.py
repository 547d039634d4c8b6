"""Functions and methods of torch, and the records that one call of them is."""
from __future__ import annotations

from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

import torch

from .errors import Refused
from .layers import average_pool_fields, max_pool_fields, pad_fields, shape_of
from .quantisers import value_of
from .tracer import Record, Tracer, tensors_in


class Step(NamedTuple):
    """One record of a call. `shape` is that of its result, where it is not the call's."""

    kind: str
    fields: Dict[str, Any]
    shape: Optional[Tuple[int, ...]] = None
    base: Optional[str] = None


#: What takes numbers out of the trace, so that what follows could depend on the sample.
_ESCAPES = frozenset({"item", "numpy", "tolist", "__bool__", "__float__", "__int__", "__index__", "__array__", "__complex__", "__contains__"})


def refuse(tracer: Tracer, name: str) -> None:
    """Stops at a function of a traced value that no record can stand for."""
    if name in _ESCAPES:
        raise Refused(
            f"{tracer.where()}: {name} takes a number out of a tensor that depends on the input, so that the network would depend on the sample; compute it outside of forward"
        )
    if name == "setitem":
        raise Refused(f"{tracer.where()}: an assignment into a part of a tensor; build the tensor with torch.cat or F.pad")


def record(tracer: Tracer, function: Callable, name: str, arguments: Tuple[tuple, dict], inputs: List[Record], constant: bool, result: Any) -> None:
    """Adds the records of one call. A function that the tables below do not know is a record without fields."""
    args, kwargs = arguments
    known = name if name in _STEPS or name in _PIECES or name in _PERMUTATIONS else name.rstrip("_")
    if known in _PIECES:
        for piece, steps in _pieces(known, result, args, kwargs):
            _chain(tracer, known, inputs[:1], steps, piece)
        return
    steps = _steps(function, known, args, kwargs, result)
    if steps is None:
        steps = [Step(name, {})]
    elif len(steps) == 0 or steps[0].kind not in _OF_SEVERAL:
        inputs, constant = inputs[:1], False
    _chain(tracer, known, inputs, steps, result, f"an argument of {name}" if constant and steps[0].kind in _OF_SEVERAL else None)


_OF_SEVERAL = ("add", "cat")


def _chain(tracer: Tracer, name: str, inputs: List[Record], steps: List[Step], result: Any, orphan: Optional[str] = None) -> None:
    last = inputs[0]
    for kind, fields, shape, base in steps:
        last = tracer.add(Record(tracer.scoped(base or name), kind, inputs, shape or shape_of(result), fields, orphan=orphan))
        inputs = [last]
    tracer.bind(result, last)


def _steps(function: Callable, name: str, args: tuple, kwargs: dict, result: Any) -> Optional[List[Step]]:
    """None for a call that is not known; no steps at all for one that hands its input on."""
    if name in _PERMUTATIONS:
        return _permutation(function, args, kwargs)
    if name not in _STEPS:
        return None
    try:
        return _STEPS[name](result, *args, **kwargs)
    except TypeError:  # a form of the function that its table entry does not describe
        return None


def _rank(tensor: Any) -> int:
    return len(value_of(tensor).shape)


def _same(result: Any, x: Any, *_: Any, **__: Any) -> Optional[List[Step]]:
    """A conversion that changes nothing."""
    before, after = value_of(x), value_of(result)
    return [] if before.dtype == after.dtype and before.shape == after.shape else None


def _reshape(result: Any, x: Any, *_: Any, **__: Any) -> List[Step]:
    return [Step("reshape", {})]


def _permutation(function: Callable, args: tuple, kwargs: dict) -> Optional[List[Step]]:
    """Found out by asking: the function is run on a tensor whose sizes are 2, 3, 4 and so on."""
    rank = _rank(args[0])
    probe = torch.empty(tuple(range(2, rank + 2)), device="meta")
    axes = [size - 2 for size in function(probe, *args[1:], **kwargs).shape]
    return [Step("permute", {"axes": axes})] if axes != list(range(rank)) else []


def _slice(axis: int, start: int, size: int, step: int, shape: Tuple[int, ...]) -> List[Step]:
    if start == 0 and step == 1 and size == shape[axis]:
        return []
    cut = shape[:axis] + (size,) + shape[axis + 1 :]
    return [Step("slice", {"axis": axis, "start": start, "size": size, "step": step}, cut, "slice")]


def _index(result: Any, x: Any, index: Any) -> Optional[List[Step]]:
    """x[...] of integers, slices, None and one Ellipsis."""
    index = index if isinstance(index, tuple) else (index,)
    if not all(item is None or item is Ellipsis or isinstance(item, slice) or type(item) is int for item in index):
        return None
    shape = tuple(value_of(x).shape)
    named = sum(item is not None and item is not Ellipsis for item in index)
    axis, steps = 0, []
    for item in index:
        if item is Ellipsis:
            axis += len(shape) - named
        elif item is not None:
            chosen = range(shape[axis])[item] if isinstance(item, slice) else range(item % shape[axis], item % shape[axis] + 1)
            steps += _slice(axis, chosen.start, len(chosen), chosen.step, shape)
            shape = shape[:axis] + (len(chosen),) + shape[axis + 1 :]
            axis += 1
    return steps + ([] if shape == shape_of(result) else [Step("reshape", {}, shape_of(result), "reshape")])


def _narrow(result: Any, input: Any, dim: int, start: int, length: int) -> List[Step]:
    shape = tuple(value_of(input).shape)
    return _slice(dim % len(shape), start % shape[dim], length, 1, shape)


def _select(result: Any, input: Any, dim: int, index: int) -> List[Step]:
    shape = tuple(value_of(input).shape)
    cut = _slice(dim % len(shape), index % shape[dim], 1, 1, shape)
    return cut + [Step("reshape", {}, shape_of(result), "reshape")]


def _pieces(name: str, result: Any, args: tuple, kwargs: dict) -> List[Tuple[torch.Tensor, List[Step]]]:
    """chunk, split and unbind: slices one after the other along an axis."""
    x = kwargs.get("input", kwargs.get("self", args[0] if args else None))
    axis = kwargs.get("dim", args[_PIECES[name]] if len(args) > _PIECES[name] else 0) % _rank(x)
    shape, start, found = tuple(value_of(x).shape), 0, []
    for piece in tensors_in(list(result)):
        size = 1 if name == "unbind" else piece.shape[axis]
        steps = _slice(axis, start, size, 1, shape)
        if name == "unbind":
            steps = steps + [Step("reshape", {}, tuple(piece.shape), "reshape")]
        found.append((piece, steps))
        start += size
    return found


def _add(result: Any, input: Any, other: Any, *, alpha: float = 1) -> List[Step]:
    constants = [float(addend) for addend in (input, other) if not isinstance(value_of(addend), torch.Tensor)]
    if constants == [0.0]:  # how sum() begins
        return []
    return [Step("add", {"alpha": float(alpha), "constant": constants[0] if constants else None})]


def _cat(result: Any, tensors: Any, dim: int = 0) -> List[Step]:
    return [Step("cat", {"axis": dim % _rank(result)})]


def _mean(result: Any, input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> List[Step]:
    rank = _rank(input)
    axes = list(range(rank)) if dim is None else [dim] if isinstance(dim, int) else list(dim)
    return [Step("mean", {"axes": sorted(axis % rank for axis in axes), "keep": bool(keepdim)})]


def _max_pool(axes: int) -> Callable[..., List[Step]]:
    def describe(
        result: Any, input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False, return_indices: bool = False
    ) -> List[Step]:
        return [Step(f"MaxPool{axes}d", max_pool_fields(axes, kernel_size, stride, padding, dilation, ceil_mode, return_indices))]

    return describe


def _max_pool_with_indices(axes: int) -> Callable[..., List[Step]]:
    return lambda result, *args, **kwargs: _max_pool(axes)(result, *args[:6], **{**kwargs, "return_indices": True})


def _average_pool(axes: int) -> Callable[..., List[Step]]:
    def describe(
        result: Any,
        input: Any,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: Any = None,
    ) -> List[Step]:
        fields = average_pool_fields(axes, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)
        return [Step(f"AvgPool{axes}d", fields)]

    return describe


def _pad(result: Any, input: Any, pad: Any, mode: str = "constant", value: Any = None) -> Optional[List[Step]]:
    return [Step("ZeroPad", pad_fields(_rank(input), pad, value or 0.0))] if mode == "constant" else None


def _clamp(result: Any, input: Any, min: Any = None, max: Any = None) -> Optional[List[Step]]:
    return [Step("ReLU", {})] if min == 0 and max is None else None


def _dropout(result: Any, input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> List[Step]:
    return [Step("Dropout", {"training": bool(training)})]


def _interpolate(result: Any, input: Any, size: Any = None, scale_factor: Any = None, mode: str = "nearest", *_: Any, **__: Any) -> List[Step]:
    return [Step("Upsample", {"mode": mode})]


def _module(kind: str, **parameters: float) -> Callable[..., List[Step]]:
    """A function that is the module `kind`; `parameters` are its arguments behind the tensor, with their defaults."""

    def describe(result: Any, input: Any, *args: Any, inplace: bool = False, **kwargs: Any) -> List[Step]:
        given = {**parameters, **dict(zip(parameters, args)), **kwargs}
        return [Step(kind, given)]

    return describe


#: Argument position of the axis.
_PIECES = {"chunk": 2, "split": 2, "split_with_sizes": 2, "tensor_split": 2, "unbind": 1}
_PERMUTATIONS = frozenset({"permute", "transpose", "swapaxes", "swapdims", "movedim", "moveaxis", "t", "T", "mT"})
_STEPS: Dict[str, Callable[..., Optional[List[Step]]]] = {
    **{name: _same for name in ("detach", "contiguous", "clone", "data", "requires_grad", "alias", "to", "float", "cpu", "type", "type_as", "expand", "expand_as")},
    **{name: _reshape for name in ("reshape", "view", "flatten", "squeeze", "unsqueeze", "unflatten", "ravel", "view_as", "reshape_as")},
    **{name: _add for name in ("add", "radd", "iadd")},
    **{name: _cat for name in ("cat", "concat", "concatenate")},
    **{name: _dropout for name in ("dropout", "dropout1d", "dropout2d", "alpha_dropout", "feature_alpha_dropout")},
    **{name: _module(f"AdaptiveAvgPool{name[-2]}d", output_size=1) for name in ("adaptive_avg_pool1d", "adaptive_avg_pool2d")},
    **{name: _module(f"AdaptiveMaxPool{name[-2]}d", output_size=1) for name in ("adaptive_max_pool1d", "adaptive_max_pool2d")},
    "getitem": _index,
    "narrow": _narrow,
    "select": _select,
    "mean": _mean,
    "max_pool1d": _max_pool(1),
    "max_pool2d": _max_pool(2),
    "max_pool1d_with_indices": _max_pool_with_indices(1),
    "max_pool2d_with_indices": _max_pool_with_indices(2),
    "avg_pool1d": _average_pool(1),
    "avg_pool2d": _average_pool(2),
    "pad": _pad,
    "interpolate": _interpolate,
    "clamp": _clamp,
    "clamp_min": _clamp,
    "relu": _module("ReLU"),
    "relu6": _module("ReLU6"),
    "silu": _module("SiLU"),
    "gelu": _module("GELU", approximate="none"),
    "sigmoid": _module("Sigmoid"),
    "tanh": _module("Tanh"),
    "hardswish": _module("Hardswish"),
    "hardsigmoid": _module("Hardsigmoid"),
    "mish": _module("Mish"),
    "softsign": _module("Softsign"),
    "logsigmoid": _module("LogSigmoid"),
    "softplus": _module("Softplus", beta=1.0, threshold=20.0),
    "elu": _module("ELU", alpha=1.0),
    "selu": _module("SELU"),
    "leaky_relu": _module("LeakyReLU", negative_slope=0.01),
    "hardtanh": _module("Hardtanh", min_val=-1.0, max_val=1.0),
}
