"""Two branches with an input each (T36, drowsiness from EEG and PPG): zero-padding of one side, long kernels, BatchNorm, max-pools, a concatenation."""
from common import calibrate, identity, relu

import brevitas.nn as qnn
import torch
from torch import nn

INPUTS = [(1, 8, 2200), (1, 2, 2200)]

EEG = [  # padding, channels, kernel, pool
    ((1, 2, 0, 0), 1, 4, (1, 4), nn.MaxPool2d((1, 8))),
    ((7, 8, 0, 0), 4, 16, (1, 16), nn.MaxPool2d((1, 4))),
    ((3, 4, 0, 0), 16, 16, (1, 8), nn.MaxPool2d((1, 4))),
    ((0, 0, 7, 8), 16, 16, (16, 1), nn.MaxPool2d((4, 1))),
    ((0, 0, 3, 4), 16, 16, (8, 1), nn.AvgPool2d((2, 17))),
]
PPG = [
    ((1, 2, 0, 0), 1, 4, (1, 4), nn.MaxPool2d((1, 4))),
    ((1, 2, 0, 0), 4, 8, (1, 4), nn.MaxPool2d((1, 4))),
    ((1, 2, 0, 0), 8, 16, (1, 4), nn.MaxPool2d((1, 4))),
    ((3, 4, 0, 0), 16, 32, (1, 8), None),
    ((7, 8, 0, 0), 32, 32, (1, 16), nn.AvgPool2d((2, 34))),
]


def branch(rows):
    layers = [identity()]
    for padding, inputs, outputs, kernel, pool in rows:
        layers += [nn.ZeroPad2d(padding), qnn.QuantConv2d(inputs, outputs, kernel, bias=True), nn.BatchNorm2d(outputs), relu()]
        layers += [pool] if pool else []
    return nn.Sequential(*layers)


class Drowsiness(nn.Module):
    def __init__(self):
        super().__init__()
        self.eeg = branch(EEG)
        self.ppg = branch(PPG)
        self.q = identity()
        self.fc = qnn.QuantLinear(48, 2, bias=True)

    def forward(self, eeg, ppg):
        eeg, ppg = self.eeg(eeg), self.ppg(ppg)
        return self.fc(self.q(torch.cat([eeg.value, ppg.value], dim=1)).flatten(1))


def create_model(seed=36):
    torch.manual_seed(seed)
    return calibrate(Drowsiness(), *INPUTS, seed=seed, batches=8, size=8)
