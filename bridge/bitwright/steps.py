"""One call of a function as steps, each of which is one record."""
from __future__ import annotations

from typing import Any, Dict, List, NamedTuple, Optional, Tuple

import numpy as np

from .layers import shape_of
from .quantisers import value_of
from .tracer import Record, Tracer


class Step(NamedTuple):
    """One record of a call. `shape` is that of its result, where it is not the call's."""

    kind: str
    fields: Dict[str, Any]
    shape: Optional[Tuple[int, ...]] = None
    base: Optional[str] = None
    tensors: Dict[str, np.ndarray] = {}


def chain(tracer: Tracer, name: str, inputs: List[Record], steps: List[Step], result: Any, orphan: Optional[str] = None) -> Record:
    """Adds a record for each step, one behind the other: the first one has the inputs, the last one stands for the result."""
    last = inputs[0]
    for kind, fields, shape, base, tensors in steps:
        last = tracer.add(Record(tracer.scoped(base or name), kind, inputs, shape or shape_of(result), fields, tensors, orphan=orphan))
        inputs = [last]
    tracer.bind(result, last)
    return last


def rank_of(tensor: Any) -> int:
    return len(value_of(tensor).shape)
