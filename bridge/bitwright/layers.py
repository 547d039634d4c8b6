"""Leaf modules: which class they are, and the records that one call of them is."""
from __future__ import annotations

import math
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

import numpy as np
import torch
from torch import nn

from . import places
from .quantisers import array, integers, is_quant_tensor, kind_of, number, quantiser_fields, rounding_of, value_of, whole
from .tracer import ProxyCall, Record, Tracer, tensors_in

Fields = Dict[str, Any]
Tensors = Dict[str, np.ndarray]

_LIBRARIES = ("torch.nn.modules.", "brevitas.nn.")
_CONTAINERS = (nn.Module, nn.Sequential, nn.ModuleList, nn.ModuleDict)
#: Layers that read nothing, and stand in the network nevertheless.
SOURCES = frozenset({"Parameter"})
#: Library classes that are made of layers and functions, which are traced.
_COMPOSED = frozenset({"QuantMultiheadAttention"})
#: What a subclass may bring of its own and still be the same layer: how it is made, saved and shown.
_HARMLESS = frozenset({"__init__", "__repr__", "__doc__", "__module__", "__annotations__", "extra_repr", "reset_parameters", "_load_from_state_dict"})


def kind(module: nn.Module) -> Optional[str]:
    """
    The library class whose forward this module runs; None for a module to look into. A subclass that changes other methods of its library
    class is a layer by its own name, which nobody knows.
    """
    if "forward" in vars(module):  # replaced on this very instance
        return None
    if getattr(module, "bitwright_kind", ""):
        return module.bitwright_kind
    for position, ancestor in enumerate(type(module).__mro__):
        if not ancestor.__module__.startswith(_LIBRARIES):
            continue
        if ancestor in _CONTAINERS or ancestor.__name__ in _COMPOSED or type(module).forward is not ancestor.forward:
            return None
        own = {name for own in type(module).__mro__[:position] for name in vars(own) if own.__module__ != "torch.nn.utils.parametrize"}
        changed = {name for name in own - _HARMLESS if callable(getattr(ancestor, name, None))}
        return type(module).__name__ if changed else ancestor.__name__
    return None


def record(
    tracer: Tracer,
    kind: str,
    module: nn.Module,
    inputs: List[Record],
    constant: bool,
    arguments: Tuple[tuple, dict],
    result: Any,
    calls: List[ProxyCall],
) -> None:
    """Adds the records of one call: quantisers of its inputs, itself, the quantiser of its output."""
    base, location = tracer.path(module), places.here()
    shape = shape_of(result)

    def quantised(role: str, source: Record, call: ProxyCall) -> Record:
        return tracer.add(
            Record(
                f"{base}.{role}",
                "QuantIdentity",
                [source],
                tuple(value_of(call.result).shape),
                quantiser_fields(call.proxy, call.result),
                integers=integers(call.result),
                location=location,
            )
        )

    if hasattr(module, "bitwright_kind"):
        for position, role in module.bitwright_linears.items():
            linear = getattr(module, role)
            fields, tensors = _weights(Call(linear, {name: [] for name in _ROLES}, shape, tuple(inputs[position].shape), ((), {})))
            made = (*inputs[position].shape[:-1], linear.out_features)
            inputs[position] = tracer.add(Record(f"{base}.{role}", "QuantLinear", [inputs[position]], made, fields, tensors, location=location))
        fields, tensors = module.description(shape)
        last = tracer.add(Record(base, kind, inputs, shape, fields, tensors, location=location))
        if fields.get("scale") is None:
            quantised = quantiser_fields(module.output_quant.act_quant, result)
            last = tracer.add(Record(f"{base}.output_quant", "QuantIdentity", [last], shape, quantised, integers=integers(result), location=location))
        tracer.bind(result, last)
        return

    by_role = {role: [call for call in calls if call.proxy is getattr(module, role, None)] for role in _ROLES}
    before = [call for call in by_role["input_quant"] if call.proxy.is_quant_enabled]
    after = [call for call in by_role["output_quant"] if call.proxy.is_quant_enabled]
    if getattr(module, "input_quant", None) is getattr(module, "output_quant", 0):  # tied: the last call is the output's
        before, after = before[: len(inputs)], before[len(inputs) :]
    if before:
        inputs = [quantised("input_quant", source, call) for source, call in zip(inputs, before)]
    call = Call(module, by_role, shape, tuple(inputs[0].shape), arguments)
    fields, tensors = _DESCRIPTIONS.get(kind, _unknown)(call)
    last = tracer.add(
        Record(base, _SAME.get(kind, kind), inputs, shape, fields, tensors, call.integers(), location, "an argument of it" if constant else None)
    )
    for applied in after:
        last = quantised("output_quant", last, applied)
    tracer.bind(result, last)


_ROLES = ("input_quant", "output_quant", "act_quant", "weight_quant", "bias_quant", "trunc_quant")
#: QuantEltwiseAdd and QuantCat are quantisers around a plain addition or concatenation.
_SAME = {"QuantEltwiseAdd": "add", "QuantCat": "cat"}


class Call:
    """One call of a leaf module, as its description sees it."""

    def __init__(self, module: nn.Module, by_role: Dict[str, List[ProxyCall]], shape: tuple, input_shape: tuple, arguments: Tuple[tuple, dict]) -> None:
        self.module = module
        self.shape = shape
        self.input_shape = input_shape
        self.arguments, self.keywords = arguments
        self._by_role = by_role

    def quantiser(self, role: str) -> Optional[ProxyCall]:
        return self._by_role[role][-1] if self._by_role[role] else None

    def integers(self) -> Optional[np.ndarray]:
        for role in ("act_quant", "trunc_quant"):
            call = self.quantiser(role)
            if call is not None and call.proxy.is_quant_enabled:
                return integers(call.result)
        return None


def shape_of(result: Any) -> Tuple[int, ...]:
    return tuple(next((tensor.shape for tensor in tensors_in(result)), ()))


def per_axis(value: Any, axes: int) -> List[int]:
    return [int(item) for item in value] if isinstance(value, Sequence) else [int(value)] * axes


def _unknown(call: Call) -> Tuple[Fields, Tensors]:
    return {}, {}


def _activation(call: Call) -> Tuple[Fields, Tensors]:
    applied = call.quantiser("act_quant")
    if applied is None:
        return {}, {}
    return quantiser_fields(applied.proxy, applied.result), {}


def _weights(call: Call) -> Tuple[Fields, Tensors]:
    """Integers and scales of the weights that this call used, and the bias that it added, dequantised."""
    applied = call.quantiser("weight_quant")
    quantised = applied.result if applied is not None else call.module.quant_weight()
    fields: Fields = {"weight_bit_width": None, "weight_zero_point": None, "weight_scaling": None}
    tensors: Tensors = {}
    found = integers(quantised)
    if found is not None:
        scale, zero_point = array(quantised.scale), array(quantised.zero_point).reshape(-1)
        per_channel = scale.ndim > 0 and scale.size == found.shape[0] == scale.shape[0]
        fields["weight_bit_width"] = whole(quantised.bit_width)
        fields["weight_zero_point"] = whole(torch.tensor(zero_point[np.abs(zero_point).argmax()]))
        fields["weight_scaling"] = "tensor" if scale.size == 1 else "channel" if per_channel else "group"
        if found.dtype == np.uint8:
            found = found.astype(np.int8 if found.max(initial=0) < 128 else np.int16)
        tensors = {"weights": found, "scales": scale.astype(np.float32).reshape(-1)}
    if getattr(call.module, "bias", None) is not None:
        bias = call.quantiser("bias_quant")
        tensors["bias"] = array(value_of(bias.result if bias is not None else call.module.bias)).astype(np.float32)
    return fields, tensors


def _padding(call: Call, axes: int) -> List[int]:
    """Padding before each spatial axis, then behind each; `same` resolved as torch and Brevitas do."""
    module = call.module
    if getattr(module, "is_same_padded_strided", False):
        sizes = call.input_shape[-axes:]
        totals = [
            max((math.ceil(size / stride) - 1) * stride + (kernel - 1) * dilation + 1 - size, 0)
            for size, stride, kernel, dilation in zip(sizes, module.stride, module.kernel_size, module.dilation)
        ]
    elif module.padding == "same":
        totals = [dilation * (kernel - 1) for dilation, kernel in zip(module.dilation, module.kernel_size)]
    else:
        return per_axis(0 if module.padding == "valid" else module.padding, axes) * 2
    return [total // 2 for total in totals] + [total - total // 2 for total in totals]


def _convolution(call: Call) -> Tuple[Fields, Tensors]:
    module, axes = call.module, len(call.module.kernel_size)
    fields, tensors = _weights(call)
    geometry = {
        "stride": per_axis(module.stride, axes),
        "padding": _padding(call, axes),
        "dilation": per_axis(module.dilation, axes),
        "groups": int(module.groups),
        "padding_mode": module.padding_mode,
    }
    return {**geometry, **fields}, tensors


def _batch_norm(call: Call) -> Tuple[Fields, Tensors]:
    module = call.module
    tensors: Tensors = {}
    if module.running_mean is not None:
        channels = module.running_mean.numel()
        tensors = {
            "gamma": array(module.weight) if module.weight is not None else np.ones(channels),
            "beta": array(module.bias) if module.bias is not None else np.zeros(channels),
            "mean": array(module.running_mean),
            "variance": array(module.running_var),
        }
    return {"epsilon": float(module.eps)}, {role: data.astype(np.float32) for role, data in tensors.items()}


def norm_tensors(weight: Any, bias: Any) -> Tensors:
    found = {"gamma": weight, "beta": bias}
    return {role: array(value_of(tensor)).astype(np.float32).reshape(-1) for role, tensor in found.items() if tensor is not None}


def _layer_norm(call: Call) -> Tuple[Fields, Tensors]:
    module = call.module
    return {"axes": len(module.normalized_shape), "epsilon": float(module.eps)}, norm_tensors(module.weight, module.bias)


def _rms_norm(call: Call) -> Tuple[Fields, Tensors]:
    module = call.module
    epsilon = torch.finfo(torch.float32).eps if module.eps is None else float(module.eps)
    return {"axes": len(module.normalized_shape), "epsilon": epsilon}, norm_tensors(module.weight, None)


def _group_norm(call: Call) -> Tuple[Fields, Tensors]:
    module = call.module
    return {"groups": int(module.num_groups), "epsilon": float(module.eps)}, norm_tensors(module.weight, module.bias)


def _softmax(call: Call) -> Tuple[Fields, Tensors]:
    """A module without an axis softmaxes the last one of matrices, which torch calls deprecated."""
    return {"axis": None if call.module.dim is None else call.module.dim % len(call.shape)}, {}


def max_pool_fields(axes: int, kernel: Any, stride: Any, padding: Any, dilation: Any, ceil: bool, indices: bool) -> Fields:
    return {
        "kernel": per_axis(kernel, axes),
        "stride": per_axis(stride or kernel, axes),
        "padding": per_axis(padding, axes) * 2,
        "dilation": per_axis(dilation, axes),
        "ceil": bool(ceil),
        "return_indices": bool(indices),
    }


def average_pool_fields(axes: int, kernel: Any, stride: Any, padding: Any, ceil: bool, count: bool, divisor: Optional[int]) -> Fields:
    return {
        "kernel": per_axis(kernel, axes),
        "stride": per_axis(stride or kernel, axes),
        "padding": per_axis(padding, axes) * 2,
        "ceil": bool(ceil),
        "count_padding": bool(count),
        "divisor": divisor,
    }


def _max_pool(axes: int) -> Callable[[Call], Tuple[Fields, Tensors]]:
    def describe(call: Call) -> Tuple[Fields, Tensors]:
        m = call.module
        return max_pool_fields(axes, m.kernel_size, m.stride, m.padding, m.dilation, m.ceil_mode, m.return_indices), {}

    return describe


def _average_pool(axes: int) -> Callable[[Call], Tuple[Fields, Tensors]]:
    def describe(call: Call) -> Tuple[Fields, Tensors]:
        m = call.module
        divisor = getattr(m, "divisor_override", None)
        return average_pool_fields(axes, m.kernel_size, m.stride, m.padding, m.ceil_mode, m.count_include_pad, divisor), {}

    return describe


def _truncation(call: Call) -> Fields:
    """What a TruncAvgPool's quantiser was given, a sum of `accumulator_bit_width` bits, and what it made of it."""
    applied = call.quantiser("trunc_quant")
    if applied is None or not applied.proxy.is_quant_enabled or not is_quant_tensor(applied.result):
        return {"scale": None}
    given, made = applied.arguments[0], applied.result
    return {
        "quantiser": kind_of(applied.proxy),
        "scale": number(made.scale),
        "zero_point": whole(made.zero_point),
        "bit_width": whole(made.bit_width),
        "signed": bool(number(made.signed_t)),
        "narrow": bool(applied.proxy.is_narrow_range),
        "rounding": rounding_of(applied.proxy),
        "accumulator_scale": number(given.scale),
        "accumulator_bit_width": whole(given.bit_width),
    }


def _trunc_pool(call: Call) -> Tuple[Fields, Tensors]:
    return {**_average_pool(2)(call)[0], **_truncation(call)}, {}


def _trunc_adaptive_pool(call: Call) -> Tuple[Fields, Tensors]:
    return _truncation(call), {}


def _zero_pad(call: Call) -> Tuple[Fields, Tensors]:
    return pad_fields(len(call.shape), call.module.padding, getattr(call.module, "value", 0.0)), {}


def pad_fields(rank: int, padding: Sequence[int], value: float) -> Fields:
    """torch's padding (last axis first, pairs) as sizes before and after each axis."""
    pairs = [(int(before), int(after)) for before, after in zip(padding[0::2], padding[1::2])]
    pairs += [(0, 0)] * (rank - len(pairs))
    return {"before": [before for before, _ in pairs[::-1]], "after": [after for _, after in pairs[::-1]], "value": float(value)}


def _of(*names: str) -> Callable[[Call], Tuple[Fields, Tensors]]:
    """Attributes of the module as they stand."""

    def describe(call: Call) -> Tuple[Fields, Tensors]:
        return {name: getattr(call.module, name) for name in names}, {}

    return describe


def _upsample(call: Call) -> Tuple[Fields, Tensors]:
    return {"mode": call.module.mode}, {}


def _shuffled(call: Call) -> Tuple[Fields, Tensors]:
    return {"training": bool(call.module.training)}, {}


def _cat(call: Call) -> Tuple[Fields, Tensors]:
    """QuantCat.forward(tensor_list, dim=1)."""
    axis = call.keywords.get("dim", call.arguments[1] if len(call.arguments) > 1 else 1)
    return {"axis": axis % len(call.shape)}, {}


_DESCRIPTIONS: Dict[str, Callable[[Call], Tuple[Fields, Tensors]]] = {
    **{name: _activation for name in ("QuantIdentity", "QuantReLU", "QuantSigmoid", "QuantTanh", "QuantHardTanh", "QuantHardSwish")},
    **{name: _convolution for name in ("QuantConv1d", "QuantConv2d", "QuantConv3d")},
    **{name: _batch_norm for name in ("BatchNorm1d", "BatchNorm2d", "BatchNorm3d")},
    **{name: _zero_pad for name in ("ZeroPad1d", "ZeroPad2d", "ConstantPad1d", "ConstantPad2d")},
    **{name: _upsample for name in ("Upsample", "UpsamplingNearest2d", "QuantUpsample", "QuantUpsamplingNearest2d")},
    **{name: _shuffled for name in ("Dropout", "Dropout1d", "Dropout2d", "AlphaDropout", "FeatureAlphaDropout")},
    "QuantLinear": _weights,
    "QuantEmbedding": _weights,
    "LayerNorm": _layer_norm,
    "RMSNorm": _rms_norm,
    "GroupNorm": _group_norm,
    "Softmax": _softmax,
    "MaxPool1d": _max_pool(1),
    "MaxPool2d": _max_pool(2),
    "AvgPool1d": _average_pool(1),
    "AvgPool2d": _average_pool(2),
    "TruncAvgPool2d": _trunc_pool,
    "TruncAdaptiveAvgPool2d": _trunc_adaptive_pool,
    "GELU": _of("approximate"),
    "ELU": _of("alpha"),
    "Softplus": _of("beta", "threshold"),
    "LeakyReLU": _of("negative_slope"),
    "Hardtanh": _of("min_val", "max_val"),
    "QuantCat": _cat,
}
