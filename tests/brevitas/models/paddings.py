"""Zeros around: ZeroPad2d, F.pad on either side, padding='same' with an even kernel, in front of convolutions, pools and outputs."""
from common import calibrate, identity, relu

import brevitas.nn as qnn
import torch
import torch.nn.functional as F
from torch import nn

INPUTS = [(2, 9, 13)]


class Paddings(nn.Module):
    def __init__(self):
        super().__init__()
        self.q_in = identity()
        self.pad = nn.ZeroPad2d((3, 0, 1, 2))
        self.conv1, self.q1 = qnn.QuantConv2d(2, 6, (2, 4), bias=True), identity()
        self.conv2, self.relu2 = qnn.QuantConv2d(6, 8, 4, padding="same", bias=True), relu()
        self.conv3, self.q3 = qnn.QuantConv2d(8, 8, 3, stride=2, groups=2, bias=True), identity()
        self.pool, self.q_pool = nn.AvgPool2d(2), identity()
        self.fc = qnn.QuantLinear(96, 4, bias=True)

    def forward(self, x):
        x = self.q1(self.conv1(self.pad(self.q_in(x))))
        x = self.relu2(self.conv2(F.pad(x, (0, 1))))
        x = self.q3(self.conv3(F.pad(x, (1, 0, 0, 2))))
        return self.fc(self.q_pool(self.pool(F.pad(x.value, (1, 0, 0, 0)))).flatten(1))


def create_model(seed=59):
    torch.manual_seed(seed)
    return calibrate(Paddings(), *INPUTS, seed=seed)
