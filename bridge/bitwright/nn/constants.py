"""What a network adds to or attends with that does not come from its input: positions, channels, learned queries."""
from __future__ import annotations

from typing import Any, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from .layer import Description, Layer, moved, quantiser


class Parameter(Layer):
    """A learned tensor [1, ...] and its quantiser, whose integers stand in the network."""

    bitwright_kind = "Parameter"

    def __init__(self, value: Tensor, learned: bool = True) -> None:
        super().__init__()
        if learned:
            self.weight = nn.Parameter(value)
        else:
            self.register_buffer("weight", value)

    def real(self) -> Tensor:
        return self.weight

    def exact(self, step: float, low: int, high: int) -> Tensor:
        return torch.round(self.weight / step).clamp(low, high).long()

    def description(self, shape: Sequence[int]) -> Description:
        shown = self.output_quant(torch.zeros(1))
        integers = self.exact(shown.scale, -128, 127).detach()
        return {"scale": float(shown.scale)}, {"value": integers.numpy().astype(np.int8)}


class PositionalEmbedding(nn.Module):
    """A learned vector for each token is added, in one rounding."""

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.position = Parameter(torch.randn(1, *shape) * 0.02)
        self.output_quant = quantiser()

    def forward(self, x: Any) -> Any:
        given, position = x.value, self.position().value
        return self.output_quant(given + position.expand_as(given))


class Embedding(nn.Module):
    """A learned row for each of `count` places, each `repeats` times in a row. For places that depend on the input: brevitas.nn.QuantEmbedding."""

    def __init__(self, count: int, width: int, repeats: int = 1) -> None:
        super().__init__()
        self.table = Parameter(torch.randn(1, count, width))
        self.repeats = repeats

    def forward(self) -> Any:
        return moved(self.table(), lambda value: value.repeat_interleave(self.repeats, dim=1))
