"""Python decides in forward: a block called as often as asked, modules used twice, an if and a while on shapes."""
from common import calibrate, identity, relu

import brevitas.nn as qnn
import torch
from torch import nn

INPUTS = [(4, 10, 10)]


class ControlFlow(nn.Module):
    def __init__(self, rounds=3):
        super().__init__()
        self.rounds = rounds
        self.q_in, self.q = identity(), identity()
        self.conv = qnn.QuantConv2d(4, 4, 3, padding=1, bias=True)
        self.relu = relu()
        self.pool = nn.MaxPool2d(2)
        self.fc = qnn.QuantLinear(4, 4, bias=True)

    def forward(self, x):
        x = self.q_in(x)
        for index in range(self.rounds):
            x = self.q(self.relu(self.conv(x)).value + x.value)
            if index % 2 == 0:
                x = self.pool(x)
        while x.shape[-1] > 1:
            x = self.pool(x)
        x = self.q(self.fc(x.view(-1, 4)))
        return self.fc(x)


def create_model(seed=61):
    torch.manual_seed(seed)
    return calibrate(ControlFlow(), *INPUTS, seed=seed)
