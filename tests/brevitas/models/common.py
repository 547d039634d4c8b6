"""What the models of this folder share: their quantisers, how they are calibrated, and the samples on which they are compared."""
from bitwright.compatibility import import_brevitas

import_brevitas()  # mends what an older Brevitas misses in a newer PyTorch

import brevitas.nn as qnn  # noqa: E402
import torch  # noqa: E402
from torch import nn  # noqa: E402


def identity(bits=8):
    return qnn.QuantIdentity(bit_width=bits, return_quant_tensor=True)


def relu(bits=8):
    return qnn.QuantReLU(bit_width=bits, return_quant_tensor=True)


def calibrate(model, *shapes, seed=0, batches=24, size=16):
    """Random BatchNorm parameters, one gamma of each negative; then batches of normal(0, 1) samples in train mode settle scales and statistics."""
    generator = torch.Generator().manual_seed(seed + 1)
    for module in model.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            gamma = torch.rand(module.num_features, generator=generator) + 0.5
            gamma[0] = -gamma[0]
            module.weight.data = gamma
            module.bias.data = torch.randn(module.num_features, generator=generator) * 0.3
    model.train()
    with torch.no_grad():
        for _ in range(batches):
            model(*(torch.randn(size, *shape, generator=generator) for shape in shapes))
    return model.eval()


def samples(shape, seed=0):
    """Eight: normal, zeros, normal times 40 (saturates), uniform, the largest float32 of either sign, one impulse, and saturated signs at random."""
    generator = torch.Generator().manual_seed(seed + 100)
    normal = torch.randn(3, *shape, generator=generator)
    uniform = torch.rand(shape, generator=generator) * 2 - 0.5
    huge = torch.full(shape, 3.4e38)
    impulse = torch.zeros(shape)
    impulse.view(-1)[impulse.numel() // 2] = 1.0
    return torch.stack([normal[0], torch.zeros(shape), normal[1] * 40, uniform, huge, -huge, impulse, normal[2].sign() * 100])
