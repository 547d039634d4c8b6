"""Functions and methods of torch, and the records that one call of them is."""
from __future__ import annotations

import math
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

import numpy as np
import torch

from .errors import Refused
from .layers import average_pool_fields, max_pool_fields, norm_tensors, pad_fields, shape_of
from .quantisers import number, value_of
from .tracer import Record, Tracer, tensors_in


class Step(NamedTuple):
    """One record of a call. `shape` is that of its result, where it is not the call's."""

    kind: str
    fields: Dict[str, Any]
    shape: Optional[Tuple[int, ...]] = None
    base: Optional[str] = None
    tensors: Dict[str, np.ndarray] = {}


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
    known = name if name in _STEPS or name in _PIECES or name in _PERMUTATIONS or name in _GRAPHS else name.rstrip("_")
    if known in _GRAPHS and _GRAPHS[known](tracer, known, inputs, constant, result, *args, **kwargs):
        return
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


_OF_SEVERAL = ("add", "cat", "matmul", "multiply")


def _chain(tracer: Tracer, name: str, inputs: List[Record], steps: List[Step], result: Any, orphan: Optional[str] = None) -> Record:
    last = inputs[0]
    for kind, fields, shape, base, tensors in steps:
        last = tracer.add(Record(tracer.scoped(base or name), kind, inputs, shape or shape_of(result), fields, tensors, orphan=orphan))
        inputs = [last]
    tracer.bind(result, last)
    return last


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


def _softmax(result: Any, input: Any, dim: Any = None, _stacklevel: int = 3, dtype: Any = None) -> Optional[List[Step]]:
    return None if dim is None else [Step("Softmax", {"axis": dim % _rank(input)})]


def _layer_norm(result: Any, input: Any, normalized_shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5, *_: Any) -> List[Step]:
    return [Step("LayerNorm", {"axes": len(normalized_shape), "epsilon": float(eps)}, tensors=norm_tensors(weight, bias))]


def _rms_norm(result: Any, input: Any, normalized_shape: Any, weight: Any = None, eps: Optional[float] = None) -> List[Step]:
    epsilon = torch.finfo(torch.float32).eps if eps is None else float(eps)
    return [Step("RMSNorm", {"axes": len(normalized_shape), "epsilon": epsilon}, tensors=norm_tensors(weight, None))]


def _group_norm(result: Any, input: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5, *_: Any) -> List[Step]:
    return [Step("GroupNorm", {"groups": int(num_groups), "epsilon": float(eps)}, tensors=norm_tensors(weight, bias))]


def _matmul(result: Any, input: Any, other: Any) -> List[Step]:
    return [Step("matmul", {})]


def _tiles(shape: Tuple[int, ...], counts: List[int]) -> List[Step]:
    """One step for each axis that is repeated as a whole; axes in front of those of `shape` are of size 1 at first."""
    steps, size = [], [1] * (len(counts) - len(shape)) + list(shape)
    if len(size) > len(shape):
        steps.append(Step("reshape", {}, tuple(size), "reshape"))
    for axis, count in enumerate(counts):
        if count != 1:
            size[axis] *= count
            steps.append(Step("tile", {"axis": axis, "count": count}, tuple(size), "tile"))
    return steps


def _repeat(result: Any, input: Any, *counts: Any, **named: Any) -> List[Step]:
    """x.repeat(2, 3), x.repeat([2, 3]), torch.tile(x, dims)."""
    given = list(named.values())[0] if named else counts[0] if len(counts) == 1 and not isinstance(counts[0], int) else counts
    shape = tuple(value_of(input).shape)
    return _tiles(shape, [1] * (len(shape) - len(given)) + [int(count) for count in given])


def _expand(result: Any, input: Any, *_: Any, **__: Any) -> List[Step]:
    shape, wanted = tuple(value_of(input).shape), shape_of(result)
    sizes = [1] * (len(wanted) - len(shape)) + list(shape)
    return _tiles(shape, [to // size for size, to in zip(sizes, wanted)])


def _repeat_interleave(result: Any, input: Any, repeats: Any, dim: Any = None, *, output_size: Any = None) -> Optional[List[Step]]:
    if not isinstance(repeats, int) or dim is None:
        return None
    return [Step("repeat", {"axis": dim % _rank(input), "count": repeats})] if repeats != 1 else []


def _flip(result: Any, input: Any, *dims: Any, **named: Any) -> List[Step]:
    given = named["dims"] if named else dims[0] if len(dims) == 1 and not isinstance(dims[0], int) else dims
    return [Step("flip", {"axes": sorted(axis % _rank(input) for axis in given)})]


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


# Calls whose records are no chain behind their first argument. Each says whether it knew this form of the call.


def _product(tracer: Tracer, name: str, inputs: List[Record], constant: bool, result: Any, input: Any, other: Any, **named: Any) -> bool:
    """x * y of two tensors; x * 2, 2 * x, x / 2 and -x are factors of one."""
    if named:
        return False
    inverse = name in ("div", "truediv", "true_divide", "itruediv", "idiv")
    if len(inputs) == 2 and not constant:
        if inverse:
            return False
        _chain(tracer, "mul", inputs, [Step("multiply", {})], result)
        return True
    own, factor = (input, other) if _traced(tracer, input) else (other, input)
    plain = value_of(factor)
    if isinstance(plain, torch.Tensor) and plain.numel() != 1 or inverse and own is other:
        return False
    value = float(number(plain)) if isinstance(plain, torch.Tensor) else float(plain)
    if inverse and value == 0:
        return False
    _chain(tracer, name, inputs[:1], [Step("scale", {"factor": 1 / value if inverse else value})], result)
    return True


def _traced(tracer: Tracer, value: Any) -> bool:
    return any(tracer.producer(tensor) is not None for tensor in tensors_in(value))


def _negative(tracer: Tracer, name: str, inputs: List[Record], constant: bool, result: Any, input: Any) -> bool:
    _chain(tracer, name, inputs[:1], [Step("scale", {"factor": -1.0})], result)
    return True


def _difference(tracer: Tracer, name: str, inputs: List[Record], constant: bool, result: Any, input: Any, other: Any, **named: Any) -> bool:
    """x - y is x + -1 * y."""
    if len(inputs) != 2 or constant or named:
        return False
    minuend, subtrahend = inputs[::-1] if name == "rsub" else inputs
    negative = tracer.add(Record(tracer.scoped("neg"), "scale", [subtrahend], subtrahend.shape, {"factor": -1.0}))
    _chain(tracer, name, [minuend, negative], [Step("add", {"alpha": 1.0, "constant": None})], result)
    return True


def _swapped(tracer: Tracer, name: str, inputs: List[Record], constant: bool, result: Any, input: Any, other: Any) -> bool:
    """other @ input."""
    if len(inputs) != 2 or constant:
        return False
    _chain(tracer, "matmul", inputs[::-1], [Step("matmul", {})], result)
    return True


def _attention(
    tracer: Tracer,
    name: str,
    inputs: List[Record],
    constant: bool,
    result: Any,
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: Optional[float] = None,
    enable_gqa: bool = False,
) -> bool:
    """F.scaled_dot_product_attention: softmax(q k^T * scale) v."""
    if len(inputs) != 3 or attn_mask is not None or dropout_p or is_causal or enable_gqa:
        return False
    q, k, v = inputs
    shape, rank = tuple(q.shape), len(q.shape)
    transposed = tracer.add(Record(tracer.scoped(f"{name}.transpose"), "permute", [k], (*k.shape[:-2], k.shape[-1], k.shape[-2]), {"axes": [*range(rank - 2), rank - 1, rank - 2]}))
    scores = (*shape[:-1], k.shape[-2])
    steps = [Step("matmul", {}, scores, f"{name}.matmul"), Step("scale", {"factor": 1 / math.sqrt(shape[-1]) if scale is None else float(scale)}, scores, f"{name}.scale")]
    weights = _chain(tracer, name, [q, transposed], [*steps, Step("Softmax", {"axis": rank - 1}, scores, f"{name}.softmax")], result)
    _chain(tracer, name, [weights, v], [Step("matmul", {})], result)
    return True


def _indices(tracer: Tracer, name: str, inputs: List[Record], constant: bool, result: Any, *_: Any, **__: Any) -> bool:
    """An input of the network that a model takes for whole numbers, such as the words of a sentence: it is handed on."""
    made = value_of(result)
    if inputs[0].kind is not None or made.is_floating_point() or made.shape != tuple(inputs[0].shape):
        return False
    tracer.bind(result, inputs[0])
    return True


def _polar(part: str) -> Callable[..., bool]:
    """Magnitude or angle of torch.fft.rfft(x), whose own record leads nowhere."""

    def describe(tracer: Tracer, name: str, inputs: List[Record], constant: bool, result: Any, input: Any, **_: Any) -> bool:
        if inputs[0].kind != _SPECTRUM:
            return False
        _chain(tracer, name, inputs[0].inputs, [Step("rfft", {"part": part})], result)
        return True

    return describe


#: torch.fft.rfft over the last axis, whole and not scaled. Complex numbers are no layer's; their magnitudes and angles are.
_SPECTRUM = "fft_rfft"


def _rfft(result: Any, input: Any, n: Any = None, dim: int = -1, norm: Any = None, **_: Any) -> Optional[List[Step]]:
    whole = n is None or n == value_of(input).shape[dim]
    return [Step(_SPECTRUM, {})] if whole and dim % _rank(input) == _rank(input) - 1 and norm in (None, "backward") else None


_GRAPHS: Dict[str, Callable[..., bool]] = {
    **{name: _product for name in ("mul", "rmul", "imul", "multiply", "div", "truediv", "true_divide", "itruediv", "idiv")},
    **{name: _difference for name in ("sub", "rsub", "isub", "subtract")},
    "neg": _negative,
    "negative": _negative,
    **{name: _indices for name in ("long", "int", "to", "type")},
    "rmatmul": _swapped,
    "scaled_dot_product_attention": _attention,
    "abs": _polar("magnitude"),
    "angle": _polar("phase"),
}
#: Argument position of the axis.
_PIECES = {"chunk": 2, "split": 2, "split_with_sizes": 2, "tensor_split": 2, "unbind": 1}
_PERMUTATIONS = frozenset({"permute", "transpose", "swapaxes", "swapdims", "movedim", "moveaxis", "t", "T", "mT"})
_STEPS: Dict[str, Callable[..., Optional[List[Step]]]] = {
    **{name: _same for name in ("detach", "contiguous", "clone", "data", "requires_grad", "alias", "to", "float", "cpu", "type", "type_as")},
    **{name: _reshape for name in ("reshape", "view", "flatten", "squeeze", "unsqueeze", "unflatten", "ravel", "view_as", "reshape_as")},
    **{name: _add for name in ("add", "radd", "iadd")},
    **{name: _cat for name in ("cat", "concat", "concatenate")},
    **{name: _dropout for name in ("dropout", "dropout1d", "dropout2d", "alpha_dropout", "feature_alpha_dropout")},
    **{name: _module(f"AdaptiveAvgPool{name[-2]}d", output_size=1) for name in ("adaptive_avg_pool1d", "adaptive_avg_pool2d")},
    **{name: _module(f"AdaptiveMaxPool{name[-2]}d", output_size=1) for name in ("adaptive_max_pool1d", "adaptive_max_pool2d")},
    **{name: _matmul for name in ("matmul", "bmm")},
    **{name: _expand for name in ("expand", "expand_as", "broadcast_to")},
    **{name: _repeat for name in ("repeat", "tile")},
    **{name: _softmax for name in ("softmax",)},
    "layer_norm": _layer_norm,
    "rms_norm": _rms_norm,
    "group_norm": _group_norm,
    "repeat_interleave": _repeat_interleave,
    "flip": _flip,
    "fft_rfft": _rfft,
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
