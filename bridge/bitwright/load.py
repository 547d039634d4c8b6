"""The user's model: its file, class, arguments and checkpoint."""
from __future__ import annotations

import ast
import importlib.util
import inspect
import os
import sys
from types import ModuleType
from typing import Any, Dict, List, Optional

import numpy as np
import torch

from . import places
from .errors import Refused, one_line
from .state import read_state


def import_file(path: str) -> ModuleType:
    """Runs a Python file as a module."""
    if not os.path.isfile(path):
        raise Refused(f"{path}: there is no such file; check --model-file")
    name = os.path.splitext(os.path.basename(path))[0]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise Refused(f"{path}: it is no Python file; check --model-file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise Refused(f"{places.of_error(error) or path}: the model's file failed with {one_line(error)}") from error
    return module


def build(module: ModuleType, path: str, class_name: Optional[str], arguments: Dict[str, Any]) -> torch.nn.Module:
    """The class named, else create_model(), else the only nn.Module that the file defines; called with `arguments`."""
    maker = _maker(module, path, class_name)
    try:
        model = maker(**arguments)
    except Exception as error:
        raise Refused(f"{places.of_error(error) or path}: {maker.__name__}(...) failed with {one_line(error)}") from error
    if not isinstance(model, torch.nn.Module):
        raise Refused(f"{path}: {maker.__name__}() gave a value of type {type(model).__name__}, not a torch.nn.Module; name the class with --model-class")
    return model


def _maker(module: ModuleType, path: str, class_name: Optional[str]) -> Any:
    if class_name is not None:
        found = getattr(module, class_name, None)
        if not callable(found):
            raise Refused(f"{path}: it has no class {class_name}; check --model-class")
        return found
    if callable(getattr(module, "create_model", None)):
        return module.create_model
    classes = [
        value for value in vars(module).values() if inspect.isclass(value) and issubclass(value, torch.nn.Module) and value.__module__ == module.__name__
    ]
    if len(classes) != 1:
        names = ", ".join(sorted(value.__name__ for value in classes)) or "none"
        raise Refused(f"{path}: it has no create_model(), and {len(classes)} module classes ({names}); name one with --model-class")
    return classes[0]


def parse_arguments(pairs: List[str]) -> Dict[str, Any]:
    """K=V, the value a Python literal where it is one, else a text."""
    arguments = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not equals or not key.isidentifier():
            raise Refused(f"--init-kwarg {pair}: it is not of the form NAME=VALUE")
        try:
            arguments[key] = ast.literal_eval(text)
        except (ValueError, SyntaxError):
            arguments[key] = text
    return arguments


def load_checkpoint(model: torch.nn.Module, path: str) -> None:
    """Loads a state_dict, or the one under `state_dict` in a dictionary. Reads tensors only: code in the file never runs."""
    state = read_state(path, ("state_dict",))
    try:
        found = model.load_state_dict(state, strict=False)
    except Exception as error:
        detail = next((line.strip() for line in str(error).splitlines()[1:] if line.strip()), one_line(error))
        raise Refused(f"{path}: it does not fit the model: {detail.rstrip('.')}; check --model-class and --init-kwarg") from error
    problems = [f"{len(keys)} keys {kind}, such as {keys[0]}" for kind, keys in (("missing", found.missing_keys), ("unknown to the model", found.unexpected_keys)) if keys]
    if problems:
        raise Refused(f"{path}: it does not fit the model: {' and '.join(problems)}; check --model-class and --init-kwarg")


def load_sample(path: str) -> np.ndarray:
    """A .npy file whose axis 0 counts samples."""
    try:
        return np.load(path, allow_pickle=False)
    except FileNotFoundError as error:
        raise Refused(f"{path}: there is no such file; check --sample") from error
    except Exception as error:
        raise Refused(f"{path}: it is no .npy file of numbers ({one_line(error)}); save it with numpy.save") from error


def make_samples(text: str, seed: int) -> np.ndarray:
    """Four samples of a shape such as 1,3,32,32 (axis 0 is 1): normal, zeros, normal times 40, uniform from -0.5 to 1.5."""
    try:
        shape = [int(size) for size in text.split(",")]
    except ValueError as error:
        raise Refused(f"--input-shape {text}: it is not a list of sizes such as 1,3,32,32") from error
    if len(shape) < 2 or shape[0] != 1 or min(shape) < 1:
        raise Refused(f"--input-shape {text}: give one sample, such as 1,3,32,32")
    random = np.random.RandomState(seed)
    normal = random.standard_normal([2, *shape[1:]])
    uniform = random.uniform(-0.5, 1.5, shape[1:])
    return np.stack([normal[0], np.zeros(shape[1:]), normal[1] * 40, uniform]).astype(np.float32)
