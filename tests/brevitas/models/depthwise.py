"""Depthwise and 1x1 convolutions by turns (T40, the form of MobileNet), per-channel weights in the depthwise ones."""
from common import calibrate, identity, relu

import brevitas.nn as qnn
import torch
from torch import nn

INPUTS = [(1, 28, 28)]


class Separable(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.dw = qnn.QuantConv2d(inputs, inputs, 3, padding=1, groups=inputs, bias=False, weight_scaling_per_output_channel=True)
        self.bn_dw, self.relu_dw = nn.BatchNorm2d(inputs), relu()
        self.pw = qnn.QuantConv2d(inputs, outputs, 1, bias=True)
        self.relu_pw = relu()

    def forward(self, x):
        return self.relu_pw(self.pw(self.relu_dw(self.bn_dw(self.dw(x)))))


class MobileNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.q_in = identity()
        self.conv, self.relu = qnn.QuantConv2d(1, 16, 3, padding=1, bias=True), relu()
        self.block1, self.pool1, self.q1 = Separable(16, 32), nn.MaxPool2d(2), identity()
        self.block2, self.pool2, self.q2 = Separable(32, 64), nn.MaxPool2d(2), identity()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten()
        self.q = identity()
        self.fc = qnn.QuantLinear(64, 10, bias=True)

    def forward(self, x):
        x = self.relu(self.conv(self.q_in(x)))
        x = self.q1(self.pool1(self.block1(x)))
        x = self.q2(self.pool2(self.block2(x)))
        return self.fc(self.q(self.flatten(self.pool(x))))


def create_model(seed=40):
    torch.manual_seed(seed)
    return calibrate(MobileNet(), *INPUTS, seed=seed)
