"""own_layers.py DIRECTORY: a small network of each layer of bitwright.nn as a bundle; prints their names."""
import json
import os
import sys
import warnings

warnings.simplefilter("ignore")

import brevitas.nn as qnn
import torch

import bitwright
from bitwright import nn as own
from torch import nn

torch.set_num_threads(1)
tokens = (20, 32)


class Quantised(nn.Module):
    """Layers behind a quantiser."""

    def __init__(self, *layers):
        super().__init__()
        self.q, self.layers = own.quantiser(), nn.Sequential(*layers)

    def forward(self, x):
        return self.layers(self.q(x))


class Scan(nn.Module):
    def __init__(self):
        super().__init__()
        self.q = nn.ModuleList(own.quantiser() for _ in range(4))
        self.scan = own.SelectiveScan(16, 5, 3)

    def forward(self, x, dt, b, c):
        return self.scan(*(q(value) for q, value in zip(self.q, (x, dt, b, c))))


class Placed(nn.Module):
    def __init__(self):
        super().__init__()
        self.q, self.rows, self.sum = own.quantiser(), own.Embedding(5, 32, repeats=4), own.quantiser()

    def forward(self, x):
        x = self.q(x)
        return self.sum(x.value + self.rows().value.expand_as(x.value))


class Words(nn.Module):
    """Indices are an input of whole numbers."""

    def __init__(self):
        super().__init__()
        self.table, self.q = qnn.QuantEmbedding(50, 8), own.quantiser()

    def forward(self, words):
        return self.q(self.table(words.abs().clamp(max=49).long() if self.training else words.long()))


NETWORKS = {
    "norms": (lambda: Quantised(own.LayerNorm(32), own.RMSNorm(32)), tokens),
    "group_norm": (lambda: Quantised(own.GroupNorm(4, 16)), (16, 10, 3)),
    "softmax": (lambda: Quantised(own.Softmax()), tokens),
    "rotary": (lambda: Quantised(own.Rotary(20, 32)), tokens),
    "spectrum": (lambda: Quantised(own.RFFTFeatures()), (20, 40)),
    "scan": (Scan, (20, 16), (20, 3), (20, 5), (20, 5)),
    "positions": (lambda: Quantised(own.PositionalEmbedding(*tokens)), tokens),
    "embedding": (Placed, tokens),
    "words": (Words, (20,)),
    "patches": (lambda: Quantised(own.PatchEmbed(1, 6, (2, 4))), (1, 8, 16)),
    "causal": (lambda: Quantised(own.CausalConv1d(20, 4), own.quantiser()), tokens),
    "attention_mean": (lambda: Quantised(own.MultiheadSelfAttention(32, 4, pooling="mean")), tokens),
    "attention_flat": (lambda: Quantised(own.MultiheadSelfAttention(32, 2, pooling="flat")), tokens),
    "shared_heads": (lambda: Quantised(own.Block(32, own.MultiheadSelfAttention(32, 4, kv_heads=2), own.SwiGLU(32, 48), own.RMSNorm)), tokens),
    "rotary_block": (lambda: Quantised(own.RotaryBlock(32, 4, 20, 64)), tokens),
    "alternating": (lambda: Quantised(*(own.AlternatingAttention(32, 4, 5, 4, across) for across in ("channels", "times"))), tokens),
    "cross": (lambda: Quantised(own.CrossAttention(32, 4, queries=6)), tokens),
    "refine": (lambda: Quantised(own.CrossAttentionSelfRefine(32, 2, queries=3, hidden=48, blocks=2)), (5, 7, 32)),
    "head": (lambda: Quantised(own.ClassificationHead(32, 4, 64, 5)), tokens),
    "mamba": (lambda: Quantised(own.MambaBlock(32, 24, 4, 4, 3)), tokens),
    "both_ways": (lambda: Quantised(own.BidirectionalMamba(32, 24, 5, 4, 3, residual=True)), tokens),
    "side_by_side": (lambda: Quantised(own.BidirectionalMamba(32, 24, 5, 4, 3, join="concat")), tokens),
}


def prepared(make, shapes):
    """Every vector of parameters away from its neutral start; one step of training moves each parameter; then scales settle."""
    torch.manual_seed(1)
    model = make()
    for parameter in model.parameters():
        if parameter.dim() == 1:
            parameter.data += torch.randn_like(parameter) * 0.2
    model.train()
    for _ in range(4):
        model(*(torch.randn(3, *shape) for shape in shapes))
    result = model(*(torch.randn(3, *shape) for shape in shapes))
    (result if isinstance(result, torch.Tensor) else result.value).square().sum().backward()
    still = [name for name, parameter in model.named_parameters() if parameter.grad is None and "tensor_quant" not in name]
    assert not still, f"no gradient reaches {still}"
    return model.eval()


def samples(name, shape):
    """Two normal ones, one far beyond what the quantisers hold, and zeros; of words their numbers."""
    if name == "words":
        return torch.randint(0, 50, (4, *shape)).float()
    x = torch.randn(4, *shape)
    x[2] *= 50
    x[3] = 0
    return x


for name, (make, *shapes) in NETWORKS.items():
    bitwright.export(prepared(make, shapes), tuple(samples(name, shape) for shape in shapes), os.path.join(sys.argv[1], name), name)
print(json.dumps(list(NETWORKS)))
