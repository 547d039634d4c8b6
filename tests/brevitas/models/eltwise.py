"""QuantEltwiseAdd and QuantCat, which quantise what goes in and what comes out, and sums that nothing quantises."""
from common import calibrate, identity, relu

import brevitas.nn as qnn
import torch
from torch import nn

INPUTS = [(2, 9, 11)]


class Eltwise(nn.Module):
    def __init__(self):
        super().__init__()
        self.q_in = identity()
        self.a, self.b, self.c = (qnn.QuantConv2d(2, 7, 3, padding=1, bias=bias) for bias in (True, False, True))
        self.relu_b = relu()
        self.add = qnn.QuantEltwiseAdd(return_quant_tensor=True)
        self.cat = qnn.QuantCat(return_quant_tensor=True)
        self.q_same = identity()
        self.relu_y = relu()
        self.d = qnn.QuantConv2d(14, 6, 3, bias=False)
        self.e = qnn.QuantConv2d(14, 6, 3, bias=False)
        self.q_sum = identity()
        self.f = qnn.QuantConv2d(6, 5, 3, stride=2, bias=True)
        self.relu = relu()
        self.fc = qnn.QuantLinear(60, 6, bias=True)

    def forward(self, x):
        x = self.q_in(x)
        a, b, c = self.a(x), self.relu_b(self.b(x)), self.c(x)
        x = self.cat([self.add(a, b), c])
        x = self.q_sum(self.d(x) + self.e(x))
        y = self.q_same(x) + self.q_same(self.relu_y(x))
        return self.fc(self.relu(self.f(y)).flatten(1))


def create_model(seed=53):
    torch.manual_seed(seed)
    return calibrate(Eltwise(), *INPUTS, seed=seed)
