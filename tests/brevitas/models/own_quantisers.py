"""Layers that quantise their own input and output, so that no QuantIdentity is needed."""
from common import calibrate, relu

import brevitas.nn as qnn
import torch
from brevitas.quant import Int8ActPerTensorFloat
from torch import nn

INPUTS = [(3, 8, 8)]
BOTH = {"input_quant": Int8ActPerTensorFloat, "output_quant": Int8ActPerTensorFloat, "return_quant_tensor": True}


class OwnQuantisers(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = qnn.QuantConv2d(3, 8, 3, padding=1, bias=True, **BOTH)
        self.relu = nn.ReLU()
        self.conv2 = qnn.QuantConv2d(8, 8, 3, padding=1, bias=False, **BOTH)
        self.bn, self.relu2 = nn.BatchNorm2d(8), relu()
        self.dropout = nn.Dropout(0.25)
        self.fc = qnn.QuantLinear(512, 6, bias=True, input_quant=Int8ActPerTensorFloat, input_bit_width=6, output_quant=Int8ActPerTensorFloat)

    def forward(self, x):
        x = self.relu(self.conv1(x))
        x = self.relu2(self.bn(self.conv2(x)))
        return self.fc(self.dropout(x.flatten(1)))


def create_model(seed=60):
    torch.manual_seed(seed)
    return calibrate(OwnQuantisers(), *INPUTS, seed=seed)
