"""Scales that bring values to exact ties: powers of two, one quantiser in front of a pool and behind it, 2 bits requantised to 5."""
from common import calibrate, identity

import brevitas.nn as qnn
import torch
from brevitas.quant import Int8Bias
from brevitas.quant.fixed_point import Int8ActPerTensorFixedPoint, Int8WeightPerTensorFixedPoint, Uint8ActPerTensorFixedPoint
from torch import nn

INPUTS = [(3, 10, 12)]
WEIGHT = {"weight_quant": Int8WeightPerTensorFixedPoint}


def fixed():
    return qnn.QuantIdentity(act_quant=Int8ActPerTensorFixedPoint, return_quant_tensor=True)


class Ties(nn.Module):
    def __init__(self):
        super().__init__()
        self.q_in, self.q2, self.q_sum, self.q3 = fixed(), fixed(), fixed(), fixed()
        self.conv1 = qnn.QuantConv2d(3, 8, 3, padding=1, bias=False, **WEIGHT)
        self.relu = qnn.QuantReLU(act_quant=Uint8ActPerTensorFixedPoint, return_quant_tensor=True)
        self.conv2 = qnn.QuantConv2d(8, 8, 3, padding=1, bias=True, bias_quant=Int8Bias, **WEIGHT)
        self.pool1 = nn.AvgPool2d(2)
        self.conv3, self.q4 = qnn.QuantConv2d(8, 6, 1, bias=True), identity()
        self.pool2, self.pool3 = nn.AvgPool2d((2, 3), stride=(1, 1)), nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False)
        self.two, self.five = identity(2), qnn.QuantIdentity(bit_width=5, narrow_range=True, return_quant_tensor=True)
        self.fc = qnn.QuantLinear(96, 4, bias=True, **WEIGHT)

    def forward(self, x):
        x = self.relu(self.conv1(self.q_in(x)))
        y = self.q2(self.conv2(x))
        x = self.q3(self.pool1(self.q_sum(x.value + y.value)))
        x = self.q4(self.conv3(x))
        for pool in (self.pool2, self.pool3):
            x = self.q4(pool(x))
        return self.fc(self.five(self.two(x)).flatten(1)), x


def create_model(seed=1009):
    torch.manual_seed(seed)
    return calibrate(Ties(), *INPUTS, seed=seed)
