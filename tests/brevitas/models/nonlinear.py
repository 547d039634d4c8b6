"""Nonlinearities on 8-bit values (tables) and on what a convolution or linear layer hands on (staircases)."""
from common import calibrate, identity

import brevitas.nn as qnn
import torch
import torch.nn.functional as F
from torch import nn

INPUTS = [(3, 10, 9)]


class Nonlinear(nn.Module):
    def __init__(self):
        super().__init__()
        self.q_in = identity()
        self.raw = nn.ModuleList(qnn.QuantConv2d(3, 6, 3, padding=1, bias=True) for _ in range(5))
        self.functions = nn.ModuleList([nn.GELU(), nn.Hardswish(), nn.Sigmoid(), nn.Tanh(), nn.GELU(approximate="tanh")])
        self.q_raw = nn.ModuleList(identity() for _ in range(5))
        self.q_cat = identity()
        self.conv = qnn.QuantConv2d(30, 8, 1, bias=False)
        self.bn = nn.BatchNorm2d(8)
        self.q_conv = identity()
        self.q_table = nn.ModuleList(identity() for _ in range(6))
        self.sigmoid = qnn.QuantSigmoid(bit_width=8, return_quant_tensor=True)
        self.tanh = qnn.QuantTanh(bit_width=8, return_quant_tensor=True)
        self.q_sum = identity()
        self.fc1 = qnn.QuantLinear(720, 11, bias=True)
        self.hardswish = qnn.QuantHardSwish(bit_width=8, return_quant_tensor=True)
        self.fc2 = qnn.QuantLinear(11, 3, bias=True)

    def forward(self, x):
        x = self.q_in(x)
        parts = []
        for conv, function, q in zip(self.raw, self.functions, self.q_raw):
            parts.append(q(function(conv(x))).value)
        x = self.q_conv(self.bn(self.conv(self.q_cat(torch.cat(parts, dim=1)))))
        tables = [F.gelu(x.value), F.hardswish(x.value), torch.sigmoid(x.value), torch.tanh(x.value), F.silu(x.value), F.softplus(x.value)]
        total = self.sigmoid(x).value + self.tanh(x).value
        for q, table in zip(self.q_table, tables):
            total = total + q(table).value
        x = self.q_sum(total)
        return self.fc2(self.hardswish(self.fc1(x.flatten(1))))


def create_model(seed=52):
    torch.manual_seed(seed)
    return calibrate(Nonlinear(), *INPUTS, seed=seed)
