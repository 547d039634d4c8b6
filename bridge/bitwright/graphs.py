"""Functions whose records are no chain behind their first argument. Each says whether it knew this form of the call."""
from __future__ import annotations

import math
from typing import Any, Callable, Dict, List, Optional

import torch

from .quantisers import number, value_of
from .steps import Step, chain, rank_of
from .tracer import Record, Tracer, tensors_in

#: torch.fft.rfft over the last axis, whole and not scaled. Complex numbers are no layer's; their magnitudes and angles are.
_SPECTRUM = "fft_rfft"


def _product(tracer: Tracer, name: str, inputs: List[Record], constant: bool, result: Any, input: Any, other: Any, **named: Any) -> bool:
    """x * y of two tensors; x * 2, 2 * x, x / 2 and -x are factors of one."""
    if named:
        return False
    inverse = name in ("div", "truediv", "true_divide", "itruediv", "idiv")
    if len(inputs) == 2 and not constant:
        if inverse:
            return False
        chain(tracer, "mul", inputs, [Step("multiply", {})], result)
        return True
    own, factor = (input, other) if _traced(tracer, input) else (other, input)
    plain = value_of(factor)
    if isinstance(plain, torch.Tensor) and plain.numel() != 1 or inverse and own is other:
        return False
    value = float(number(plain)) if isinstance(plain, torch.Tensor) else float(plain)
    if inverse and value == 0:
        return False
    chain(tracer, name, inputs[:1], [Step("scale", {"factor": 1 / value if inverse else value})], result)
    return True


def _traced(tracer: Tracer, value: Any) -> bool:
    return any(tracer.producer(tensor) is not None for tensor in tensors_in(value))


def _negative(tracer: Tracer, name: str, inputs: List[Record], constant: bool, result: Any, input: Any) -> bool:
    chain(tracer, name, inputs[:1], [Step("scale", {"factor": -1.0})], result)
    return True


def _difference(tracer: Tracer, name: str, inputs: List[Record], constant: bool, result: Any, input: Any, other: Any, **named: Any) -> bool:
    """x - y is x + -1 * y."""
    if len(inputs) != 2 or constant or named:
        return False
    minuend, subtrahend = inputs[::-1] if name == "rsub" else inputs
    negative = tracer.add(Record(tracer.scoped("neg"), "scale", [subtrahend], subtrahend.shape, {"factor": -1.0}))
    chain(tracer, name, [minuend, negative], [Step("add", {"alpha": 1.0, "constant": None})], result)
    return True


def _swapped(tracer: Tracer, name: str, inputs: List[Record], constant: bool, result: Any, input: Any, other: Any) -> bool:
    """other @ input."""
    if len(inputs) != 2 or constant:
        return False
    chain(tracer, "matmul", inputs[::-1], [Step("matmul", {})], result)
    return True


def _attention(
    tracer: Tracer,
    name: str,
    inputs: List[Record],
    constant: bool,
    result: Any,
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: Optional[float] = None,
    enable_gqa: bool = False,
) -> bool:
    """F.scaled_dot_product_attention: softmax(q k^T * scale) v."""
    if len(inputs) != 3 or attn_mask is not None or dropout_p or is_causal or enable_gqa:
        return False
    q, k, v = inputs
    shape, rank = tuple(q.shape), len(q.shape)
    transposed = tracer.add(Record(tracer.scoped(f"{name}.transpose"), "permute", [k], (*k.shape[:-2], k.shape[-1], k.shape[-2]), {"axes": [*range(rank - 2), rank - 1, rank - 2]}))
    scores = (*shape[:-1], k.shape[-2])
    steps = [Step("matmul", {}, scores, f"{name}.matmul"), Step("scale", {"factor": 1 / math.sqrt(shape[-1]) if scale is None else float(scale)}, scores, f"{name}.scale")]
    weights = chain(tracer, name, [q, transposed], [*steps, Step("Softmax", {"axis": rank - 1}, scores, f"{name}.softmax")], result)
    chain(tracer, name, [weights, v], [Step("matmul", {})], result)
    return True


def _indices(tracer: Tracer, name: str, inputs: List[Record], constant: bool, result: Any, *_: Any, **__: Any) -> bool:
    """An input of the network that a model takes for whole numbers, such as the words of a sentence: it is handed on."""
    made = value_of(result)
    if inputs[0].kind is not None or made.is_floating_point() or made.shape != tuple(inputs[0].shape):
        return False
    tracer.bind(result, inputs[0])
    return True


def _polar(part: str) -> Callable[..., bool]:
    """Magnitude or angle of torch.fft.rfft(x), whose own record leads nowhere."""

    def describe(tracer: Tracer, name: str, inputs: List[Record], constant: bool, result: Any, input: Any, **_: Any) -> bool:
        if inputs[0].kind != _SPECTRUM:
            return False
        chain(tracer, name, inputs[0].inputs, [Step("rfft", {"part": part})], result)
        return True

    return describe


def rfft(result: Any, input: Any, n: Any = None, dim: int = -1, norm: Any = None, **_: Any) -> Optional[List[Step]]:
    whole = n is None or n == value_of(input).shape[dim]
    return [Step(_SPECTRUM, {})] if whole and dim % rank_of(input) == rank_of(input) - 1 and norm in (None, "backward") else None


GRAPHS: Dict[str, Callable[..., bool]] = {
    **{name: _product for name in ("mul", "rmul", "imul", "multiply", "div", "truediv", "true_divide", "itruediv", "idiv")},
    **{name: _difference for name in ("sub", "rsub", "isub", "subtract")},
    "neg": _negative,
    "negative": _negative,
    **{name: _indices for name in ("long", "int", "to", "type")},
    "rmatmul": _swapped,
    "scaled_dot_product_attention": _attention,
    "abs": _polar("magnitude"),
    "angle": _polar("phase"),
}
