"""Down and up again: nearest up-sampling, concatenation with the skip of the same size, and two maps as outputs, one of them quantised."""
from common import calibrate, identity, relu

import brevitas.nn as qnn
import torch
import torch.nn.functional as F
from torch import nn

INPUTS = [(3, 16, 24)]


class Double(nn.Sequential):
    def __init__(self, inputs, outputs):
        super().__init__(
            qnn.QuantConv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), relu(),
            qnn.QuantConv2d(outputs, outputs, 3, padding=1, bias=True), relu(),
        )


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.q_in = identity()
        self.down1, self.down2, self.bottom = Double(3, 8), Double(8, 12), Double(12, 16)
        self.pool = nn.MaxPool2d(2)
        self.up = nn.Upsample(scale_factor=2, mode="nearest")
        self.q2, self.q1 = identity(), identity()
        self.up2, self.up1 = Double(28, 12), Double(20, 8)
        self.mask = qnn.QuantConv2d(8, 2, 1, bias=True)
        self.edges = qnn.QuantConv2d(8, 1, 3, padding=1, bias=True)
        self.q_edges = identity()

    def forward(self, x):
        a = self.down1(self.q_in(x))
        b = self.down2(self.pool(a))
        c = self.bottom(self.pool(b))
        y = self.up2(self.q2(torch.cat([self.up(c).value, b.value], dim=1)))
        y = F.interpolate(y.value, scale_factor=(2, 2), mode="nearest")
        y = self.up1(self.q1(torch.cat([y, a.value], dim=1)))
        return self.mask(y), self.q_edges(self.edges(y))


def create_model(seed=50):
    torch.manual_seed(seed)
    return calibrate(UNet(), *INPUTS, seed=seed)
