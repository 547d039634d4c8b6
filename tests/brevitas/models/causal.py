"""Causal convolutions in one dimension, by padding in front and by cutting off behind; SiLU and a residual sum."""
from common import calibrate, identity, relu

import brevitas.nn as qnn
import torch
import torch.nn.functional as F
from torch import nn

INPUTS = [(5, 33)]


class Causal(nn.Module):
    def __init__(self):
        super().__init__()
        self.q_in = identity()
        self.mix = qnn.QuantConv1d(5, 12, 1, bias=True)
        self.q_mix = identity()
        self.conv1 = qnn.QuantConv1d(12, 12, 4, groups=12, bias=True)
        self.silu = nn.SiLU()
        self.q1 = identity()
        self.conv2 = qnn.QuantConv1d(12, 12, 3, padding=2, bias=False, weight_scaling_per_output_channel=True)
        self.bn = nn.BatchNorm1d(12)
        self.q2 = identity()
        self.q_sum = identity()
        self.down = qnn.QuantConv1d(12, 9, 5, stride=3, padding=1, bias=True)
        self.relu = relu()
        self.max = nn.MaxPool1d(3, stride=2, padding=1)
        self.pool = nn.AdaptiveAvgPool1d(1)
        self.q_pool = identity()
        self.fc = qnn.QuantLinear(9, 4, bias=True)

    def forward(self, x):
        x = self.q_mix(self.mix(self.q_in(x)))
        y = self.q1(self.silu(self.conv1(F.pad(x, (3, 0)))))
        y = self.q2(self.bn(self.conv2(y)[..., :-2]))
        x = self.q_sum(x.value + y.value)
        x = self.max(self.relu(self.down(x)))
        return self.fc(self.q_pool(self.pool(x)).value.squeeze(-1))


def create_model(seed=51):
    torch.manual_seed(seed)
    return calibrate(Causal(), *INPUTS, seed=seed)
