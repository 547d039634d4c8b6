"""Weights of 2 to 8 bits with a scale per channel, activations of 2 to 8 bits, signed and unsigned, narrow and not."""
from common import calibrate, identity, relu

import brevitas.nn as qnn
import torch
from torch import nn

INPUTS = [(4, 11, 7)]


class NarrowBits(nn.Module):
    def __init__(self):
        super().__init__()
        self.q_in = identity()
        layers = []
        for index, bits in enumerate(range(2, 9)):
            conv = qnn.QuantConv2d(4 + index, 5 + index, 3, padding=1, bias=index % 2 == 0, weight_bit_width=bits, weight_scaling_per_output_channel=True)
            layers += [conv, relu(10 - bits) if index % 2 else identity(10 - bits)]
        self.layers = nn.Sequential(*layers)
        self.q = qnn.QuantIdentity(bit_width=5, narrow_range=True, return_quant_tensor=True)
        self.fc = qnn.QuantLinear(847, 7, bias=True, weight_bit_width=4, weight_scaling_per_output_channel=True)

    def forward(self, x):
        return self.fc(self.q(self.layers(self.q_in(x))).flatten(1))


def create_model(seed=1002):
    torch.manual_seed(seed)
    return calibrate(NarrowBits(), *INPUTS, seed=seed)
