"""The selective state-space scan of Mamba, with its state in 32 bits."""
from __future__ import annotations

import math
from typing import Any, Optional, Sequence

import brevitas.nn as qnn
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..quantisers import integers as integers_of
from . import exact
from .layer import Description, Layer, Quantised

#: dt before softplus is in 2^-16, and no further from 0 than this.
_WIDEST_STEP = 127 * 2**16
_INT32 = 2**31 - 1


class SelectiveScan(Layer):
    """
    x [batch, tokens, inner], dt [batch, tokens, rank], b and c [batch, tokens, state], all quantised, to y of x's shape:

        dt = softplus(dt_proj(dt)),  h = exp(-dt * A) * h + dt * x * b,  y = sum over the state of c * h + D * x
    """

    bitwright_kind = "SelectiveScan"
    bitwright_linears = {1: "dt_proj"}

    def __init__(self, inner: int, state: int, rank: int, output_quant: Optional[nn.Module] = None) -> None:
        super().__init__(output_quant)
        self.dt_proj = qnn.QuantLinear(rank, inner, bias=True, weight_bit_width=8)
        first = torch.exp(torch.rand(inner) * (math.log(0.1) - math.log(0.001)) + math.log(0.001))
        self.dt_proj.bias.data = first + torch.log(-torch.expm1(-first))  # softplus(bias) is log-uniform in [0.001, 0.1]
        self.A_log = nn.Parameter(torch.randn(inner, state) * 0.1)
        self.D = nn.Parameter(torch.ones(inner))
        #: The largest |h| and |dt * x| of training.
        self.register_buffer("state_peak", torch.zeros(()))
        self.register_buffer("input_peak", torch.zeros(()))

    def real(self, x: Tensor, dt: Tensor, b: Tensor, c: Tensor) -> Tensor:
        step = F.softplus(self.dt_proj(dt))
        decay = torch.exp(-step.unsqueeze(-1) * torch.exp(self.A_log))
        given = step * x
        h, found = torch.zeros_like(decay[:, 0]), []
        for token in range(x.shape[1]):
            h = decay[:, token] * h + given[:, token].unsqueeze(-1) * b[:, token].unsqueeze(1)
            with torch.no_grad():
                self.state_peak.copy_(torch.maximum(self.state_peak, h.detach().abs().max()))
            found.append((h * c[:, token].unsqueeze(1)).sum(-1))
        with torch.no_grad():
            self.input_peak.copy_(torch.maximum(self.input_peak, given.detach().abs().max()))
        return torch.stack(found, 1) + self.D * x

    def _decay(self) -> Tensor:
        return torch.exp(self.A_log.detach()).double()

    def state_scale(self) -> float:
        peak = float(self.state_peak)
        if not peak > 0:
            raise ValueError("SelectiveScan has seen no values; run it in train mode first")
        return peak / 2.0**24

    def input_bits(self, scale: float) -> int:
        """The fraction bits of dt * x in states: as many as leave eight times the largest of training below 2^31."""
        largest = max(float(self.input_peak) * scale / self.state_scale(), 2.0**-40)
        bits = min(30, math.ceil(math.log2(2.0**31 / (8 * largest))) - 1)
        if bits < 6:
            raise ValueError(f"SelectiveScan: its inputs are {largest:.3g} of its states, too large for 32 bits; calibrate it again")
        return bits

    def exact(self, step: float, low: int, high: int, x: Any, dt: Any, b: Any, c: Any) -> Tensor:
        given, rank, inputs, outputs = (Quantised(self, part) for part in (x, dt, b, c))
        softened = exact.softplus(self._steps(rank))
        scale, bits = self.state_scale(), self.input_bits(inputs.scale)
        self._last_bits = bits
        a = self._decay()
        exponent = 31 - math.frexp(float(a.max()))[1]
        rates = torch.round(a * 2.0**exponent).long().clamp(max=_INT32)
        multiplier, shift = exact.constants([(given.scale * inputs.scale * 2.0 ** (bits - 24) / scale, 2.0**38)], 0.0, 32)[::2]
        product = softened * given.integers
        w = exact.rne_shift(product * multiplier[0], shift).clamp(-_INT32 - 1, _INT32)
        size = a.shape[-1]
        narrowing = 7 + max(1, math.ceil(math.log2(size)))
        h, found = torch.zeros(given.integers.shape[0], *a.shape, dtype=torch.int64), []
        for token in range(product.shape[1]):
            decay = exact.exponential(exact.rne_shift(softened[:, token].unsqueeze(-1) * rates, exponent))
            fed = (w[:, token].unsqueeze(-1) * inputs.integers[:, token].unsqueeze(1)) << (30 - bits)
            h = exact.rne_shift(decay * h + fed, 30).clamp(-_INT32 - 1, _INT32)
            found.append(exact.rne_shift((outputs.integers[:, token].unsqueeze(1) * h).sum(-1), narrowing))
        q = exact.Term(torch.stack(found, 1), [scale * outputs.scale * 2.0**narrowing / step], [2.0**31])
        skip = exact.Term(given.integers, (self.D.detach().double() * given.scale / step).tolist(), [given.limit])
        return exact.requantise([q, skip], [0.0], low, high)

    def _steps(self, rank: Quantised) -> Tensor:
        """The sums of dt_proj in 2^-16."""
        weights = self.dt_proj.quant_weight()
        integers = torch.from_numpy(integers_of(weights)).long()
        scales = (rank.scale * weights.scale.detach().double().reshape(-1) * 2.0**16).tolist()
        limits = (integers.abs().sum(-1) * rank.limit).double().tolist()
        bias = (self.dt_proj.bias.detach().double() * 2.0**16).tolist()
        return exact.requantise([exact.Term(exact.linear(rank.integers, integers), scales, limits)], bias, -_WIDEST_STEP, _WIDEST_STEP)

    def description(self, shape: Sequence[int]) -> Description:
        tensors = {"A": self._decay().float().numpy(), "D": self.D.detach().float().numpy()}
        return {"state_scale": self.state_scale(), "input_bits": self._last_bits}, tensors
