"""Softmax of 8-bit scores along the last axis, its probabilities in unsigned 8 bits."""
from __future__ import annotations

from typing import Any, Optional, Sequence

import torch
from torch import Tensor, nn

from . import exact
from .layer import Description, Layer, Quantised


class Softmax(Layer):
    bitwright_kind = "Softmax"

    def __init__(self, output_quant: Optional[nn.Module] = None) -> None:
        super().__init__(output_quant, unsigned=True)

    def real(self, x: Tensor) -> Tensor:
        return torch.softmax(x, -1)

    def exact(self, step: float, low: int, high: int, x: Any) -> Tensor:
        given = Quantised(self, x)
        return exact.softmax(given.integers, given.scale, step, high)

    def description(self, shape: Sequence[int]) -> Description:
        return {"axis": len(shape) - 1}, {}
