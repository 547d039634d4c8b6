"""Functions that move elements: shapes, axes, parts and repetitions."""
from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional, Tuple

import torch

from .layers import pad_fields, shape_of
from .quantisers import value_of
from .steps import Step, rank_of
from .tracer import tensors_in

#: Calls that give several tensors: the argument position of the axis.
PIECES = {"chunk": 2, "split": 2, "split_with_sizes": 2, "tensor_split": 2, "unbind": 1}
PERMUTATIONS = frozenset({"permute", "transpose", "swapaxes", "swapdims", "movedim", "moveaxis", "t", "T", "mT"})


def _reshape(result: Any, x: Any, *_: Any, **__: Any) -> List[Step]:
    return [Step("reshape", {})]


def permutation(function: Callable, args: tuple, kwargs: dict) -> Optional[List[Step]]:
    """Found out by asking: the function is run on a tensor whose sizes are 2, 3, 4 and so on."""
    rank = rank_of(args[0])
    probe = torch.empty(tuple(range(2, rank + 2)), device="meta")
    axes = [size - 2 for size in function(probe, *args[1:], **kwargs).shape]
    return [Step("permute", {"axes": axes})] if axes != list(range(rank)) else []


def _slice(axis: int, start: int, size: int, step: int, shape: Tuple[int, ...]) -> List[Step]:
    if start == 0 and step == 1 and size == shape[axis]:
        return []
    cut = shape[:axis] + (size,) + shape[axis + 1 :]
    return [Step("slice", {"axis": axis, "start": start, "size": size, "step": step}, cut, "slice")]


def _index(result: Any, x: Any, index: Any) -> Optional[List[Step]]:
    """x[...] of integers, slices, None and one Ellipsis."""
    index = index if isinstance(index, tuple) else (index,)
    if not all(item is None or item is Ellipsis or isinstance(item, slice) or type(item) is int for item in index):
        return None
    shape = tuple(value_of(x).shape)
    named = sum(item is not None and item is not Ellipsis for item in index)
    axis, steps = 0, []
    for item in index:
        if item is Ellipsis:
            axis += len(shape) - named
        elif item is not None:
            chosen = range(shape[axis])[item] if isinstance(item, slice) else range(item % shape[axis], item % shape[axis] + 1)
            steps += _slice(axis, chosen.start, len(chosen), chosen.step, shape)
            shape = shape[:axis] + (len(chosen),) + shape[axis + 1 :]
            axis += 1
    return steps + ([] if shape == shape_of(result) else [Step("reshape", {}, shape_of(result), "reshape")])


def _narrow(result: Any, input: Any, dim: int, start: int, length: int) -> List[Step]:
    shape = tuple(value_of(input).shape)
    return _slice(dim % len(shape), start % shape[dim], length, 1, shape)


def _select(result: Any, input: Any, dim: int, index: int) -> List[Step]:
    shape = tuple(value_of(input).shape)
    cut = _slice(dim % len(shape), index % shape[dim], 1, 1, shape)
    return cut + [Step("reshape", {}, shape_of(result), "reshape")]


def pieces(name: str, result: Any, args: tuple, kwargs: dict) -> List[Tuple[torch.Tensor, List[Step]]]:
    """chunk, split and unbind: slices one after the other along an axis."""
    x = kwargs.get("input", kwargs.get("self", args[0] if args else None))
    axis = kwargs.get("dim", args[PIECES[name]] if len(args) > PIECES[name] else 0) % rank_of(x)
    shape, start, found = tuple(value_of(x).shape), 0, []
    for piece in tensors_in(list(result)):
        size = 1 if name == "unbind" else piece.shape[axis]
        steps = _slice(axis, start, size, 1, shape)
        if name == "unbind":
            steps = steps + [Step("reshape", {}, tuple(piece.shape), "reshape")]
        found.append((piece, steps))
        start += size
    return found


def _cat(result: Any, tensors: Any, dim: int = 0) -> List[Step]:
    return [Step("cat", {"axis": dim % rank_of(result)})]


def _tiles(shape: Tuple[int, ...], counts: List[int]) -> List[Step]:
    """One step for each axis that is repeated as a whole; axes in front of those of `shape` are of size 1 at first."""
    steps, size = [], [1] * (len(counts) - len(shape)) + list(shape)
    if len(size) > len(shape):
        steps.append(Step("reshape", {}, tuple(size), "reshape"))
    for axis, count in enumerate(counts):
        if count != 1:
            size[axis] *= count
            steps.append(Step("tile", {"axis": axis, "count": count}, tuple(size), "tile"))
    return steps


def _repeat(result: Any, input: Any, *counts: Any, **named: Any) -> List[Step]:
    """x.repeat(2, 3), x.repeat([2, 3]), torch.tile(x, dims)."""
    given = list(named.values())[0] if named else counts[0] if len(counts) == 1 and not isinstance(counts[0], int) else counts
    shape = tuple(value_of(input).shape)
    return _tiles(shape, [1] * (len(shape) - len(given)) + [int(count) for count in given])


def _expand(result: Any, input: Any, *_: Any, **__: Any) -> List[Step]:
    shape, wanted = tuple(value_of(input).shape), shape_of(result)
    sizes = [1] * (len(wanted) - len(shape)) + list(shape)
    return _tiles(shape, [to // size for size, to in zip(sizes, wanted)])


def _repeat_interleave(result: Any, input: Any, repeats: Any, dim: Any = None, *, output_size: Any = None) -> Optional[List[Step]]:
    if not isinstance(repeats, int) or dim is None:
        return None
    return [Step("repeat", {"axis": dim % rank_of(input), "count": repeats})] if repeats != 1 else []


def _flip(result: Any, input: Any, *dims: Any, **named: Any) -> List[Step]:
    given = named["dims"] if named else dims[0] if len(dims) == 1 and not isinstance(dims[0], int) else dims
    return [Step("flip", {"axes": sorted(axis % rank_of(input) for axis in given)})]


def _pad(result: Any, input: Any, pad: Any, mode: str = "constant", value: Any = None) -> Optional[List[Step]]:
    return [Step("ZeroPad", pad_fields(rank_of(input), pad, value or 0.0))] if mode == "constant" else None


MOVES: Dict[str, Callable[..., Optional[List[Step]]]] = {
    **{name: _reshape for name in ("reshape", "view", "flatten", "squeeze", "unsqueeze", "unflatten", "ravel", "view_as", "reshape_as")},
    **{name: _cat for name in ("cat", "concat", "concatenate")},
    **{name: _expand for name in ("expand", "expand_as", "broadcast_to")},
    **{name: _repeat for name in ("repeat", "tile")},
    "repeat_interleave": _repeat_interleave,
    "flip": _flip,
    "getitem": _index,
    "narrow": _narrow,
    "select": _select,
    "pad": _pad,
}
