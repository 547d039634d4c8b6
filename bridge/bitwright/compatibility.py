"""What has to be mended before an older Brevitas runs on a newer PyTorch."""
from __future__ import annotations

import importlib

import torch

from .errors import Refused, one_line


def _restore_rename() -> None:
    """
    PyTorch 2.13 dropped named tensors. Brevitas up to 0.12 calls rename(None), which does nothing, at the start of every layer;
    QuantMultiheadAttention names the axes of its result with rename_, and takes the names away again.
    """
    for name in ("rename", "rename_"):
        if not hasattr(torch.Tensor, name):
            setattr(torch.Tensor, name, lambda self, *names, **mapping: self)


def _restore_cat() -> None:
    """QuantCat calls QuantTensor.cat, which Brevitas 0.12 and 0.13 have on IntQuantTensor only; torch.cat dispatches to that."""
    from brevitas.quant_tensor import QuantTensor

    if not hasattr(QuantTensor, "cat"):
        QuantTensor.cat = staticmethod(lambda tensors, dim=0: torch.cat(list(tensors), dim=dim))


def import_brevitas() -> str:
    """Imports Brevitas and returns its version; a Refused says what is missing."""
    _restore_rename()
    try:
        brevitas = importlib.import_module("brevitas")
        importlib.import_module("brevitas.nn")
    except ModuleNotFoundError as error:
        if error.name == "pkg_resources":
            raise Refused("this version of Brevitas needs pkg_resources: pip install 'setuptools<81'") from error
        if (error.name or "").split(".")[0] == "brevitas":
            raise Refused("Brevitas is not installed in this Python: pip install brevitas") from error
        raise Refused(f"Brevitas cannot be imported: {one_line(error)}") from error
    except Exception as error:
        raise Refused(f"Brevitas cannot be imported: {one_line(error)}") from error
    _restore_cat()
    return str(getattr(brevitas, "__version__", "unknown"))
