"""The input moves before it is quantised, and is quantised twice, at different bit widths."""
from common import calibrate, identity, relu

import brevitas.nn as qnn
import torch
import torch.nn.functional as F
from torch import nn

INPUTS = [(16, 14)]


class FloatInput(nn.Module):
    def __init__(self):
        super().__init__()
        self.q_fine, self.q_coarse, self.relu_in = identity(), identity(4), relu()
        self.fine, self.coarse = qnn.QuantConv2d(2, 5, 3, padding=1, bias=True), qnn.QuantConv2d(2, 5, 3, padding=1, bias=False)
        self.q_sum = identity()
        self.pooled, self.q_pooled = qnn.QuantConv2d(1, 5, 2, bias=True), identity()
        self.fc = qnn.QuantLinear(140, 3, bias=True)

    def forward(self, x):
        image = x.unflatten(1, (2, 8))
        y = self.q_sum(self.fine(self.q_fine(image)) + self.coarse(self.q_coarse(image)))
        z = self.relu_in(F.max_pool2d(F.pad(x.unsqueeze(1), (2, 0)), 2))
        z = self.q_pooled(self.pooled(z))
        return self.fc(F.max_pool2d(y.value, (2, 2)).flatten(1)), z


def create_model(seed=66):
    torch.manual_seed(seed)
    return calibrate(FloatInput(), *INPUTS, seed=seed)
