"""The dataflow of DeiT, ViT and Swin in the modules of I-ViT. Pictures are [pictures, colours, side, side]; the result are the logits."""
from __future__ import annotations

from typing import Tuple

import torch
from torch import Tensor

from .checkpoint import DeitSizes, SwinSizes
from .modules import Modules, Value, exact_mean


def _moved(x: Value, move) -> Value:
    return Value(move(x.real), x.scale)


def _heads(run: Modules, name: str, x: Value, count: int) -> Tuple[Value, Value, Value]:
    """Queries, keys and values [groups, heads, tokens, channels of a head]."""
    groups, tokens, channels = x.real.shape
    together = run.act(f"{name}.qact1", 8, run.linear(f"{name}.qkv", x))
    parts = together.real.reshape(groups, tokens, 3, count, channels // count).permute(2, 0, 3, 1, 4)
    query, key, value = (Value(part, together.scale) for part in parts)
    return query, key, value


def _scores(run: Modules, name: str, query: Value, key: Value) -> Value:
    factor = query.real.shape[-1] ** -0.5
    product = run.matmul(f"{name}.matmul_1", query, _moved(key, lambda x: x.transpose(-2, -1)), factor)
    return run.act(f"{name}.qact_attn1", 8, product)


def _mixed(run: Modules, name: str, shares: Value, value: Value) -> Value:
    product = run.matmul(f"{name}.matmul_2", shares, value)
    return _moved(product, lambda x: x.transpose(1, 2).reshape(x.shape[0], x.shape[2], -1))


def _mlp(run: Modules, name: str, x: Value) -> Value:
    wide = run.act(f"{name}.qact_gelu", 8, run.linear(f"{name}.fc1", x))
    active = run.act(f"{name}.qact1", 8, run.gelu(f"{name}.act", wide))
    return run.act(f"{name}.qact2", 16, run.linear(f"{name}.fc2", active))


def deit(run: Modules, pictures: Tensor, sizes: DeitSizes) -> Tensor:
    pixels = run.input("qact_input", 8, pictures)
    filters = _moved(run.patches("patch_embed.proj", pixels), lambda x: x.flatten(2).transpose(1, 2))
    patches = run.act("patch_embed.qact", 16, filters)
    token = run.tensor("cls_token").expand(len(pictures), -1, -1)
    tokens = _moved(patches, lambda x: torch.cat((token, x), 1))
    x = run.act("qact1", 16, tokens, run.input("qact_pos", 16, run.tensor("pos_embed")))
    for index in range(sizes.depth):
        x = _deit_block(run, f"blocks.{index}", x, sizes.heads)
    first = _moved(run.norm("norm", x), lambda normed: normed[:, 0])
    return run.linear("head", run.act("qact2", 8, first)).real


def _deit_block(run: Modules, name: str, x: Value, count: int) -> Value:
    query, key, value = _heads(run, f"{name}.attn", run.act(f"{name}.qact1", 8, run.norm(f"{name}.norm1", x)), count)
    shares = run.softmax(f"{name}.attn.int_softmax", _scores(run, f"{name}.attn", query, key), 16)
    mixed = run.act(f"{name}.attn.qact2", 8, _mixed(run, f"{name}.attn", shares, value))
    attended = run.act(f"{name}.attn.qact3", 16, run.linear(f"{name}.attn.proj", mixed))
    middle = run.act(f"{name}.qact2", 16, attended, x)
    normed = run.act(f"{name}.qact3", 8, run.norm(f"{name}.norm2", middle))
    return run.act(f"{name}.qact4", 16, _mlp(run, f"{name}.mlp", normed), middle)


def swin(run: Modules, pictures: Tensor, sizes: SwinSizes) -> Tensor:
    pixels = run.input("qact_input", 8, pictures)
    filters = _moved(run.patches("patch_embed.proj", pixels), lambda x: x.flatten(2).transpose(1, 2))
    normed = run.norm("patch_embed.norm", run.act("patch_embed.qact_before_norm", 8, filters))
    x = run.act("qact1", 16, run.act("patch_embed.qact", 16, normed))
    side = sizes.image // sizes.patch
    for stage, (depth, count) in enumerate(zip(sizes.depths, sizes.heads)):
        for index in range(depth):
            x = _swin_block(run, f"layers.{stage}.blocks.{index}", x, count, min(sizes.window, side), side)
        if stage + 1 < len(sizes.depths):
            x = _merged(run, f"layers.{stage}.downsample", x, side)
            side //= 2
    pooled = _moved(run.act("qact2", 8, run.norm("norm", x)), lambda normed: exact_mean(normed, 1, keep=False))
    return run.linear("head", run.act("qact3", 8, pooled)).real


def _swin_block(run: Modules, name: str, x: Value, count: int, window: int, side: int) -> Value:
    """Blocks with a mask look at windows that are moved by half a window."""
    shift = window // 2 if run.has(f"{name}.attn_mask") else 0
    across, channels = side // window, x.real.shape[-1]

    def cut(real: Tensor) -> Tensor:
        square = torch.roll(real.reshape(-1, side, side, channels), (-shift, -shift), (1, 2))
        windows = square.reshape(-1, across, window, across, window, channels).transpose(2, 3)
        return windows.reshape(-1, window * window, channels)

    def joined(real: Tensor) -> Tensor:
        square = real.reshape(-1, across, across, window, window, channels).transpose(2, 3).reshape(-1, side, side, channels)
        return torch.roll(square, (shift, shift), (1, 2)).reshape(-1, side * side, channels)

    normed = run.act(f"{name}.qact1", 8, run.norm(f"{name}.norm1", x))
    attended = _window_attention(run, f"{name}.attn", _moved(normed, cut), count, run.tensor(f"{name}.attn_mask") if shift else None)
    middle = run.act(f"{name}.qact2", 16, _moved(attended, joined), x)
    again = run.act(f"{name}.qact3", 8, run.norm(f"{name}.norm2", middle))
    return run.act(f"{name}.qact4", 16, _mlp(run, f"{name}.mlp", again), middle)


def _window_attention(run: Modules, name: str, x: Value, count: int, mask) -> Value:
    query, key, value = _heads(run, name, x, count)
    scores = _scores(run, name, query, key)
    tokens = x.real.shape[1]
    places = run.tensor(f"{name}.relative_position_index").reshape(-1)
    table = run.input(f"{name}.qact_table", 8, run.tensor(f"{name}.relative_position_bias_table"))
    bias = _moved(table, lambda entries: entries[places].reshape(tokens, tokens, count).permute(2, 0, 1)[None])
    logits = run.act(f"{name}.qact2", 8, scores, bias)
    if mask is not None:
        added = mask[:, None]
        logits = _moved(logits, lambda real: (real.reshape(-1, *added.shape[:1], count, tokens, tokens) + added).reshape(real.shape))
    shares = run.softmax(f"{name}.log_int_softmax", logits, 8)
    mixed = run.act(f"{name}.qact3", 8, _mixed(run, name, shares, value))
    return run.act(f"{name}.qact4", 16, run.linear(f"{name}.proj", mixed))


def _merged(run: Modules, name: str, x: Value, side: int) -> Value:
    """Four neighbours become one token: those of even columns first, in each the even row first."""

    def quads(real: Tensor) -> Tensor:
        square = real.reshape(-1, side // 2, 2, side // 2, 2, real.shape[-1])
        return square.permute(0, 1, 3, 4, 2, 5).reshape(real.shape[0], (side // 2) ** 2, 4 * real.shape[-1])

    normed = run.act(f"{name}.qact1", 8, run.norm(f"{name}.norm", _moved(x, quads)))
    return run.act(f"{name}.qact2", 8, run.linear(f"{name}.reduction", normed))
