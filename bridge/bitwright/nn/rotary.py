"""Rotary position embedding: pairs of a head's features turned by an angle that grows with the token's position."""
from __future__ import annotations

from typing import Any, Optional, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from . import exact
from .layer import Description, Layer, Quantised


class Rotary(Layer):
    """[..., tokens, features]: neighbours (2i, 2i + 1) are a pair, turned by position * base^(-2i / features)."""

    bitwright_kind = "Rope"

    def __init__(self, tokens: int, features: int, base: float = 10000.0, output_quant: Optional[nn.Module] = None) -> None:
        super().__init__(output_quant)
        angles = torch.arange(tokens).double()[:, None] * base ** (-torch.arange(0, features, 2).double() / features)
        self.register_buffer("cos", torch.round(angles.cos() * 2.0**22).long())
        self.register_buffer("sin", torch.round(angles.sin() * 2.0**22).long())

    @staticmethod
    def _turned(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        even, odd = exact.rotate(x[..., 0::2], x[..., 1::2], cos, sin)
        return torch.stack([even, odd], -1).flatten(-2)

    def real(self, x: Tensor) -> Tensor:
        return self._turned(x, self.cos.to(x.dtype) * 2.0**-22, self.sin.to(x.dtype) * 2.0**-22)

    def exact(self, step: float, low: int, high: int, x: Any) -> Tensor:
        given = Quantised(self, x)
        turned = self._turned(given.integers, self.cos, self.sin)
        limit = given.limit * float((self.cos.abs() + self.sin.abs()).max())
        return exact.requantise([exact.Term(turned, [given.scale * 2.0**-22 / step], [limit])], [0.0], low, high)

    def description(self, shape: Sequence[int]) -> Description:
        return {"interleaved": True}, {"cos": self.cos.numpy().astype(np.int32), "sin": self.sin.numpy().astype(np.int32)}
