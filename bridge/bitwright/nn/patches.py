"""Pictures and signals as rows of tokens."""
from __future__ import annotations

from typing import Any, Optional, Tuple

import brevitas.nn as qnn
from torch import nn

from .layer import moved, quantiser

Pair = Tuple[int, int]


class PatchEmbed(nn.Module):
    """[batch, channels, height, width]: each column of patches is one token, of all rows of the grid: [batch, columns, embedding * rows]."""

    def __init__(self, channels: int, embedding: int, patch: Pair, stride: Optional[Pair] = None) -> None:
        super().__init__()
        self.proj = qnn.QuantConv2d(channels, embedding, patch, stride=stride or patch, bias=True, weight_bit_width=8)
        self.output_quant = quantiser()

    def forward(self, x: Any) -> Any:
        return moved(self.output_quant(self.proj(x)), lambda value: value.flatten(1, 2).transpose(1, 2))
