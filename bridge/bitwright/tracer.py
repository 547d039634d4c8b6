"""Eager tracing: every call of a module and every function of torch, with edges by the identity of the value."""
from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple

import numpy as np
import torch
from torch.overrides import TorchFunctionMode

from . import places
from .errors import Refused
from .quantisers import value_of


@dataclass(eq=False)
class Record:
    """One application of a module or a function. Network inputs are records too, of kind None."""

    base: str
    kind: Optional[str]
    inputs: List["Record"]
    shape: Tuple[int, ...]
    fields: Dict[str, Any] = field(default_factory=dict)
    tensors: Dict[str, np.ndarray] = field(default_factory=dict)
    integers: Optional[np.ndarray] = None
    location: Optional[str] = None
    #: Why the record has an edge without a producer, where it has one.
    orphan: Optional[str] = None
    name: str = ""


class ProxyCall(NamedTuple):
    """What a quantiser inside a leaf module was given and gave."""

    proxy: torch.nn.Module
    arguments: tuple
    result: Any


class Bound(NamedTuple):
    record: Record
    version: int
    tensor: torch.Tensor  # kept alive, so that its id stays its own


def tensors_in(value: Any) -> Iterator[torch.Tensor]:
    """Every tensor in nested tuples, lists and dictionaries; of a QuantTensor its value."""
    value = value_of(value)
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from tensors_in(item)
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from tensors_in(item)


class Tracer:
    """Records one run. `modules` and `functions` say what a call means: see layers.py and functions.py."""

    def __init__(self, model: torch.nn.Module, modules: Any, functions: Any) -> None:
        self.records: List[Record] = []
        self._modules = modules
        self._functions = functions
        self._bound: Dict[int, Bound] = {}
        self._paths = {id(module): path for path, module in reversed(list(model.named_modules(remove_duplicate=False)))}
        self._scope: List[str] = []
        #: The quantisers called by the leaf that runs now; None between leaves. What a leaf or the tracer itself does is not recorded.
        self._leaf: Optional[List[ProxyCall]] = None

    # Values

    def bind(self, value: Any, record: Record) -> None:
        for tensor in tensors_in(value):
            self._bound[id(tensor)] = Bound(record, tensor._version, tensor)

    def producer(self, tensor: torch.Tensor) -> Optional[Record]:
        """The record that gave this very tensor; None for a constant."""
        bound = self._bound.get(id(tensor))
        if bound is None:
            return None
        if bound.version != tensor._version:
            raise Refused(
                f"{self.where()}: uses a tensor of {bound.record.base!r} that was changed in place through a view of it; use the operation that returns a new tensor"
            )
        return bound.record

    def producers(self, value: Any) -> Tuple[List[Record], bool]:
        """The records behind the tensors in `value`, and whether one of the tensors has none."""
        found = [self.producer(tensor) for tensor in tensors_in(value)]
        return [record for record in found if record is not None], None in found

    def add(self, record: Record) -> Record:
        if record.location is None:
            record.location = places.here()
        self.records.append(record)
        return record

    # Names

    def path(self, module: torch.nn.Module) -> str:
        return self._paths.get(id(module), type(module).__name__)

    def scoped(self, name: str) -> str:
        """The name of a function that is called in the forward of the module that runs now."""
        return f"{self._scope[-1]}.{name}" if self._scope and self._scope[-1] else name

    @staticmethod
    def where() -> str:
        return places.here() or "the model"

    # Events

    @contextlib.contextmanager
    def _inside_leaf(self) -> Iterator[List[ProxyCall]]:
        calls: List[ProxyCall] = []
        self._leaf = calls
        try:
            yield calls
        finally:
            self._leaf = None

    def _call_module(self, original: Any, module: torch.nn.Module, args: tuple, kwargs: dict) -> Any:
        if self._leaf is not None:
            result = original(module, *args, **kwargs)
            if hasattr(module, "is_quant_enabled"):
                self._leaf.append(ProxyCall(module, args, result))
            return result
        kind = self._modules.kind(module)
        if kind is None:
            self._scope.append(self.path(module))
            try:
                return original(module, *args, **kwargs)
            finally:
                self._scope.pop()

        # The leaf is its forward: hooks that the user put around it are user's code, which is traced.
        def forward(*own: Any, **named: Any) -> Any:
            del vars(module)["forward"]
            with self._inside_leaf() as calls:
                inputs, constant = self.producers((own, named))
                result = module.forward(*own, **named)
                if inputs or kind in self._modules.SOURCES:
                    self._modules.record(self, kind, module, inputs, constant, (own, named), result, calls)
            return result

        vars(module)["forward"] = forward
        try:
            return original(module, *args, **kwargs)
        finally:
            vars(module).pop("forward", None)

    def call_function(self, function: Any, args: tuple, kwargs: dict) -> Any:
        if self._leaf is not None:
            return function(*args, **kwargs)
        with self._inside_leaf():
            inputs, constant = self.producers((args, kwargs))
            if not inputs:
                return function(*args, **kwargs)
            name = name_of(function)
            self._functions.refuse(self, name)
            result = function(*args, **kwargs)
            if any(True for _ in tensors_in(result)):
                self._functions.record(self, function, name, (args, kwargs), inputs, constant, result)
            return result

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        tracer = self

        class Mode(TorchFunctionMode):
            def __torch_function__(self, func: Any, types: Any, args: tuple = (), kwargs: Optional[dict] = None) -> Any:
                return tracer.call_function(func, args, kwargs or {})

        original = torch.nn.Module.__call__

        def call(module: torch.nn.Module, *args: Any, **kwargs: Any) -> Any:
            return tracer._call_module(original, module, args, kwargs)

        torch.nn.Module.__call__ = call
        try:
            with wrapped_arithmetic(self), Mode():
                yield
        finally:
            torch.nn.Module.__call__ = original


def name_of(function: Any) -> str:
    """`__iadd__` gives iadd, a conversion such as `__int__` itself; the getter of a property gives the property's name."""
    name = getattr(function, "__name__", type(function).__name__)
    if name in ("__get__", "__set__"):
        name = getattr(getattr(function, "__self__", None), "__name__", name)
    return name if name in _CONVERSIONS or not name.startswith("__") else name.strip("_")


_CONVERSIONS = frozenset({"__bool__", "__float__", "__int__", "__index__", "__array__", "__complex__", "__contains__"})


# Arithmetic of QuantTensors, which torch does not see: each computes scales and zero points beside the value.
_ARITHMETIC = ("__add__", "__radd__", "__sub__", "__rsub__", "__mul__", "__rmul__", "__truediv__", "__neg__", "__abs__", "int")


@contextlib.contextmanager
def wrapped_arithmetic(tracer: Tracer) -> Iterator[None]:
    """Makes the arithmetic methods of every kind of QuantTensor one call each."""
    from brevitas import quant_tensor

    replaced = []
    kinds = {kind for found in vars(quant_tensor).values() if isinstance(found, type) for kind in found.__mro__}
    for kind in sorted(kinds, key=lambda kind: kind.__qualname__):
        for name in _ARITHMETIC:
            method = vars(kind).get(name)
            if callable(method) and kind.__module__.startswith("brevitas."):
                replaced.append((kind, name, method))
                setattr(kind, name, _traced(tracer, method))
    try:
        yield
    finally:
        for kind, name, method in replaced:
            setattr(kind, name, method)


def _traced(tracer: Tracer, method: Any) -> Any:
    def call(*args: Any, **kwargs: Any) -> Any:
        return tracer.call_function(method, args, kwargs)

    return call
