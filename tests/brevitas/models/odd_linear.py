"""Linear layers of odd sizes (T30), with and without a bias."""
from common import calibrate, identity, relu

import brevitas.nn as qnn
import torch
from torch import nn

INPUTS = [(64,)]
SIZES = [64, 768, 768, 237, 513, 128, 5]


class OddLinear(nn.Module):
    def __init__(self):
        super().__init__()
        layers = [identity()]
        for index, (inputs, outputs) in enumerate(zip(SIZES, SIZES[1:])):
            layers += [qnn.QuantLinear(inputs, outputs, bias=index != 2), relu()]
        self.layers = nn.Sequential(*layers[:-1])

    def forward(self, x):
        return self.layers(x)


def create_model(seed=30):
    torch.manual_seed(seed)
    return calibrate(OddLinear(), *INPUTS, seed=seed)
