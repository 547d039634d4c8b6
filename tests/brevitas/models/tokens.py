"""Patches as tokens: permute, linear layers on tokens, halves by chunk and slices, means over one axis and over two."""
from common import calibrate, identity, relu

import brevitas.nn as qnn
import torch
from torch import nn

INPUTS = [(2, 12, 16)]


class Tokens(nn.Module):
    def __init__(self):
        super().__init__()
        self.q_in = identity()
        self.patches = qnn.QuantConv2d(2, 20, 4, stride=4, bias=True)
        self.q_patches = identity()
        self.fc1, self.relu1 = qnn.QuantLinear(20, 24, bias=True), relu()
        self.fc2 = qnn.QuantLinear(12, 20, bias=False)
        self.q_res = identity()
        self.q_mean = identity()
        self.q_height = identity()
        self.fc3, self.relu3 = qnn.QuantLinear(10, 6, bias=True), relu()
        self.q_both = identity()
        self.fc = qnn.QuantLinear(26, 4, bias=True)

    def forward(self, x):
        x = self.q_patches(self.patches(self.q_in(x)))
        height = self.q_height(x.value.mean(dim=2, keepdim=True))
        tokens = x.flatten(2).transpose(1, 2)
        first, second = self.relu1(self.fc1(tokens)).value.chunk(2, dim=-1)
        tokens = self.q_res(tokens.value + self.fc2(self.halves(first, second)))
        spread = self.relu3(self.fc3(height.value[:, 0::2, 0, :].permute(0, 2, 1)))
        parts = [tokens.value.mean(1), spread.value.mean((1,))]
        return self.fc(self.q_both(torch.cat(parts, dim=-1)))

    def halves(self, first, second):
        return self.q_mean(first + second)


def create_model(seed=58):
    torch.manual_seed(seed)
    return calibrate(Tokens(), *INPUTS, seed=seed)
