"""Writes the bundle that docs/bundle.md describes."""
from __future__ import annotations

import json
import math
import os
import secrets
import shutil
from typing import Any, Dict, List

import numpy as np

from .errors import Refused
from .safetensors import to_bytes
from .tracer import Record

FORMAT, SCHEMA = "bitwright-bundle", 1


def _plain(value: Any) -> Any:
    """JSON has no NaN: a number that is not finite becomes its name."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


def _record(record: Record) -> Dict[str, Any]:
    return {
        "name": record.name,
        "class": record.kind,
        "inputs": [source.name for source in record.inputs],
        "shape": list(record.shape),
        "fields": {key: _plain(value) for key, value in record.fields.items()},
        "tensors": {role: f"{record.name}.{role}" for role in record.tensors},
        **({"location": record.location} if record.location else {}),
    }


def _print(header: Dict[str, Any]) -> str:
    """JSON with one line for each key, and for each record."""
    lines = []
    for key, value in header.items():
        if key == "records":
            rows = ",\n".join(f"    {json.dumps(row, ensure_ascii=False, allow_nan=False)}" for row in value)
            lines.append(f'  "records": [\n{rows}\n  ]')
        else:
            lines.append(f"  {json.dumps(key)}: {json.dumps(value, ensure_ascii=False, allow_nan=False)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def contents(name: str, versions: Dict[str, str], inputs: List[Record], records: List[Record], outputs: List[Record], samples: Dict[str, np.ndarray]) -> Dict[str, bytes]:
    """The files of a bundle. `samples` has the tensors sample.input.*, sample.integers.* and sample.output.*."""
    count = next(iter(samples.values())).shape[0]
    header = {
        "format": FORMAT,
        "schema": SCHEMA,
        "name": name,
        "source": {"framework": "brevitas", "versions": versions},
        "inputs": [{"name": record.name, "shape": list(record.shape)} for record in inputs],
        "records": [_record(record) for record in records],
        "outputs": [record.name for record in outputs],
        "samples": count,
    }
    tensors = {f"{record.name}.{role}": data for record in records for role, data in record.tensors.items()}
    return {"bundle.json": _print(header).encode(), "tensors.safetensors": to_bytes({**tensors, **samples})}


def write(directory: str, files: Dict[str, bytes]) -> None:
    """Writes a directory whole or not at all."""
    directory = os.path.abspath(directory)
    temporary = os.path.join(os.path.dirname(directory), f".{os.path.basename(directory)}.{secrets.token_hex(4)}")
    try:
        _refuse_foreign(directory, files)
        os.makedirs(temporary)
        for name, data in files.items():
            with open(os.path.join(temporary, name), "wb") as file:
                file.write(data)
        if os.path.isdir(directory):
            shutil.rmtree(directory)
        os.rename(temporary, directory)
    except OSError as error:
        raise Refused(f"{directory}: {error.strerror}; choose another --out") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


#: What a directory may hold that is replaced: a bundle, and the mark that the bitwright command leaves in what it wrote.
_OWN = {"bundle.json", "tensors.safetensors", ".bitwright"}


def _refuse_foreign(directory: str, files: Dict[str, bytes]) -> None:
    if os.path.exists(directory) and not os.path.isdir(directory):
        raise Refused(f"{directory}: a file stands there; choose another --out")
    foreign = sorted(set(os.listdir(directory)) - _OWN) if os.path.isdir(directory) else []
    if foreign:
        raise Refused(f"{directory}: a directory that holds {foreign[0]}; choose an empty one, or that of an earlier bundle")
