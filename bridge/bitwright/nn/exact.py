"""
The integer formulas of the layers of this package, on int64 tensors; docs/supported-operations.md states them.

`rne` rounds half to even. Nothing here is differentiable, and nothing overflows: each function says what it holds of its arguments.
"""
from __future__ import annotations

import math
from typing import List, NamedTuple, Sequence, Tuple, Union

import numpy as np
import torch
from torch import Tensor

_MAX_EXPONENT = 62


def rne_shift(value: Tensor, bits: Union[int, Tensor]) -> Tensor:
    """rne(value / 2^bits), 1 <= bits <= 62, |value| < 2^62."""
    bits = torch.as_tensor(bits, dtype=torch.int64)
    half = torch.ones_like(bits) << (bits - 1)
    return (value + half - 1 + ((value >> bits) & 1)) >> bits


def _round_half_away(value: float) -> int:
    return int(math.copysign(math.floor(abs(value) + 0.5), value))


def dyadic_ratio(ratio: float) -> Tuple[int, int]:
    """M and E with ratio = M / 2^E, |M| < 2^31, E at most 62."""
    if ratio == 0:
        return 0, 31
    mantissa, power = math.frexp(ratio)
    multiplier, exponent = _round_half_away(mantissa * 2.0**31), 31 - power
    if abs(multiplier) == 2**31:
        multiplier, exponent = multiplier // 2, exponent - 1
    if exponent > _MAX_EXPONENT:
        return _round_half_away(ratio * 2.0**_MAX_EXPONENT), _MAX_EXPONENT
    return multiplier, exponent


class Term(NamedTuple):
    """Integers of which one is `ratio` output steps, none larger than `limit`: one number for each channel, or one."""

    integers: Tensor
    ratio: Sequence[float]
    limit: Sequence[float]


def constants(terms: Sequence[Tuple[float, float]], bias: float, bits: int) -> Tuple[List[int], int, int]:
    """Multipliers, bias and exponent of rne((sum of x * M + B) / 2^E): as precise as 62 bits allow."""
    saturated = sum(limit * abs(ratio) for ratio, limit in terms) + 2.0**bits + 1
    bias = min(max(bias, -saturated), saturated)
    own = [dyadic_ratio(ratio) for ratio, _ in terms]
    exponent = max((e for (_, e), (ratio, _) in zip(own, terms) if ratio != 0), default=31)
    while True:
        multipliers = [
            m * 2 ** (exponent - e) if e <= exponent else _round_half_away(ratio * 2.0**exponent) for (m, e), (ratio, _) in zip(own, terms)
        ]
        offset = round(bias * 2.0**exponent)
        reach = abs(float(offset)) + sum(limit * abs(float(m)) for m, (_, limit) in zip(multipliers, terms))
        if exponent == 0 or reach < 2.0**62:
            return multipliers, offset, exponent
        exponent -= 1


def requantise(terms: Sequence[Term], bias: Sequence[float], low: int, high: int, axis: int = -1) -> Tensor:
    """clamp(rne((sum of x * M + B) / 2^E)) with constants for each channel along `axis`; `bias` is in output steps."""
    bits = 1
    while not (-(2 ** (bits - 1)) <= low and high < 2 ** (bits - 1) if low < 0 else high < 2**bits):
        bits += 1
    channels = max([len(bias)] + [len(term.ratio) for term in terms])
    at = lambda values, c: values[c if len(values) > 1 else 0]  # noqa: E731
    found = [constants([(at(term.ratio, c), at(term.limit, c)) for term in terms], at(bias, c), bits) for c in range(channels)]
    shape = [1] * terms[0].integers.dim()
    shape[axis] = channels
    total = torch.tensor([offset for _, offset, _ in found]).reshape(shape)
    for index, term in enumerate(terms):
        total = total + term.integers * torch.tensor([multipliers[index] for multipliers, _, _ in found]).reshape(shape)
    return rne_shift(total, torch.tensor([exponent for _, _, exponent in found]).reshape(shape)).clamp(low, high)


_COARSE = torch.tensor([round(2.0**30 * math.exp(-i / 16)) for i in range(368)])
_FINE = torch.tensor([round(2.0**30 * math.exp(-j / 4096)) for j in range(256)])


def exponential(t: Tensor) -> Tensor:
    """exp(-t / 2^24) in 2^-30, at most 8.8 of these off; t >= 0."""
    v = t.clamp(max=23 * 2**24 - 2049) + 2048
    rest = (v & 4095) - 2048
    entry = (_COARSE[v >> 20] * _FINE[(v >> 12) & 255]) >> 30
    return entry - (((entry >> 12) * rest) >> 12)


def bit_length(value: Tensor) -> Tensor:
    """Of integers from 1 to 2^53."""
    return torch.frexp(value.double()).exponent.to(torch.int64)


def softmax(scores: Tensor, scale: float, step: float, high: int = 255) -> Tensor:
    """
    Probabilities in steps of `step` along the last axis, limited to `high`, of 8-bit scores of `scale`: the weights are entries of a table
    rne(2^30 * exp(-j * scale)), the reciprocal of their sum has 31 bits.
    """
    table = torch.tensor([round(2.0**30 * math.exp(-j * scale)) for j in range(256)])
    weights = table[scores.amax(-1, keepdim=True) - scores]
    total = weights.sum(-1, keepdim=True)
    bits = bit_length(total)
    normal = torch.where(bits >= 31, total >> (bits - 31).clamp(min=0), total << (31 - bits).clamp(min=0))
    reciprocal = (2**61 // normal).clamp(max=2**31 - 1)
    multiplier, exponent = dyadic_ratio(1 / step)
    factor = (reciprocal * multiplier) >> 31
    shift = bits + exponent - 1
    rounded = rne_shift(weights * factor, shift.clamp(1, 62)).clamp(0, high)
    return torch.where(shift > 62, torch.zeros_like(rounded), rounded)


def _roots(value: np.ndarray) -> np.ndarray:
    """floor(sqrt(value)) of u64 integers."""
    root = np.minimum(np.sqrt(value.astype(np.float64)), 2.0**32 - 1).astype(np.uint64)
    while (above := root * root > value).any():
        root = root - above.astype(np.uint64)
    top = np.uint64(2**32 - 1)
    while (below := (root < top) & ((np.minimum(root, top - np.uint64(1)) + np.uint64(1)) ** np.uint64(2) <= value)).any():
        root = root + below.astype(np.uint64)
    return root


def normalise(x: Tensor, scale: float, epsilon: float, limit: int, centred: bool) -> Tensor:
    """
    (x - mean) / sqrt(variance + epsilon) along the last axis in steps of 2^-24; of RMSNorm without the mean. x: integers of `scale`, none larger
    than `limit`, rows shorter than 16,384.
    """
    length = x.shape[-1]
    added = (epsilon * (length * length)) / (scale * scale)
    fraction = next((f for f in range(30, -1, -2) if ((length * limit) ** 2 + added) * 2.0**f < 2.0**62), None)
    if length >= 2**14 or fraction is None:
        raise ValueError(f"rows of {length} values up to {limit} of {scale} with an epsilon of {epsilon} have squares beyond 62 bits")
    total = x.sum(-1, keepdim=True) if centred else torch.zeros_like(x[..., :1])
    spread = length * (x * x).sum(-1, keepdim=True) - total * total
    value = (spread << fraction) + round(added * 2.0**fraction)
    doublings = torch.zeros_like(value)
    for _ in range(31):
        doublings = doublings + ((value << (2 * doublings).clamp(max=62)) < 2**60).long()
    shifted = (value << (2 * doublings)).numpy().astype(np.uint64)
    more = shifted < np.uint64(2**62)  # the last doubling may leave the signed range
    roots = torch.from_numpy(_roots(np.where(more, shifted << np.uint64(2), shifted)).astype(np.int64))
    doublings = doublings + torch.from_numpy(more).long()
    reciprocal = (2**62 // roots.clamp(min=1)).clamp(max=2**31 - 1)
    rounded = rne_shift((length * x - total) * reciprocal, 38 - doublings - fraction // 2)
    return torch.where(spread == 0, torch.zeros_like(rounded), rounded)


def rotate(even: Tensor, odd: Tensor, cos: Tensor, sin: Tensor) -> Tuple[Tensor, Tensor]:
    """Pairs turned by angles whose cosines and sines are in 2^-22."""
    return even * cos - odd * sin, even * sin + odd * cos


def _waves(length: int) -> Tuple[Tensor, Tensor]:
    """Cosines and sines in 2^-18 for each bin and position."""
    bins, places = torch.arange(length // 2 + 1)[:, None], torch.arange(length)[None, :]
    turns = (bins * places) % length
    table = lambda wave: torch.tensor([round(2.0**18 * wave(2 * math.pi * i / length)) for i in range(length)])  # noqa: E731
    return table(math.cos)[turns], table(math.sin)[turns]


def spectrum(x: Tensor) -> Tuple[Tensor, Tensor]:
    """Real and imaginary parts of torch.fft.rfft along the last axis, in 2^-18 of x's steps."""
    cos, sin = _waves(x.shape[-1])
    return _product(x, cos), -_product(x, sin)


def _product(x: Tensor, weights: Tensor) -> Tensor:
    """x @ weights^T, exact below 2^53."""
    return (x.double() @ weights.double().T).long()


def linear(x: Tensor, weights: Tensor) -> Tensor:
    """x @ weights^T of integers whose sums stay below 2^53."""
    return _product(x, weights)


def magnitude(re: Tensor, im: Tensor, scale: float, step: float, high: int = 127) -> Tensor:
    """sqrt(re^2 + im^2) * scale * 2^-18 in steps of `step`, rounded by comparing squares with thresholds."""
    found = []
    for k in range(1, high + 1):
        v = ((k - 0.5) * step * 2.0**18 / scale) ** 2
        found.append(min(math.ceil(v) if k % 2 == 0 else math.floor(v) + 1, 2**63 - 1))
    return torch.searchsorted(torch.tensor(found), (re * re + im * im).contiguous(), right=True)


def phase(re: Tensor, im: Tensor, step: float, low: int = -128, high: int = 127) -> Tensor:
    """atan2(im, re) in steps of `step`, rounded by comparing directions."""
    count = torch.zeros_like(re)
    for k in range(1, 129):
        angle = (k - 0.5) * step
        if angle > math.pi:
            break
        cos, sin = round(2.0**30 * math.cos(angle)), round(2.0**30 * math.sin(angle))
        count = count + (im.abs() * cos - re * sin >= 0).long()
    signed = torch.where(im < 0, -count, count).clamp(low, high)
    return torch.where((re == 0) & (im == 0), torch.zeros_like(signed), signed)


_SOFTPLUS = torch.tensor([round(2.0**24 * math.log1p(math.exp(-i / 64))) for i in range(1025)])


def softplus(p: Tensor) -> Tensor:
    """log(1 + exp(p / 2^16)) in 2^-24."""
    q = p.abs().clamp(max=2**20 - 1)
    i, f = q >> 10, q & 1023
    return p.clamp(min=0) * 256 + _SOFTPLUS[i] - (((_SOFTPLUS[i] - _SOFTPLUS[i + 1]) * f + 512) >> 10)
