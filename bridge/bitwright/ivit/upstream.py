"""
The user's own checkout of I-ViT as it is, on the CPU, with three things changed while it runs: a checkpoint's scales are used (its own loading
loses them), `.cuda()` stays here, and sums that depend on their order are made in float64 and rounded once.
"""
from __future__ import annotations

import importlib
import os
import sys
import types
from functools import partial
from typing import Any, Dict, List, Optional, Tuple, Union

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from ..errors import Refused, one_line
from .checkpoint import DeitSizes, State, SwinSizes
from .modules import Record, exact_mean

#: The classes whose integers are recorded, and what in them makes the integers: the result of the last call of this name, where the module's
#: own result no longer tells them.
_MAKERS: Dict[str, Tuple[str, ...]] = {
    "QuantAct": (),
    "QuantLinear": ("linear",),
    "QuantConv2d": ("conv2d",),
    "QuantMatMul": ("matmul",),
    "IntSoftmax": (),
    "IntGELU": (),
    "IntLayerNorm": ("add",),
}


class _Exactly(TorchFunctionMode):
    """While a model runs: sums in float64, no GPU, and the last result of what makes a module's integers."""

    def __init__(self) -> None:
        super().__init__()
        self.wanted: Tuple[str, ...] = ()
        self.made: Optional[Tensor] = None

    def __torch_function__(self, function: Any, types_: Any, args: Tuple[Any, ...] = (), kwargs: Optional[Dict[str, Any]] = None) -> Any:
        kwargs = kwargs or {}
        name = getattr(function, "__name__", "").strip("_")
        if name == "cuda":
            return args[0]
        if name in ("sum", "mean") and isinstance(args[0], Tensor) and args[0].dtype == torch.float32:
            return self._summed(name, *args, **kwargs)
        if name == "adaptive_avg_pool1d":
            return exact_mean(args[0], -1)
        result = function(*args, **kwargs)
        if name in self.wanted:
            self.made = result
        return result

    @staticmethod
    def _summed(name: str, x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        axis = kwargs.get("dim", kwargs.get("axis", args[0] if args else None))
        keep = kwargs.get("keepdim", False)
        axes = range(x.dim()) if axis is None else axis
        total = x.double().sum(tuple(axes) if axis is None else axes, keepdim=keep)
        if name == "mean":
            total = total / (x.numel() / total.numel())
        return total.float()


def _import_models(repository: str) -> types.ModuleType:
    """The checkout's package `models`; its Swin imports a name of tkinter that it never uses."""
    if not os.path.isfile(os.path.join(repository, "models", "quantization_utils", "quant_modules.py")):
        raise Refused(f"{repository}: it has no models/quantization_utils/quant_modules.py; name a checkout of zkkli/I-ViT with --ivit-repo")
    sys.path.insert(0, os.path.abspath(repository))
    sys.modules.setdefault("tkinter", types.SimpleNamespace(X=None))  # type: ignore[arg-type]
    try:
        return importlib.import_module("models")
    except Exception as error:
        raise Refused(f"{repository}: its package models cannot be imported ({one_line(error)})") from error


def _build(models: types.ModuleType, sizes: Union[DeitSizes, SwinSizes]) -> torch.nn.Module:
    norm = partial(importlib.import_module("models.quantization_utils").IntLayerNorm, eps=1e-6)
    common = {
        "img_size": sizes.image,
        "patch_size": sizes.patch,
        "in_chans": sizes.colours,
        "num_classes": sizes.classes,
        "embed_dim": sizes.channels,
        "mlp_ratio": sizes.hidden / sizes.channels,
        "norm_layer": norm,
    }
    if isinstance(sizes, DeitSizes):
        vision = importlib.import_module("models.vit_quant").VisionTransformer
        return vision(depth=sizes.depth, num_heads=sizes.heads, qkv_bias=True, **common)
    swin = importlib.import_module("models.swin_quant").SwinTransformer
    return swin(depths=sizes.depths, num_heads=sizes.heads, window_size=sizes.window, **common)


class Upstream:
    """A model of the checkout with the parameters and the scales of a checkpoint."""

    def __init__(self, repository: str, state: State, sizes: Union[DeitSizes, SwinSizes], record: Optional[Record] = None) -> None:
        models = _import_models(repository)
        self._exactly = _Exactly()
        with self._exactly:
            self._model = _build(models, sizes).eval()
        self._use_parameters(repository, state)
        self._use_scales(state)
        if record is not None:
            self._listen(record)

    def _use_parameters(self, repository: str, state: State) -> None:
        names = [name for name, _ in self._model.named_parameters()]
        missing = [name for name in names if name not in state or state[name].shape != self._model.get_parameter(name).shape]
        if missing:
            raise Refused(f"{repository}: its model has {len(missing)} parameters that the checkpoint has not in this shape, such as {missing[0]}")
        self._model.load_state_dict({name: state[name] for name in names}, strict=False)

    def _use_scales(self, state: State) -> None:
        """A QuantAct computes its scale from the range that it has seen, which no checkpoint holds: the range becomes a mark that stands for the scale."""
        known: List[Tuple[Tensor, Tensor]] = []
        for name, module in self._model.named_modules():
            if type(module).__name__ != "QuantAct":
                continue
            mark = torch.zeros(1)
            module.fix()
            module.min_val = module.max_val = mark
            known.append((mark, state[f"{name}.act_scaling_factor"].reshape(())))
        code = importlib.import_module("models.quantization_utils.quant_modules")
        scales = {id(mark): scale for mark, scale in known}
        self._marks = known  # they live as long as their identities are looked up
        compute = code.symmetric_linear_quantization_params

        def params(bits: int, low: Tensor, high: Tensor) -> Tensor:
            scale = scales.get(id(high))
            return compute(bits, low, high) if scale is None else scale

        code.symmetric_linear_quantization_params = params

    def _listen(self, record: Record) -> None:
        for name, module in self._model.named_modules():
            makers = _MAKERS.get(type(module).__name__)
            if makers is None:
                continue
            module.register_forward_pre_hook(partial(self._begin, makers))
            module.register_forward_hook(partial(self._end, name, makers, record))

    def _begin(self, makers: Tuple[str, ...], module: torch.nn.Module, inputs: Any) -> None:
        self._exactly.wanted, self._exactly.made = makers, None

    def _end(self, name: str, makers: Tuple[str, ...], record: Record, module: torch.nn.Module, inputs: Any, output: Any) -> None:
        real, scale = output
        self._exactly.wanted = ()
        integers = self._exactly.made if makers and self._exactly.made is not None else real / scale
        record(name, torch.round(integers), scale.reshape(-1) if scale.numel() > 1 else scale.reshape(()))

    def __call__(self, pictures: Tensor) -> Tensor:
        with self._exactly:
            return self._model(pictures)
