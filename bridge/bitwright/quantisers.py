"""What a Brevitas quantiser did, as plain numbers."""
from __future__ import annotations

from typing import Any, Dict, Optional

import numpy as np
import torch


def is_quant_tensor(value: Any) -> bool:
    """A QuantTensor of any kind: in every Brevitas version a named tuple that holds the dequantised `value`."""
    return isinstance(value, tuple) and hasattr(value, "_fields") and isinstance(getattr(value, "value", None), torch.Tensor)


def value_of(value: Any) -> Any:
    return value.value if is_quant_tensor(value) else value


def array(tensor: torch.Tensor) -> np.ndarray:
    return tensor.detach().cpu().numpy()


def number(value: Any) -> Any:
    """A tensor of one element as a number, of several as a list; None stays None."""
    if value is None:
        return None
    if isinstance(value, torch.Tensor):
        value = array(value.reshape(-1)).astype(np.float64).tolist()
        return value[0] if len(value) == 1 else value
    return float(value)


def whole(value: Any) -> Any:
    """As `number`, with 8.0 as 8."""
    found = number(value)
    return int(found) if isinstance(found, float) and found.is_integer() else found


def integers(quantised: Any) -> Optional[np.ndarray]:
    """round(value / scale + zero point): the integers behind a dequantised tensor, in the narrowest of i8, u8, i16, i32."""
    if not is_quant_tensor(quantised) or getattr(quantised, "bit_width", None) is None or quantised.scale is None:
        return None
    scale, zero_point = (array(field).astype(np.float64) for field in (quantised.scale, quantised.zero_point))
    with np.errstate(all="ignore"):
        found = np.rint(array(quantised.value).astype(np.float64) / scale + zero_point)
    found = np.nan_to_num(found, nan=0.0, posinf=0.0, neginf=0.0)
    low, high = (found.min(), found.max()) if found.size else (0, 0)
    signed = bool(quantised.signed_t) if quantised.signed_t is not None else True
    for dtype in (np.int8, np.int16, np.int32) if signed else (np.uint8, np.int16, np.int32):
        if np.iinfo(dtype).min <= low and high <= np.iinfo(dtype).max:
            return found.astype(dtype)
    return None


def _on_grid(quantised: Any) -> bool:
    """Whether every value is a whole number of steps within the bit width: not so before a delayed quantiser begins."""
    scale, zero_point, bits = (array(field).astype(np.float64) for field in (quantised.scale, quantised.zero_point, quantised.bit_width))
    with np.errstate(all="ignore"):
        found = array(quantised.value).astype(np.float64) / scale + zero_point
    if not np.isfinite(found).all():
        return True  # the scale is to blame, and says so itself
    low, high = (-(2.0 ** (bits - 1)), 2.0 ** (bits - 1) - 1) if bool(quantised.signed_t) else (0.0, 2.0**bits - 1)
    return bool((np.abs(found - np.rint(found)) < 0.01).all() and (np.rint(found) >= low).all() and (np.rint(found) <= high).all())


def kind_of(proxy: torch.nn.Module) -> Optional[str]:
    """The class of the arithmetic, such as RescalingIntQuant or TernaryQuant."""
    fused = getattr(proxy, "fused_activation_quant_proxy", None)
    implementation = getattr(fused, "tensor_quant", None) or getattr(proxy, "tensor_quant", None)
    return None if implementation is None else getattr(implementation, "original_name", type(implementation).__name__)


def rounding_of(proxy: torch.nn.Module) -> Optional[str]:
    mode = getattr(proxy, "rounding_mode", None)
    return None if mode is None else str(mode).split(".")[-1].upper()


def quantiser_fields(proxy: torch.nn.Module, quantised: Any) -> Dict[str, Any]:
    """The fields of an activation quantiser; all null where its quantisation is switched off."""
    enabled = bool(proxy.is_quant_enabled) and is_quant_tensor(quantised)
    if not enabled:
        return {"quantiser": None, "scale": None, "zero_point": None, "bit_width": None, "signed": None, "narrow": None, "rounding": None}
    signed = proxy.is_signed if proxy.is_signed is not None else number(quantised.signed_t)
    return {
        "quantiser": kind_of(proxy) if _on_grid(quantised) else None,
        "scale": number(quantised.scale),
        "zero_point": whole(quantised.zero_point),
        "bit_width": whole(getattr(quantised, "bit_width", None)),
        "signed": bool(signed),
        "narrow": bool(proxy.is_narrow_range),
        "rounding": rounding_of(proxy),
    }
