"""What the networks share: their quantisers, their inputs, and how they are calibrated, by seed alone."""
from __future__ import annotations

import hashlib
import os
import sys
from typing import Any, Callable, List, Optional, Sequence, Tuple

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bridge"))

from bitwright.compatibility import import_brevitas  # noqa: E402

import_brevitas()  # mends what an older Brevitas misses in a newer PyTorch

import brevitas.nn as qnn  # noqa: E402
import numpy as np  # noqa: E402
import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402
from torch import Tensor, nn  # noqa: E402

Shape = Tuple[int, ...]

#: Of scikit-learn's 1,797 digits the first 1,198 train, the rest is held out.
TRAINED = 1198


def Q(bits: int = 8) -> nn.Module:
    return qnn.QuantIdentity(bit_width=bits, return_quant_tensor=True)


def R() -> nn.Module:
    return qnn.QuantReLU(bit_width=8, return_quant_tensor=True)


def C(inputs: int, outputs: int, kernel, stride=1, padding=0, groups: int = 1, bias: bool = True) -> nn.Module:
    return qnn.QuantConv2d(inputs, outputs, kernel, stride=stride, padding=padding, groups=groups, bias=bias, weight_bit_width=8)


def L(inputs: int, outputs: int, bias: bool = True) -> nn.Module:
    return qnn.QuantLinear(inputs, outputs, bias=bias, weight_bit_width=8)


def seed_of(name: str) -> int:
    """The first 8 hexadecimal digits of the name's MD5."""
    return int(hashlib.md5(name.encode()).hexdigest()[:8], 16) % 2**31


def seeded(make: Callable[[], nn.Module], name: str) -> nn.Module:
    """The network with the random weights of its name."""
    torch.manual_seed(seed_of(name))
    np.random.seed(seed_of(name))
    return make()


def calibrated(make: Callable[[], nn.Module], name: str, shapes: Sequence[Shape], batches: int = 12, size: int = 4) -> nn.Module:
    """Batches of normal(0, 1) samples in train mode settle the scales and the statistics of every BatchNorm."""
    model = seeded(make, name)
    generator = torch.Generator().manual_seed(seed_of(name) + 1)
    model.train()
    with torch.no_grad():
        for _ in range(batches):
            model(*(torch.randn(size, *shape, generator=generator) for shape in shapes))
    return model.eval()


def digits(size: int = 28) -> Tuple[Tensor, Tensor]:
    """Pictures [1797, 1, size, size], normalised as MNIST is, and their labels."""
    from sklearn.datasets import load_digits

    found = load_digits()
    pictures = torch.tensor(found.images[:, None] / 16, dtype=torch.float32)
    pictures = F.interpolate(pictures, size=(size, size), mode="bilinear", align_corners=False)
    return (pictures - 0.1307) / 0.3081, torch.tensor(found.target)


def pictures(size: int = 28) -> Tensor:
    """Two held-out digits, an empty picture and a saturated one."""
    held_out = digits(size)[0][TRAINED : TRAINED + 2]
    generator = torch.Generator().manual_seed(7)
    signs = torch.randn(1, *held_out.shape[1:], generator=generator).sign()
    return torch.cat([held_out, torch.zeros_like(held_out[:1]), signs * 100])


def more_inputs(name: str, module: Any, count: int = 256) -> Tuple[Tuple[Tensor, ...], Optional[Tensor]]:
    """Inputs that neither training nor the bundle saw: of a network of digits pictures and their labels, else normal ones."""
    if not hasattr(module, "pictures"):
        return tuple(tensor[:-1] for tensor in normals(f"{name}.more", module.INPUT_SHAPES, count)), None
    x, labels = digits(module.INPUT_SHAPES[0][-1])
    first = TRAINED + 2
    return (x[first : first + count],), labels[first : first + count]


def normals(name: str, shapes: Sequence[Shape], count: int = 2) -> Tuple[Tensor, ...]:
    """Normal samples, and a saturated one; one tensor for each input."""
    generator = torch.Generator().manual_seed(seed_of(name) + 2)
    made: List[Tensor] = []
    for shape in shapes:
        normal = torch.randn(count + 1, *shape, generator=generator)
        normal[-1] = normal[-1].sign() * 100
        made.append(normal)
    return tuple(made)


class Squeeze(nn.Module):
    """A value without the axis `dim`, which is of size 1."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, x):
        return value(x).squeeze(self.dim)


class Dequantised(nn.Module):
    """The value of a QuantTensor."""

    def forward(self, x):
        return value(x)


class MeanOverTokens(nn.Module):
    """[batch, tokens, width] to the logits of each sample's mean token."""

    def __init__(self, width: int, classes: int) -> None:
        super().__init__()
        self.pool, self.quant, self.fc = nn.AdaptiveAvgPool1d(1), Q(), L(width, classes)

    def forward(self, x):
        return self.fc(self.quant(self.pool(value(x).permute(0, 2, 1)).squeeze(2)))


def value(x) -> Tensor:
    """The dequantised tensor of a QuantTensor."""
    return x if isinstance(x, Tensor) else x.value
