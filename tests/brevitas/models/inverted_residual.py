"""MobileNetV2's blocks: expand, depthwise, project; the residual of a projection without ReLU."""
from common import calibrate, identity, relu

import brevitas.nn as qnn
import torch
from torch import nn

INPUTS = [(3, 20, 20)]


class Inverted(nn.Module):
    def __init__(self, inputs, outputs, stride, expand=3):
        super().__init__()
        hidden = inputs * expand
        self.adds = stride == 1 and inputs == outputs
        self.expand, self.bn1, self.relu1 = qnn.QuantConv2d(inputs, hidden, 1, bias=False), nn.BatchNorm2d(hidden), relu()
        self.dw = qnn.QuantConv2d(hidden, hidden, 3, stride=stride, padding=1, groups=hidden, bias=False)
        self.bn2, self.relu2 = nn.BatchNorm2d(hidden), relu()
        self.project, self.bn3 = qnn.QuantConv2d(hidden, outputs, 1, bias=False), nn.BatchNorm2d(outputs)
        self.q = identity()
        self.q_sum = identity()

    def forward(self, x):
        y = self.relu1(self.bn1(self.expand(x)))
        y = self.q(self.bn3(self.project(self.relu2(self.bn2(self.dw(y))))))
        return self.q_sum(self.q(x) + y) if self.adds else y


class MobileNetV2(nn.Module):
    def __init__(self):
        super().__init__()
        self.q_in = identity()
        self.stem, self.bn, self.relu = qnn.QuantConv2d(3, 8, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(8), relu()
        self.blocks = nn.Sequential(Inverted(8, 12, 1), Inverted(12, 12, 1), Inverted(12, 16, 2), Inverted(16, 16, 1))
        self.pool, self.q_pool = nn.AdaptiveAvgPool2d((1, 1)), identity()
        self.fc = qnn.QuantLinear(16, 10, bias=True)

    def forward(self, x):
        x = self.blocks(self.relu(self.bn(self.stem(self.q_in(x)))))
        return self.fc(torch.flatten(self.q_pool(self.pool(x)), 1))


def create_model(seed=62):
    torch.manual_seed(seed)
    return calibrate(MobileNetV2(), *INPUTS, seed=seed)
