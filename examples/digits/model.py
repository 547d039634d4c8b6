"""A small network for 8x8 handwritten digits: convolution, depthwise, 1x1, residual add, concatenation, pools, linear."""
import torch
from torch import nn
import brevitas.nn as qnn


def identity():
    return qnn.QuantIdentity(bit_width=8, return_quant_tensor=True)


def relu():
    return qnn.QuantReLU(bit_width=8, return_quant_tensor=True)


class DigitsNet(nn.Module):
    """Input 1x8x8 (grey levels / 16), output 10 logits."""

    def __init__(self):
        super().__init__()
        self.q_in = identity()
        self.conv1 = qnn.QuantConv2d(1, 24, 3, padding=1, bias=False, weight_bit_width=8)
        self.bn1 = nn.BatchNorm2d(24)
        self.relu1 = relu()
        self.dw = qnn.QuantConv2d(24, 24, 3, padding=1, groups=24, bias=True, weight_bit_width=8)
        self.bn_dw = nn.BatchNorm2d(24)
        self.relu_dw = relu()
        self.pw = qnn.QuantConv2d(24, 24, 1, bias=False, weight_bit_width=8)
        self.bn_pw = nn.BatchNorm2d(24)
        self.q_res = identity()  # one quantiser for both addends, so that x + y is a QuantTensor
        self.q_add = identity()
        self.pool1 = nn.MaxPool2d(2)
        self.branch_a = qnn.QuantConv2d(24, 32, 3, padding=1, bias=False, weight_bit_width=8)
        self.bn_a = nn.BatchNorm2d(32)
        self.branch_b = qnn.QuantConv2d(24, 16, 1, bias=True, weight_bit_width=8)
        self.relu_cat = relu()  # one quantiser for both branches, so that torch.cat keeps a QuantTensor
        self.q_cat = identity()
        self.conv4 = qnn.QuantConv2d(48, 64, 3, padding=1, bias=True, weight_bit_width=8)
        self.relu4 = relu()
        self.pool2 = nn.AvgPool2d(2)
        self.q_pool = identity()
        self.fc = qnn.QuantLinear(256, 10, bias=True, weight_bit_width=8)

    def forward(self, x):
        x = self.relu1(self.bn1(self.conv1(self.q_in(x))))
        y = self.relu_dw(self.bn_dw(self.dw(x)))
        y = self.bn_pw(self.pw(y))
        x = self.q_res(x)
        y = self.q_res(y)
        x = self.q_add(x + y)
        x = self.pool1(x)
        a = self.relu_cat(self.bn_a(self.branch_a(x)))
        b = self.relu_cat(self.branch_b(x))
        x = self.q_cat(torch.cat([a, b], dim=1))
        x = self.relu4(self.conv4(x))
        x = self.q_pool(self.pool2(x))
        return self.fc(x.flatten(1))


def create_model():
    return DigitsNet()
