"""Activations of 10 to 16 bits between weights of 2 to 8."""
from common import calibrate, identity, relu

import brevitas.nn as qnn
import torch
from torch import nn

INPUTS = [(3, 10, 12)]


class WideBits(nn.Module):
    def __init__(self):
        super().__init__()
        self.q_in = identity(12)
        self.conv1, self.q1 = qnn.QuantConv2d(3, 6, 3, padding=1, bias=True), identity(16)
        self.conv2, self.relu2 = qnn.QuantConv2d(6, 6, 3, padding=1, bias=False, weight_bit_width=4), relu(16)
        self.q_sum = identity(14)
        self.pool, self.q_pool = nn.AvgPool2d(3, stride=2), relu(10)
        self.silu, self.q_silu = nn.SiLU(), identity(16)
        self.fc = qnn.QuantLinear(120, 5, bias=True, weight_bit_width=2)

    def forward(self, x):
        x = self.q1(self.conv1(self.q_in(x)))
        x = self.q_sum(self.relu2(self.conv2(x)).value + x.value)
        x = self.q_silu(self.silu(self.q_pool(self.pool(x))))
        return self.fc(x.flatten(1))


def create_model(seed=64):
    torch.manual_seed(seed)
    return calibrate(WideBits(), *INPUTS, seed=seed)
