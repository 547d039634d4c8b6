"""Attention of quantised tokens: self-, cross-, self-refining and alternating; every product has its own quantiser."""
from __future__ import annotations

from typing import Any, Optional

import brevitas.nn as qnn
import torch
from torch import Tensor, nn

from .constants import Parameter
from .layer import moved, quantiser
from .norms import LayerNorm
from .rotary import Rotary
from .softmax import Softmax


def projection(inputs: int, outputs: int, bias: bool = True) -> nn.Module:
    """A linear layer of 8-bit weights and its quantiser."""
    return nn.Sequential(qnn.QuantLinear(inputs, outputs, bias=bias, weight_bit_width=8), quantiser())


class Attend(nn.Module):
    """softmax(q k^T * factor) v of heads [..., tokens, features]; scores in 8 bits, probabilities in unsigned 8."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor
        self.score_quant, self.softmax, self.context_quant = quantiser(), Softmax(), quantiser()

    def forward(self, q: Any, k: Any, v: Any) -> Any:
        scores = self.score_quant(torch.matmul(q.value, k.value.transpose(-1, -2)) * self.factor)
        return self.context_quant(torch.matmul(self.softmax(scores).value, v.value))


def split(x: Any, heads: int) -> Any:
    """[..., tokens, width] to [..., heads, tokens, width / heads]."""
    return moved(x, lambda value: value.unflatten(-1, (heads, value.shape[-1] // heads)).transpose(-2, -3))


def join(x: Any) -> Any:
    return moved(x, lambda value: value.transpose(-2, -3).flatten(-2))


class MultiheadSelfAttention(nn.Module):
    """
    [batch, tokens, width] to the same, or to one row of each sample where `pooling` is 'mean' or 'flat'.

    With `tokens` the queries and keys are turned by their position. `kv_heads` below `heads` are shared by neighbouring heads.
    """

    def __init__(self, width: int, heads: int, kv_heads: Optional[int] = None, rotary: Optional[int] = None, pooling: str = "none", bias: bool = True) -> None:
        super().__init__()
        if pooling not in ("none", "mean", "flat"):
            raise ValueError(f"pooling {pooling!r}; it is 'none', 'mean' or 'flat'")
        self.heads, self.kv_heads, self.pooling = heads, kv_heads or heads, pooling
        size = width // heads
        self.q, self.k, self.v = projection(width, width, bias), projection(width, self.kv_heads * size, bias), projection(width, self.kv_heads * size, bias)
        self.rotate_q = None if rotary is None else Rotary(rotary, size)
        self.rotate_k = None if rotary is None else Rotary(rotary, size)
        self.attend = Attend(size**-0.5)
        self.out = projection(width, width, bias)
        self.pool_quant = quantiser() if pooling == "mean" else None

    def forward(self, x: Any) -> Any:
        q, k, v = split(self.q(x), self.heads), split(self.k(x), self.kv_heads), split(self.v(x), self.kv_heads)
        if self.rotate_q is not None:
            q, k = self.rotate_q(q), self.rotate_k(k)
        shared = self.heads // self.kv_heads
        if shared > 1:
            k, v = (moved(part, lambda value: value.repeat_interleave(shared, dim=-3)) for part in (k, v))
        y = self.out(join(self.attend(q, k, v)))
        if self.pool_quant is not None:
            return self.pool_quant(y.value.mean(1))
        return moved(y, lambda value: value.flatten(1)) if self.pooling == "flat" else y


class CrossAttention(nn.Module):
    """Learned queries [1, queries, width] look at the tokens of [batch, ..., tokens, width]."""

    def __init__(self, width: int, heads: int, queries: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = Parameter(torch.randn(1, queries, width) * 0.5)
        self.q, self.k, self.v = (projection(width, width) for _ in range(3))
        self.attend = Attend((width // heads) ** -0.5)
        self.out = projection(width, width)

    def forward(self, x: Any) -> Any:
        return self.out(self.look(self.query(), x, x))

    def look(self, queries: Any, keys: Any, values: Any) -> Any:
        q, k, v = split(self.q(queries), self.heads), split(self.k(keys), self.heads), split(self.v(values), self.heads)
        return join(self.attend(moved(q, lambda value: value.expand(*k.value.shape[:-2], *value.shape[-2:])), k, v))


class Block(nn.Module):
    """Pre-norm: x + attention(norm(x)), then x + mlp(norm(x)), each sum in one rounding."""

    def __init__(self, width: int, attention: nn.Module, mlp: nn.Module, norm: Any = LayerNorm) -> None:
        super().__init__()
        self.norm1, self.attention, self.add1 = norm(width), attention, quantiser()
        self.norm2, self.mlp, self.add2 = norm(width), mlp, quantiser()

    def forward(self, x: Any) -> Any:
        x = self.add1(x.value + self.attention(self.norm1(x)).value)
        return self.add2(x.value + self.mlp(self.norm2(x)).value)


class MLP(nn.Module):
    """Linear, GELU of its raw sums, linear."""

    def __init__(self, width: int, hidden: int, outputs: Optional[int] = None) -> None:
        super().__init__()
        self.fc1, self.gelu, self.gelu_quant = qnn.QuantLinear(width, hidden, bias=True, weight_bit_width=8), nn.GELU(), quantiser()
        self.fc2 = projection(hidden, outputs or width)

    def forward(self, x: Any) -> Any:
        return self.fc2(self.gelu_quant(self.gelu(self.fc1(x))))


class RotaryBlock(Block):
    """A pre-norm block whose self-attention knows positions by rotation."""

    def __init__(self, width: int, heads: int, tokens: int, hidden: int) -> None:
        super().__init__(width, MultiheadSelfAttention(width, heads, rotary=tokens), MLP(width, hidden))


class SwiGLU(nn.Module):
    """w2(silu(w1 x) * w3 x), without biases."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.w1, self.silu, self.silu_quant = qnn.QuantLinear(width, hidden, bias=False, weight_bit_width=8), nn.SiLU(), quantiser()
        self.w3, self.product_quant = projection(width, hidden, bias=False), quantiser()
        self.w2 = projection(hidden, width, bias=False)

    def forward(self, x: Any) -> Any:
        gate = self.silu_quant(self.silu(self.w1(x)))
        return self.w2(self.product_quant(gate.value * self.w3(x).value))


class CrossAttentionSelfRefine(nn.Module):
    """Learned queries look at the tokens of each patch, [batch, patches, tokens, width], and then `blocks` times at each other."""

    def __init__(self, width: int, heads: int, queries: int, hidden: int, blocks: int) -> None:
        super().__init__()
        self.cross = CrossAttention(width, heads, queries)
        self.norm_q, self.norm_k, self.norm_v = (LayerNorm(width) for _ in range(3))
        self.mlp, self.add = MLP(width, hidden), quantiser()
        self.blocks = nn.Sequential(*(Block(width, MultiheadSelfAttention(width, heads), MLP(width, hidden)) for _ in range(blocks)))

    def forward(self, x: Any) -> Any:
        cross = self.cross
        seen = cross.out(cross.look(self.norm_q(cross.query()), self.norm_k(x), self.norm_v(x)))
        return self.blocks(self.add(seen.value + self.mlp(seen).value))


class AlternatingAttention(nn.Module):
    """Tokens [batch, channels * times, width]: attention across the channels of each time where `across` is 'channels', else across times."""

    def __init__(self, width: int, heads: int, channels: int, times: int, across: str) -> None:
        super().__init__()
        self.heads, self.channels, self.times, self.across = heads, channels, times, across
        self.q, self.k, self.v = (projection(width, width) for _ in range(3))
        self.attend = Attend((width // heads) ** -0.5)
        self.out = projection(width, width)

    def _grouped(self, value: Tensor) -> Tensor:
        """[batch, groups, tokens that see each other, width]"""
        value = value.unflatten(1, (self.channels, self.times))
        return value.transpose(1, 2) if self.across == "channels" else value

    def _flat(self, value: Tensor) -> Tensor:
        return (value.transpose(1, 2) if self.across == "channels" else value).flatten(1, 2)

    def forward(self, x: Any) -> Any:
        q, k, v = (split(moved(part(x), self._grouped), self.heads) for part in (self.q, self.k, self.v))
        return self.out(moved(join(self.attend(q, k, v)), self._flat))


class ClassificationHead(nn.Module):
    """One learned query gathers the tokens; its MLP gives the logits."""

    def __init__(self, width: int, heads: int, hidden: int, classes: int) -> None:
        super().__init__()
        self.gather = CrossAttention(width, heads, 1)
        self.fc1, self.gelu, self.gelu_quant = qnn.QuantLinear(width, hidden, bias=True, weight_bit_width=8), nn.GELU(), quantiser()
        self.fc2 = qnn.QuantLinear(hidden, classes, bias=True, weight_bit_width=8)

    def forward(self, x: Any) -> Tensor:
        gathered = moved(self.gather(x), lambda value: value.squeeze(1))
        return self.fc2(self.gelu_quant(self.gelu(self.fc1(gathered))))
