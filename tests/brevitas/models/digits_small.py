"""A small CNN trained on scikit-learn's handwritten digits."""
from common import identity, relu

import brevitas.nn as qnn
from digits import pictures, train
from torch import nn

INPUTS = [(1, 8, 8)]


class DigitsSmall(nn.Module):
    def __init__(self):
        super().__init__()
        self.q_in = identity()
        self.conv1, self.bn1, self.relu1 = qnn.QuantConv2d(1, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), relu()
        self.conv2, self.bn2, self.relu2 = qnn.QuantConv2d(8, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), relu()
        self.conv3, self.q3 = qnn.QuantConv2d(16, 16, 3, padding=1, bias=True), identity()
        self.q_sum = relu()
        self.pool = nn.MaxPool2d(2)
        self.fc = qnn.QuantLinear(64, 10, bias=True)

    def forward(self, x):
        x = self.pool(self.relu1(self.bn1(self.conv1(self.q_in(x)))))
        x = self.relu2(self.bn2(self.conv2(x)))
        x = self.pool(self.q_sum(self.q3(self.conv3(x)).value + x.value))
        return self.fc(x.flatten(1))


def create_model(seed=2):
    return train(DigitsSmall, seed, epochs=8)


def samples():
    return pictures()
