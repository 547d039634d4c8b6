"""The real Fourier transform of each row: magnitudes and phases of its bins."""
from __future__ import annotations

from typing import Any, Optional, Sequence

import torch
from torch import Tensor, nn

from . import exact
from .layer import Description, Layer, Quantised, moved, quantiser


class RFFT(Layer):
    """Magnitudes or phases of torch.fft.rfft along the last axis."""

    bitwright_kind = "rfft"

    def __init__(self, part: str, output_quant: Optional[nn.Module] = None) -> None:
        super().__init__(output_quant)
        if part not in ("magnitude", "phase"):
            raise ValueError(f"part {part!r}; it is 'magnitude' or 'phase'")
        self.part = part

    def real(self, x: Tensor) -> Tensor:
        found = torch.fft.rfft(x)
        return found.abs() if self.part == "magnitude" else found.angle()

    def exact(self, step: float, low: int, high: int, x: Any) -> Tensor:
        given = Quantised(self, x)
        re, im = exact.spectrum(given.integers)
        return exact.magnitude(re, im, given.scale, step, high) if self.part == "magnitude" else exact.phase(re, im, step, low, high)

    def description(self, shape: Sequence[int]) -> Description:
        return {"part": self.part}, {}


class RFFTFeatures(nn.Module):
    """[..., n] to [..., 2 * (n / 2 + 1)]: all magnitudes, then all phases, at one scale."""

    def __init__(self) -> None:
        super().__init__()
        output_quant = quantiser()
        self.magnitude = RFFT("magnitude", output_quant)
        self.phase = RFFT("phase", output_quant)

    def forward(self, x: Any) -> Any:
        magnitude, phase = self.magnitude(x), self.phase(x)
        return moved(magnitude, lambda value: torch.cat([value, phase.value], -1))
