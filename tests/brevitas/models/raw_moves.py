"""What nothing has rounded yet is cut, joined, permuted, enlarged and bordered, with a scale and a bias per channel."""
from common import calibrate, identity, relu

import brevitas.nn as qnn
import torch
import torch.nn.functional as F
from torch import nn

INPUTS = [(3, 10, 12)]
CHANNELS = {"weight_scaling_per_output_channel": True}


class RawMoves(nn.Module):
    def __init__(self):
        super().__init__()
        self.q_in = identity()
        self.conv1, self.conv2 = qnn.QuantConv2d(3, 9, 3, padding=1, bias=True, **CHANNELS), qnn.QuantConv2d(3, 5, 1, bias=True)
        self.bn_part, self.relu_part, self.q_part, self.q_sum = nn.BatchNorm2d(4), relu(), identity(), identity()
        self.bn_cat, self.relu_cat = nn.BatchNorm2d(14), relu()
        self.tokens = qnn.QuantLinear(12, 10, bias=True, **CHANNELS)
        self.bn_tokens, self.q_tokens = nn.BatchNorm1d(10), identity()
        self.up, self.q_up = nn.Upsample(scale_factor=(2, 1)), identity()
        self.head = qnn.QuantConv2d(14, 3, 1, bias=True, **CHANNELS)

    def forward(self, x):
        x = self.q_in(x)
        raw, other = self.conv1(x), self.conv2(x)
        first, second, third = torch.split(raw, [4, 2, 3], dim=1)
        left, right = second.unbind(1)
        tokens = self.tokens(x.flatten(1, 2)).transpose(1, 2)
        joined = self.relu_cat(self.bn_cat(torch.cat([raw, other], dim=1)))
        return {
            "part": self.relu_part(self.bn_part(first)),
            "silu": self.q_part(F.silu(third)),
            "sum": self.q_sum(left + right),
            "tokens": self.q_tokens(self.bn_tokens(tokens)),
            "up": self.q_up(F.pad(self.up(other), (1, 0, 0, 2))),
            "map": self.head(joined)[:, :, 1::2].permute(0, 2, 3, 1),
            "mean": joined.value.mean((2, 3)),
        }


def create_model(seed=65):
    torch.manual_seed(seed)
    return calibrate(RawMoves(), *INPUTS, seed=seed)
