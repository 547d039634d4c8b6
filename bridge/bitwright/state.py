"""Reads what torch.save wrote. Code in the file never runs."""
from __future__ import annotations

import os
import pickle
from typing import Any, Dict, Sequence

import torch

from .errors import Refused, one_line

_REMEDY = "save it with torch.save(model.state_dict(), ...)"


def read_state(path: str, wrappers: Sequence[str]) -> Dict[str, Any]:
    """The state_dict of a checkpoint, which may be under one of the keys `wrappers` of a dictionary."""
    if not os.path.isfile(path):
        raise Refused(f"{path}: there is no such file; check --checkpoint")
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise Refused(f"{path}: it holds Python objects or code, which are never run; {_REMEDY}") from error
    except Exception as error:
        raise Refused(f"{path}: it is no PyTorch checkpoint ({one_line(error)}); {_REMEDY}") from error
    for wrapper in wrappers:
        if isinstance(state, dict) and isinstance(state.get(wrapper), dict):
            state = state[wrapper]
            break
    if not isinstance(state, dict) or not all(isinstance(name, str) for name in state):
        raise Refused(f"{path}: it holds a value of type {type(state).__name__}, not a state_dict; {_REMEDY}")
    return state
