"""The state_dict of a checkpoint, and the sizes that its shapes tell."""
from __future__ import annotations

import argparse
import math
from dataclasses import dataclass
from typing import Dict, List, Optional

import torch

from ..state import read_state

State = Dict[str, torch.Tensor]

_WRAPPERS = ("model", "state_dict", "model_state_dict", "module", "net")


def load_state(path: str) -> State:
    """The tensors by name. Code in the file never runs; a Namespace of arguments, which a training script saves beside them, is data."""
    if hasattr(torch.serialization, "add_safe_globals"):
        torch.serialization.add_safe_globals([argparse.Namespace])
    state = read_state(path, _WRAPPERS)
    tensors = {name: value for name, value in state.items() if isinstance(value, torch.Tensor)}
    if tensors and all(name.startswith("module.") for name in tensors):
        tensors = {name[len("module.") :]: value for name, value in tensors.items()}
    return {name: value.float() if value.is_floating_point() else value for name, value in tensors.items()}


@dataclass(frozen=True)
class DeitSizes:
    """Of a DeiT or ViT; its heads are in no shape."""

    image: int
    colours: int
    patch: int
    channels: int
    depth: int
    heads: int
    hidden: int
    classes: int


@dataclass(frozen=True)
class SwinSizes:
    image: int
    colours: int
    patch: int
    channels: int
    depths: List[int]
    heads: List[int]
    window: int
    hidden: int
    classes: int


def _count(state: State, prefix: str) -> int:
    """How many modules are numbered behind a prefix."""
    numbers = {int(name[len(prefix) :].split(".")[0]) for name in state if name.startswith(prefix)}
    return len(numbers)


def deit_sizes(state: State, heads: Optional[int]) -> DeitSizes:
    """Sizes by shapes. Without `heads`, those of all published models: one for each 64 channels."""
    channels, colours, patch, _ = state["patch_embed.proj.weight"].shape
    side = math.isqrt(state["pos_embed"].shape[1] - 1)
    hidden = state["blocks.0.mlp.fc1.weight"].shape[0]
    classes = state["head.weight"].shape[0]
    return DeitSizes(side * patch, colours, patch, channels, _count(state, "blocks."), heads or channels // 64, hidden, classes)


def swin_sizes(state: State) -> SwinSizes:
    """Sizes by shapes: the mask of a stage's second block has an entry for each window, and a stage without one is a single window."""
    channels, colours, patch, _ = state["patch_embed.proj.weight"].shape
    stages = range(_count(state, "layers."))
    depths = [_count(state, f"layers.{stage}.blocks.") for stage in stages]
    heads = [state[f"layers.{stage}.blocks.0.attn.relative_position_bias_table"].shape[1] for stage in stages]
    window = math.isqrt(state["layers.0.blocks.0.attn.relative_position_index"].shape[0])
    deep = next(stage for stage in stages if depths[stage] > 1)
    mask = state.get(f"layers.{deep}.blocks.1.attn_mask")
    own = math.isqrt(state[f"layers.{deep}.blocks.0.attn.relative_position_index"].shape[0])
    side = own * (1 if mask is None else math.isqrt(mask.shape[0])) * 2**deep
    hidden = state["layers.0.blocks.0.mlp.fc1.weight"].shape[0]
    classes = state["head.weight"].shape[0]
    return SwinSizes(side * patch, colours, patch, channels, depths, heads, window, hidden, classes)
