"""ResNet-18 for 28x28 pictures (T10): a raw convolution plus the skip, one rounding of both; every second block adds QuantTensors of one scale."""
from common import calibrate, identity, relu

import brevitas.nn as qnn
from torch import nn
import torch

INPUTS = [(1, 28, 28)]


def convolution(inputs, outputs, kernel=3, stride=1):
    return qnn.QuantConv2d(inputs, outputs, kernel, stride=stride, padding=kernel // 2, bias=False, weight_bit_width=8)


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1, self.bn1, self.relu1, self.q1 = convolution(inputs, outputs, 3, stride), nn.BatchNorm2d(outputs), relu(), identity()
        self.conv2, self.bn2 = convolution(outputs, outputs), nn.BatchNorm2d(outputs)
        self.q_add = identity()
        self.relu, self.q_out = relu(), identity()
        self.projects = stride != 1 or inputs != outputs
        if self.projects:
            self.shortcut, self.bn_shortcut, self.q_shortcut = convolution(inputs, outputs, 1, stride), nn.BatchNorm2d(outputs), identity()

    def forward(self, x):
        y = self.q1(self.relu1(self.bn1(self.conv1(x))))
        y = self.bn2(self.conv2(y))
        if self.projects:
            return self.q_out(self.relu(y + self.q_shortcut(self.bn_shortcut(self.shortcut(x)))))
        return self.q_out(self.relu(self.q_add(y) + self.q_add(x)))


class ResNet18(nn.Module):
    def __init__(self):
        super().__init__()
        self.q_in = identity()
        self.stem, self.bn, self.relu, self.q = convolution(1, 16), nn.BatchNorm2d(16), relu(), identity()
        plan = [(16, 16, 1), (16, 32, 2), (32, 64, 2), (64, 128, 2)]
        self.layers = nn.Sequential(*(block for a, b, s in plan for block in (BasicBlock(a, b, s), BasicBlock(b, b, 1))))
        self.pool, self.q_pool = nn.AdaptiveAvgPool2d(1), identity()
        self.fc = qnn.QuantLinear(128, 10, bias=True, weight_bit_width=8)

    def forward(self, x):
        x = self.q(self.relu(self.bn(self.stem(self.q_in(x)))))
        x = self.q_pool(self.pool(self.layers(x)))
        return self.fc(x.flatten(1))


def create_model(seed=10):
    torch.manual_seed(seed)
    return calibrate(ResNet18(), *INPUTS, seed=seed, batches=12)
