"""LayerNorm, RMSNorm and GroupNorm: one rounding, of the normalised value times gamma plus beta."""
from __future__ import annotations

from typing import Any, List, Optional, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from . import exact
from .layer import Description, Layer, Quantised, array

_UNIT = 2.0**-24
#: No element of a row is more than sqrt(length) times the root of its mean square.
_SLACK = 1 + 2.0**-29


def _affine(normal: Tensor, length: int, gamma: Optional[Tensor], beta: Optional[Tensor], step: float, low: int, high: int, axis: int) -> Tensor:
    gains: List[float] = [1.0] if gamma is None else gamma.detach().double().reshape(-1).tolist()
    shifts: List[float] = [0.0] if beta is None else beta.detach().double().reshape(-1).tolist()
    limit = -((-((length**0.5) / _UNIT) * _SLACK) // 1)
    term = exact.Term(normal, [gain * _UNIT / step for gain in gains], [limit])
    return exact.requantise([term], [shift / step for shift in shifts], low, high, axis)


class LayerNorm(Layer):
    """torch.nn.LayerNorm over the last axis, and its quantiser."""

    bitwright_kind = "LayerNorm"

    def __init__(self, width: int, eps: float = 1e-5, output_quant: Optional[nn.Module] = None) -> None:
        super().__init__(output_quant)
        self.width, self.eps = width, eps
        self.weight, self.bias = nn.Parameter(torch.ones(width)), nn.Parameter(torch.zeros(width))

    def real(self, x: Tensor) -> Tensor:
        return F.layer_norm(x, (self.width,), self.weight, self.bias, self.eps)

    def exact(self, step: float, low: int, high: int, x: Any) -> Tensor:
        given = Quantised(self, x)
        normal = exact.normalise(given.integers, given.scale, self.eps, given.limit, centred=True)
        return _affine(normal, self.width, self.weight, self.bias, step, low, high, -1)

    def description(self, shape: Sequence[int]) -> Description:
        return {"axes": 1, "epsilon": self.eps}, {"gamma": array(self.weight), "beta": array(self.bias)}


class RMSNorm(Layer):
    """torch.nn.RMSNorm over the last axis, and its quantiser."""

    bitwright_kind = "RMSNorm"

    def __init__(self, width: int, eps: float = 1e-6, output_quant: Optional[nn.Module] = None) -> None:
        super().__init__(output_quant)
        self.width, self.eps = width, eps
        self.weight = nn.Parameter(torch.ones(width))

    def real(self, x: Tensor) -> Tensor:
        return x * torch.rsqrt((x * x).mean(-1, keepdim=True) + self.eps) * self.weight

    def exact(self, step: float, low: int, high: int, x: Any) -> Tensor:
        given = Quantised(self, x)
        normal = exact.normalise(given.integers, given.scale, self.eps, given.limit, centred=False)
        return _affine(normal, self.width, self.weight, None, step, low, high, -1)

    def description(self, shape: Sequence[int]) -> Description:
        return {"axes": 1, "epsilon": self.eps}, {"gamma": array(self.weight)}


class GroupNorm(Layer):
    """torch.nn.GroupNorm of [batch, channels, ...], and its quantiser."""

    bitwright_kind = "GroupNorm"

    def __init__(self, groups: int, channels: int, eps: float = 1e-5, output_quant: Optional[nn.Module] = None) -> None:
        super().__init__(output_quant)
        self.groups, self.eps = groups, eps
        self.weight, self.bias = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.zeros(channels))

    def real(self, x: Tensor) -> Tensor:
        return F.group_norm(x, self.groups, self.weight, self.bias, self.eps)

    def exact(self, step: float, low: int, high: int, x: Any) -> Tensor:
        given = Quantised(self, x)
        rows = given.integers.reshape(given.integers.shape[0], self.groups, -1)
        normal = exact.normalise(rows, given.scale, self.eps, given.limit, centred=True).reshape(given.integers.shape)
        return _affine(normal, rows.shape[-1], self.weight, self.bias, step, low, high, 1)

    def description(self, shape: Sequence[int]) -> Description:
        return {"groups": self.groups, "epsilon": self.eps}, {"gamma": array(self.weight), "beta": array(self.bias)}
