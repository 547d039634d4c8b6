"""Mamba blocks of quantised tokens, in one direction or in both."""
from __future__ import annotations

from typing import Any

import brevitas.nn as qnn
import torch
import torch.nn.functional as F
from torch import nn

from .attention import projection
from .layer import moved, quantiser
from .scan import SelectiveScan


class CausalConv1d(nn.Module):
    """[batch, channels, times]: each channel with its own kernel over this time and those before it. Its raw sums wait for a quantiser."""

    def __init__(self, channels: int, kernel: int) -> None:
        super().__init__()
        self.kernel = kernel
        self.conv = qnn.QuantConv1d(channels, channels, kernel, groups=channels, bias=True, weight_bit_width=8)

    def forward(self, x: Any) -> Any:
        return self.conv(moved(x, lambda value: F.pad(value, (self.kernel - 1, 0))))


class MambaBlock(nn.Module):
    """[batch, tokens, width] to the same."""

    def __init__(self, width: int, inner: int, state: int, kernel: int, rank: int) -> None:
        super().__init__()
        self.inner, self.state, self.rank = inner, state, rank
        self.in_proj = projection(width, 2 * inner, bias=False)
        self.conv, self.silu, self.conv_quant = CausalConv1d(inner, kernel), nn.SiLU(), quantiser()
        self.x_proj = qnn.QuantLinear(inner, rank + 2 * state, bias=False, weight_bit_width=8)
        self.dt_quant, self.b_quant, self.c_quant = quantiser(), quantiser(), quantiser()
        self.scan = SelectiveScan(inner, state, rank)
        self.gate_quant, self.product_quant = quantiser(), quantiser()
        self.out_proj = projection(inner, width, bias=False)

    def forward(self, tokens: Any) -> Any:
        both = self.in_proj(tokens)
        x, z = (moved(both, lambda value: value[..., first : first + self.inner]) for first in (0, self.inner))
        summed = self.conv(moved(x, lambda value: value.transpose(1, 2)))
        x = self.conv_quant(self.silu(summed).transpose(1, 2))
        low = self.x_proj(x)
        dt, b, c = low.split([self.rank, self.state, self.state], dim=-1)
        y = self.scan(x, self.dt_quant(dt), self.b_quant(b), self.c_quant(c))
        gate = self.gate_quant(self.silu(z.value))
        return self.out_proj(self.product_quant(y.value * gate.value))


class BidirectionalMamba(nn.Module):
    """A block on the tokens and another on the tokens backwards: their sum or, where `join` is 'concat', both side by side."""

    def __init__(self, width: int, inner: int, state: int, kernel: int, rank: int, join: str = "add", residual: bool = False) -> None:
        super().__init__()
        if join not in ("add", "concat"):
            raise ValueError(f"join {join!r}; it is 'add' or 'concat'")
        self.join, self.residual = join, residual
        self.forwards, self.backwards = (MambaBlock(width, inner, state, kernel, rank) for _ in range(2))
        self.output_quant = quantiser()

    def forward(self, x: Any) -> Any:
        ahead = self.forwards(x).value
        behind = moved(self.backwards(moved(x, lambda value: value.flip(1))), lambda value: value.flip(1)).value
        if self.join == "concat":
            return self.output_quant(torch.cat([ahead, behind], -1))
        return self.output_quant(ahead + behind + x.value if self.residual else ahead + behind)
