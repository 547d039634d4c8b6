"""Where in the user's own code something happens."""
from __future__ import annotations

import importlib.util
import os
import sys
import sysconfig
from types import FrameType, TracebackType
from typing import Optional

import torch

_BREVITAS = importlib.util.find_spec("brevitas")
_LIBRARIES = tuple(
    os.path.dirname(os.path.abspath(path)) + os.sep for path in (torch.__file__, __file__, _BREVITAS.origin if _BREVITAS else None) if path
)
_INSTALLED = tuple(sysconfig.get_paths()[key] + os.sep for key in ("stdlib", "purelib", "platlib"))


def _of_framework(path: str) -> bool:
    return path.startswith(("<", *_LIBRARIES))


def _in_own_code(path: str) -> bool:
    return not _of_framework(path) and not path.startswith(_INSTALLED)


def _innermost(frames: list) -> Optional[str]:
    """The last of `frames` (outermost first) that the user wrote, `model.py:54`; one of an installed package where there is no other."""
    for accepts in (_in_own_code, lambda path: not _of_framework(path)):
        for path, line in reversed(frames):
            if accepts(path):
                return f"{os.path.basename(path)}:{line}"
    return None


def here() -> Optional[str]:
    """The innermost line of the user's code that is running."""
    frames = []
    frame: Optional[FrameType] = sys._getframe(1)
    while frame is not None:
        frames.insert(0, (frame.f_code.co_filename, frame.f_lineno))
        frame = frame.f_back
    return _innermost(frames)


def of_error(error: BaseException) -> Optional[str]:
    """The innermost line of the user's code that an error passed through."""
    frames = []
    step: Optional[TracebackType] = error.__traceback__
    while step is not None:
        frames.append((step.tb_frame.f_code.co_filename, step.tb_lineno))
        step = step.tb_next
    return _innermost(frames)
