"""Writes the safetensors format (https://github.com/huggingface/safetensors#format), byte for byte as its reference implementation."""
from __future__ import annotations

import json
from typing import Dict, Optional

import numpy as np

# In the order of storage: wider elements first, so that none is misaligned.
_NAMES = {"i8": "I64", "f8": "F64", "f4": "F32", "u4": "U32", "i4": "I32", "u2": "U16", "i2": "I16", "i1": "I8", "u1": "U8"}


def to_bytes(tensors: Dict[str, np.ndarray], metadata: Optional[Dict[str, str]] = None) -> bytes:
    codes = {name: data.dtype.str[1:] for name, data in tensors.items()}
    order = sorted(tensors, key=lambda name: (list(_NAMES).index(codes[name]), name))
    header, payload, offset = {} if metadata is None else {"__metadata__": metadata}, [], 0
    for name in order:
        data = np.ascontiguousarray(tensors[name]).astype(tensors[name].dtype.newbyteorder("<")).tobytes()
        header[name] = {"dtype": _NAMES[codes[name]], "shape": list(tensors[name].shape), "data_offsets": [offset, offset + len(data)]}
        payload.append(data)
        offset += len(data)
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + b"".join(payload)
