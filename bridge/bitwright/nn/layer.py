"""What the small layers share: their own quantiser, integers in eval mode, and what a trace writes down of them."""
from __future__ import annotations

from typing import Any, Callable, Dict, Optional, Sequence, Tuple

import brevitas.nn as qnn
import numpy as np
import torch
from brevitas.quant import Int8ActPerTensorFloat, Uint8ActPerTensorFloat
from torch import Tensor, nn

from ..quantisers import is_quant_tensor, value_of

Description = Tuple[Dict[str, Any], Dict[str, np.ndarray]]


def quantiser(unsigned: bool = False, bits: int = 8) -> nn.Module:
    """An activation quantiser with one scale, learned from the values that it sees in train mode."""
    return qnn.QuantIdentity(act_quant=Uint8ActPerTensorFloat if unsigned else Int8ActPerTensorFloat, bit_width=bits, return_quant_tensor=True)


class Quantised:
    """Integers of 8 bits (or 16) and their scale, of a QuantTensor."""

    def __init__(self, layer: nn.Module, tensor: Any) -> None:
        if not is_quant_tensor(tensor) or tensor.scale.numel() != 1:
            raise TypeError(f"{type(layer).__name__} got a value without a scale; put a QuantIdentity with return_quant_tensor=True in front of it")
        self.scale = float(tensor.scale)
        self.integers = torch.round(tensor.value.detach().double() / self.scale).long()
        bits = int(tensor.bit_width)
        self.limit = 2 ** (bits - 1) if bool(tensor.signed_t) else 2**bits - 1


class Layer(nn.Module):
    """
    A layer with a quantiser behind it. In train mode it is `real` and fake quantisation; in eval mode `exact` gives the integers, and the
    result is a QuantTensor of them. Its kind is the class of its record in a bundle.
    """

    bitwright_kind = ""
    #: The linear layers through which inputs pass first, by the input's position: their sums are never rounded to 8 bits.
    bitwright_linears: Dict[int, str] = {}

    def __init__(self, output_quant: Optional[nn.Module] = None, unsigned: bool = False) -> None:
        super().__init__()
        self.output_quant = quantiser(unsigned) if output_quant is None else output_quant

    def real(self, *inputs: Tensor) -> Tensor:
        raise NotImplementedError

    def exact(self, step: float, low: int, high: int, *inputs: Any) -> Tensor:
        """The integers, of an output quantiser whose step is `step` and whose integers lie from `low` to `high`."""
        raise NotImplementedError

    def description(self, shape: Sequence[int]) -> Description:
        """Fields and tensors of the record of a call whose result has this shape."""
        return {}, {}

    def forward(self, *inputs: Any) -> Any:
        if self.training:
            return self.output_quant(self.real(*map(value_of, inputs)))
        shown = self.output_quant(torch.zeros(1))
        step, bits, signed = float(shown.scale), int(shown.bit_width), bool(shown.signed_t)
        low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
        with torch.no_grad():
            integers = self.exact(step, low, high, *inputs)
        return shown._replace(value=integers.to(shown.scale.dtype) * shown.scale)


def moved(x: Any, move: Callable[[Tensor], Tensor]) -> Any:
    """A QuantTensor whose elements are moved, repeated or chosen by `move`, which keeps their scale."""
    return x._replace(value=move(x.value)) if is_quant_tensor(x) else move(x)


def array(tensor: Tensor) -> np.ndarray:
    return tensor.detach().cpu().numpy().astype(np.float32).reshape(-1)
