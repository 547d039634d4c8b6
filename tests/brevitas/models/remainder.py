"""A 1x1 convolution to 3 channels and a strided 7x7 (T28): rows of weights that are no multiple of four."""
from common import calibrate, identity, relu

import brevitas.nn as qnn
import torch
from torch import nn

INPUTS = [(1, 28, 28)]


class Remainder(nn.Module):
    def __init__(self):
        super().__init__()
        self.q_in = identity()
        self.conv1, self.relu1, self.q1 = qnn.QuantConv2d(1, 3, 1, bias=True), relu(), identity()
        self.conv2, self.relu2, self.q2 = qnn.QuantConv2d(3, 32, 7, stride=2, padding=3, bias=True), relu(), identity()
        self.pool, self.q = nn.AdaptiveAvgPool2d(1), identity()
        self.fc = qnn.QuantLinear(32, 10, bias=True)

    def forward(self, x):
        x = self.q1(self.relu1(self.conv1(self.q_in(x))))
        x = self.q2(self.relu2(self.conv2(x)))
        return self.fc(self.q(self.pool(x)).flatten(1))


def create_model(seed=28):
    torch.manual_seed(seed)
    return calibrate(Remainder(), *INPUTS, seed=seed)
