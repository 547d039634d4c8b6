"""
The modules of I-ViT, restated from their formulas: float32 operations on integers times a scale, one rounding each.

Sums that float32 makes depend on its order - the mean and the squares of a LayerNorm, the denominator of a softmax, the average pool - are
made in float64 and rounded once, so that every machine gives the same.
"""
from __future__ import annotations

from typing import Callable, Dict, NamedTuple, Optional, Tuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from .checkpoint import State


class Value(NamedTuple):
    """Real numbers in float32, and the scale by which they are integers: one, or one for each channel."""

    real: Tensor
    scale: Tensor


#: Hears of each module: its path, its integers in float32 or float64, their scale.
Record = Callable[[str, Tensor, Tensor], None]

_SMALLEST_SCALE = torch.finfo(torch.float32).eps


def exact_sum(x: Tensor, axis: int) -> Tensor:
    return x.sum(axis, keepdim=True, dtype=torch.float64).float()


def exact_mean(x: Tensor, axis: int, keep: bool = True) -> Tensor:
    return (x.sum(axis, keepdim=keep, dtype=torch.float64) / x.shape[axis]).float()


def along_channels(scale: Tensor, x: Tensor) -> Tensor:
    """A scale for each channel as it lies in x: axis 1 of four axes, else the last."""
    return scale.reshape(1, -1, 1, 1) if x.dim() == 4 and scale.numel() > 1 else scale


def quantised(x: Tensor, scale: Tensor, bits: int) -> Tensor:
    """clamp(rne(fl(fl(1 / s) * x)))."""
    limit = 2 ** (bits - 1)
    return torch.clamp(torch.round(1.0 / scale * x + 0.0), -limit, limit - 1)


def multiplier(scales: Tensor, result: Tensor) -> Tuple[Tensor, Tensor]:
    """M and 2^E of the dyadic factor: scale / result in float64, its mantissa of 31 bits rounded half away from 0."""
    mantissa, exponent = np.frexp((scales.double() / result.double()).numpy())
    shifted = mantissa * 2.0**31
    rounded = np.sign(shifted) * np.floor(np.abs(shifted) + 0.5)
    return torch.from_numpy(np.asarray(rounded)), torch.from_numpy(np.asarray(np.exp2(31.0 - exponent)))


def shift_exponential(x: Tensor, scale: Tensor, terms: int) -> Tensor:
    """2^(x * scale * log2 e) times -x0 * 2^terms, by shifts: the exponential of Shiftmax and ShiftGELU."""
    x = x + torch.floor(x / 2) - torch.floor(x / 16)
    x0 = torch.floor(-1.0 / scale)
    x = torch.maximum(x, terms * x0)
    quotient = torch.floor(x / x0)
    remainder = x - x0 * quotient
    return torch.clamp(torch.floor((remainder / 2 - x0) * 2 ** (terms - quotient)), min=0)


def _reciprocal(total: Tensor) -> Tensor:
    """floor(2^31 / total); 2^31 - 1 is 2^31 in float32."""
    return torch.floor(2.0**31 / torch.clamp(total, max=2.0**31))


class Modules:
    """The modules of one checkpoint. Weights are quantised once, and kept; `record` hears what each module computes."""

    def __init__(self, state: State, record: Optional[Record] = None) -> None:
        self._state = state
        self._record = record or (lambda name, integers, scale: None)
        self._weights: Dict[str, Tuple[Tensor, Optional[Tensor], Tensor]] = {}

    def tensor(self, name: str) -> Tensor:
        return self._state[name]

    def has(self, name: str) -> bool:
        return name in self._state

    def act(self, name: str, bits: int, x: Value, identity: Optional[Value] = None) -> Value:
        """QuantAct of an accumulator, or of a sum whose two terms are rounded one by one and limited once."""
        scale = self._state[f"{name}.act_scaling_factor"].reshape(())
        limit = 2 ** (bits - 1)
        total = sum(self._requantised(term, scale) for term in (identity, x) if term is not None)
        return self._done(name, torch.clamp(total.float(), -limit, limit - 1), scale)

    def input(self, name: str, bits: int, x: Tensor) -> Value:
        """QuantAct of floats: a picture or a parameter."""
        scale = self._state[f"{name}.act_scaling_factor"].reshape(())
        return self._done(name, quantised(x, scale, bits), scale)

    def _requantised(self, x: Value, scale: Tensor) -> Tensor:
        integers = torch.round(x.real / along_channels(x.scale, x.real)).double()
        factor, power = multiplier(x.scale, scale)
        return torch.round(integers * along_channels(factor, x.real) / along_channels(power, x.real))

    def _done(self, name: str, integers: Tensor, scale: Tensor) -> Value:
        self._record(name, integers, scale)
        return Value(integers * along_channels(scale, integers), scale)

    def _quantised_weights(self, name: str, scale: Tensor) -> Tuple[Tensor, Optional[Tensor], Tensor]:
        """int8 weights with a scale for each output, int32 biases with the accumulator's scales, and these."""
        if name not in self._weights:
            weights = self._state[f"{name}.weight"]
            rows = weights.reshape(weights.shape[0], -1)
            own = torch.clamp(torch.maximum(-rows.min(1).values, rows.max(1).values) / 127.0, min=_SMALLEST_SCALE)
            together = own * scale
            bias = self._state.get(f"{name}.bias")
            integers = quantised(weights, own.reshape(-1, *[1] * (weights.dim() - 1)), 8)
            self._weights[name] = (integers, None if bias is None else quantised(bias, together, 32), together)
        return self._weights[name]

    def _accumulated(self, name: str, sums: Tensor, scale: Tensor) -> Value:
        self._record(name, torch.round(sums), scale)
        return Value(sums * along_channels(scale, sums), scale)

    def linear(self, name: str, x: Value) -> Value:
        weights, bias, scale = self._quantised_weights(name, x.scale)
        return self._accumulated(name, functional.linear(x.real / x.scale, weights, bias), scale)

    def patches(self, name: str, x: Value) -> Value:
        """The convolution whose stride is its kernel."""
        weights, bias, scale = self._quantised_weights(name, x.scale)
        return self._accumulated(name, functional.conv2d(x.real / x.scale, weights, bias, stride=weights.shape[2:]), scale)

    def matmul(self, name: str, a: Value, b: Value, factor: float = 1.0) -> Value:
        scale = a.scale * b.scale
        product = self._accumulated(name, (a.real / a.scale) @ (b.real / b.scale), scale)
        return product if factor == 1.0 else Value(product.real * factor, product.scale * factor)

    def softmax(self, name: str, x: Value, bits: int) -> Value:
        """Shiftmax."""
        almost = x.real / x.scale
        shares = shift_exponential(almost - almost.amax(-1, keepdim=True), x.scale, 15)
        scaled = torch.floor(shares * _reciprocal(exact_sum(shares, -1)) / 2.0 ** (32 - bits))
        return self._done(name, scaled, torch.tensor(2.0 ** (1 - bits)))

    def gelu(self, name: str, x: Value) -> Value:
        """ShiftGELU: x times the sigmoid of 1.702 x."""
        almost = x.real / x.scale
        steep = x.scale * 1.702
        greatest = almost.amax(-1, keepdim=True)
        own = shift_exponential(almost - greatest, steep, 23)
        total = own + shift_exponential(-greatest, steep, 23)
        sigmoid = torch.floor(own * _reciprocal(total) / 2.0**24)
        product = almost * sigmoid
        scale = x.scale * 2.0**-7
        self._record(name, torch.round(product), scale)
        return Value(product * scale, scale)

    def norm(self, name: str, x: Value) -> Value:
        """IntLayerNorm: ten steps of Newton's iteration from 2^16 for the root of the sum of squares."""
        almost = x.real / x.scale
        centred = almost - torch.round(exact_mean(almost, -1))
        squares = exact_sum(centred**2, -1)
        root = torch.full_like(squares, 2.0**16)
        for _ in range(10):
            root = torch.floor((root + torch.floor(squares / root)) / 2)
        normed = torch.floor(centred * torch.floor(2.0**31 / root) / 2)
        unit = torch.sqrt(torch.tensor(float(x.real.shape[-1]))) / 2.0**30
        weight = self._state[f"{name}.weight"]
        return self._done(name, normed + torch.floor(self._state[f"{name}.bias"] / weight / unit), unit * weight)
