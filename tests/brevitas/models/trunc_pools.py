"""Average pools that shift instead of dividing, on signed and unsigned values."""
from common import calibrate, identity, relu

import brevitas.nn as qnn
import torch
from torch import nn

INPUTS = [(3, 12, 16)]


class TruncPools(nn.Module):
    def __init__(self):
        super().__init__()
        self.q_in = identity()
        self.conv1, self.relu = qnn.QuantConv2d(3, 8, 3, padding=1, bias=True), relu()
        self.pool1 = qnn.TruncAvgPool2d(2, return_quant_tensor=True)
        self.conv2, self.q2 = qnn.QuantConv2d(8, 10, 3, padding=1, bias=True), identity()
        self.pool2 = qnn.TruncAvgPool2d((3, 2), stride=(1, 2), return_quant_tensor=True)
        self.conv3, self.relu3 = qnn.QuantConv2d(10, 12, 1, bias=False), relu(6)
        self.pool3 = qnn.TruncAdaptiveAvgPool2d((2, 1), return_quant_tensor=True)
        self.fc = qnn.QuantLinear(24, 5, bias=True)

    def forward(self, x):
        x = self.pool1(self.relu(self.conv1(self.q_in(x))))
        x = self.pool2(self.q2(self.conv2(x)))
        x = self.pool3(self.relu3(self.conv3(x)))
        return self.fc(x.flatten(1))


def create_model(seed=54):
    torch.manual_seed(seed)
    return calibrate(TruncPools(), *INPUTS, seed=seed)
