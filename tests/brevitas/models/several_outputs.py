"""A detector's heads as a dictionary: a quantised map, a raw map with ReLU, pooled logits, and the features themselves."""
from common import calibrate, identity, relu

import brevitas.nn as qnn
import torch
from torch import nn

INPUTS = [(3, 16, 16)]


class Heads(nn.Module):
    def __init__(self):
        super().__init__()
        self.q_in = identity()
        self.backbone = nn.Sequential(
            qnn.QuantConv2d(3, 12, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(12), relu(),
            qnn.QuantConv2d(12, 16, 3, stride=2, padding=1, bias=True), nn.BatchNorm2d(16), relu(),
        )
        self.box, self.q_box = qnn.QuantConv2d(16, 4, 1, bias=True), identity()
        self.heat, self.relu = qnn.QuantConv2d(16, 3, 3, padding=1, bias=True), nn.ReLU()
        self.pool, self.q_pool = nn.AdaptiveAvgPool2d(1), identity()
        self.fc = qnn.QuantLinear(16, 5, bias=False)

    def forward(self, x):
        x = self.backbone(self.q_in(x))
        return {
            "features": x,
            "box": self.q_box(self.box(x)),
            "heat": self.relu(self.heat(x)),
            "logits": self.fc(self.q_pool(self.pool(x)).flatten(1)),
        }


def create_model(seed=57):
    torch.manual_seed(seed)
    return calibrate(Heads(), *INPUTS, seed=seed)
