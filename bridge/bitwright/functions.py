"""Functions and methods of torch, and the records that one call of them is."""
from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional, Tuple

import torch

from .errors import Refused
from .graphs import GRAPHS, rfft
from .layers import average_pool_fields, max_pool_fields, norm_tensors
from .moves import MOVES, PERMUTATIONS, PIECES, permutation, pieces
from .quantisers import value_of
from .steps import Step, chain, rank_of
from .tracer import Record, Tracer

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
    """Adds the records of one call. A function that no table knows is a record without fields."""
    args, kwargs = arguments
    known = name if name in _STEPS or name in PIECES or name in PERMUTATIONS or name in GRAPHS else name.rstrip("_")
    if known in GRAPHS and GRAPHS[known](tracer, known, inputs, constant, result, *args, **kwargs):
        return
    if known in PIECES:
        for piece, steps in pieces(known, result, args, kwargs):
            chain(tracer, known, inputs[:1], steps, piece)
        return
    steps = _steps(function, known, args, kwargs, result)
    if steps is None:
        steps = [Step(name, {})]
    elif len(steps) == 0 or steps[0].kind not in _OF_SEVERAL:
        inputs, constant = inputs[:1], False
    chain(tracer, known, inputs, steps, result, f"an argument of {name}" if constant and steps[0].kind in _OF_SEVERAL else None)


_OF_SEVERAL = ("add", "cat", "matmul", "multiply")


def _steps(function: Callable, name: str, args: tuple, kwargs: dict, result: Any) -> Optional[List[Step]]:
    """None for a call that is not known; no steps at all for one that hands its input on."""
    if name in PERMUTATIONS:
        return permutation(function, args, kwargs)
    if name not in _STEPS:
        return None
    try:
        return _STEPS[name](result, *args, **kwargs)
    except TypeError:  # a form of the function that its table entry does not describe
        return None


def _same(result: Any, x: Any, *_: Any, **__: Any) -> Optional[List[Step]]:
    """A conversion that changes nothing."""
    before, after = value_of(x), value_of(result)
    return [] if before.dtype == after.dtype and before.shape == after.shape else None


def _add(result: Any, input: Any, other: Any, *, alpha: float = 1) -> List[Step]:
    constants = [float(addend) for addend in (input, other) if not isinstance(value_of(addend), torch.Tensor)]
    if constants == [0.0]:  # how sum() begins
        return []
    return [Step("add", {"alpha": float(alpha), "constant": constants[0] if constants else None})]


def _mean(result: Any, input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> List[Step]:
    rank = rank_of(input)
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
    return None if dim is None else [Step("Softmax", {"axis": dim % rank_of(input)})]


def _layer_norm(result: Any, input: Any, normalized_shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5, *_: Any) -> List[Step]:
    return [Step("LayerNorm", {"axes": len(normalized_shape), "epsilon": float(eps)}, tensors=norm_tensors(weight, bias))]


def _rms_norm(result: Any, input: Any, normalized_shape: Any, weight: Any = None, eps: Optional[float] = None) -> List[Step]:
    epsilon = torch.finfo(torch.float32).eps if eps is None else float(eps)
    return [Step("RMSNorm", {"axes": len(normalized_shape), "epsilon": epsilon}, tensors=norm_tensors(weight, None))]


def _group_norm(result: Any, input: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5, *_: Any) -> List[Step]:
    return [Step("GroupNorm", {"groups": int(num_groups), "epsilon": float(eps)}, tensors=norm_tensors(weight, bias))]


def _matmul(result: Any, input: Any, other: Any) -> List[Step]:
    return [Step("matmul", {})]


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


_STEPS: Dict[str, Callable[..., Optional[List[Step]]]] = {
    **MOVES,
    **{name: _same for name in ("detach", "contiguous", "clone", "data", "requires_grad", "alias", "to", "float", "cpu", "type", "type_as")},
    **{name: _add for name in ("add", "radd", "iadd")},
    **{name: _dropout for name in ("dropout", "dropout1d", "dropout2d", "alpha_dropout", "feature_alpha_dropout")},
    **{name: _module(f"AdaptiveAvgPool{name[-2]}d", output_size=1) for name in ("adaptive_avg_pool1d", "adaptive_avg_pool2d")},
    **{name: _module(f"AdaptiveMaxPool{name[-2]}d", output_size=1) for name in ("adaptive_max_pool1d", "adaptive_max_pool2d")},
    **{name: _matmul for name in ("matmul", "bmm")},
    **{name: _softmax for name in ("softmax",)},
    "layer_norm": _layer_norm,
    "rms_norm": _rms_norm,
    "group_norm": _group_norm,
    "fft_rfft": rfft,
    "mean": _mean,
    "max_pool1d": _max_pool(1),
    "max_pool2d": _max_pool(2),
    "max_pool1d_with_indices": _max_pool_with_indices(1),
    "max_pool2d_with_indices": _max_pool_with_indices(2),
    "avg_pool1d": _average_pool(1),
    "avg_pool2d": _average_pool(2),
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
