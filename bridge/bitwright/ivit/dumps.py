"""What a model computes for a picture, as the tensors of a dump: `input`, `<module>.int`, `<module>.scale`, `logits` and `logits_exact`."""
from __future__ import annotations

from typing import Callable, Dict, Optional, Tuple, Union

import numpy as np
import torch
from torch import Tensor

from ..errors import Refused
from .checkpoint import DeitSizes, State, SwinSizes, deit_sizes, load_state, swin_sizes
from .modules import Modules, Record
from .networks import deit, swin
from .upstream import Upstream

Tensors = Dict[str, np.ndarray]

_TYPES = (torch.int8, torch.int16, torch.int32, torch.int64)


def narrow(integers: Tensor) -> np.ndarray:
    """The integers in the narrowest type that holds them; float64 beyond 64 bits, where a dead channel of a LayerNorm may be."""
    low, high = (float(end) for end in torch.aminmax(integers))
    for dtype in _TYPES:
        limits = torch.iinfo(dtype)
        if limits.min <= low and high <= limits.max and high < 2.0**63:
            return integers.to(dtype).numpy()
    return integers.double().numpy()


def sizes_of(path: str, state: State, heads: Optional[int]) -> Union[DeitSizes, SwinSizes]:
    try:
        return deit_sizes(state, heads) if "cls_token" in state else swin_sizes(state)
    except (KeyError, StopIteration) as error:
        raise Refused(f"{path}: it has no tensor {error}; name the checkpoint of a DeiT, ViT or Swin of I-ViT") from error


def build(state: State, sizes: Union[DeitSizes, SwinSizes], repository: Optional[str] = None, record: Optional[Record] = None) -> Callable[[Tensor], Tensor]:
    """The network of a checkpoint: of the modules here, or of a checkout of I-ViT."""
    if repository is not None:
        return Upstream(repository, state, sizes, record)
    run = Modules(state, record)
    if isinstance(sizes, DeitSizes):
        return lambda pictures: deit(run, pictures, sizes)
    return lambda pictures: swin(run, pictures, sizes)


class Dumper:
    """Runs pictures, all that are given at once, and hands out what every module computed."""

    def __init__(self, path: str, heads: Optional[int], repository: Optional[str]) -> None:
        self._tensors: Tensors = {}
        self._last: Optional[Tuple[Tensor, Tensor]] = None
        state = load_state(path)
        self.sizes = sizes_of(path, state, heads)
        self.modules = "bitwright" if repository is None else repository
        self._model = build(state, self.sizes, repository, self._record)

    def _record(self, name: str, integers: Tensor, scale: Tensor) -> None:
        self._tensors[f"{name}.int"] = narrow(integers)
        self._tensors[f"{name}.scale"] = scale.float().reshape(-1).numpy()
        self._last = (integers, scale)

    def run(self, pictures: np.ndarray) -> Tensors:
        """The tensors of pictures, float32 [pictures, colours, side, side]."""
        self._tensors = {}
        with torch.no_grad():
            logits = self._model(torch.from_numpy(np.ascontiguousarray(pictures, dtype=np.float32)))
        assert self._last is not None
        integers, scale = self._last  # of the head
        return {"input": pictures, **self._tensors, "logits": logits.numpy(), "logits_exact": (integers.float() * scale.float()).numpy()}
