"""Pools at the border: ceil_mode, padding that counts and padding that does not; max-pools in front of BatchNorm and ReLU; sums that nothing rounds."""
from common import calibrate, identity, relu

import brevitas.nn as qnn
import torch
from torch import nn

INPUTS = [(2, 21, 18)]


class Pools(nn.Module):
    def __init__(self):
        super().__init__()
        self.q_in = identity()
        self.conv1 = qnn.QuantConv2d(2, 6, 3, padding=1, bias=True)
        self.max1 = nn.MaxPool2d(3, stride=2, padding=1)
        self.bn1, self.relu1 = nn.BatchNorm2d(6), relu()
        self.averages = nn.ModuleList([
            nn.AvgPool2d(3, stride=2, padding=1),
            nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False),
            nn.AvgPool2d((3, 2), stride=2, padding=(1, 1), ceil_mode=True),
            nn.AvgPool2d((2, 3), stride=2, padding=(1, 1), ceil_mode=True, count_include_pad=False),
        ])
        self.q_averages = nn.ModuleList(identity() for _ in self.averages)
        self.q_cat = identity()
        self.conv2 = qnn.QuantConv2d(24, 8, 3, padding=1, bias=True)
        self.q2 = identity()
        self.max2, self.relu2 = nn.MaxPool2d(2, ceil_mode=True), nn.ReLU()
        self.pool = nn.AvgPool2d(2, stride=1)
        self.conv3, self.relu3 = qnn.QuantConv2d(8, 6, 1, bias=True), relu()
        self.fc = qnn.QuantLinear(24, 3, bias=True)

    def forward(self, x):
        x = self.relu1(self.bn1(self.max1(self.conv1(self.q_in(x)))))
        pooled = [q(pool(x)).value[:, :, :6, :5] for q, pool in zip(self.q_averages, self.averages)]
        x = self.q2(self.conv2(self.q_cat(torch.cat(pooled, dim=1))))
        x = self.pool(self.relu2(self.max2(x)))
        return self.fc(self.relu3(self.conv3(x)).flatten(1))


def create_model(seed=55):
    torch.manual_seed(seed)
    return calibrate(Pools(), *INPUTS, seed=seed)
