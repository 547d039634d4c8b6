"""A dense block (T5): the concatenation of values with different scales, then average and max pool."""
from common import calibrate, identity, relu

import brevitas.nn as qnn
import torch
from torch import nn

INPUTS = [(1, 28, 28)]


class DenseNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.q_in = identity()
        self.conv1, self.bn1, self.relu1, self.q1 = qnn.QuantConv2d(1, 8, 3, padding=1, bias=True), nn.BatchNorm2d(8), relu(), identity()
        self.conv2, self.bn2, self.relu2, self.q2 = qnn.QuantConv2d(8, 8, 3, padding=1, bias=True), nn.BatchNorm2d(8), relu(), identity()
        self.q_cat = identity()
        self.pool1, self.q_pool = nn.AvgPool2d(2, 2), identity()
        self.conv3, self.relu3, self.q3 = qnn.QuantConv2d(16, 16, 3, padding=1, bias=True), relu(), identity()
        self.pool2 = nn.MaxPool2d(2)
        self.q_flat = identity()
        self.fc = qnn.QuantLinear(784, 10, bias=True)

    def forward(self, x):
        x1 = self.q1(self.relu1(self.bn1(self.conv1(self.q_in(x)))))
        x2 = self.q2(self.relu2(self.bn2(self.conv2(x1))))
        x = self.q_pool(self.pool1(self.q_cat(torch.cat([x1.value, x2.value], dim=1))))
        x = self.pool2(self.q3(self.relu3(self.conv3(x))))
        return self.fc(self.q_flat(torch.flatten(x, 1)))


def create_model(seed=5):
    torch.manual_seed(seed)
    return calibrate(DenseNet(), *INPUTS, seed=seed)
