"""An MLP trained on scikit-learn's handwritten digits."""
from common import identity, relu

import brevitas.nn as qnn
from digits import pictures, train
from torch import nn

INPUTS = [(1, 8, 8)]


class DigitsMlp(nn.Module):
    def __init__(self):
        super().__init__()
        self.flatten = nn.Flatten()
        self.q_in = identity()
        self.fc1, self.bn1, self.relu1 = qnn.QuantLinear(64, 48, bias=True), nn.BatchNorm1d(48), relu()
        self.fc2, self.relu2 = qnn.QuantLinear(48, 32, bias=True, weight_bit_width=4), relu(4)
        self.fc3 = qnn.QuantLinear(32, 10, bias=True)

    def forward(self, x):
        x = self.relu1(self.bn1(self.fc1(self.q_in(self.flatten(x)))))
        return self.fc3(self.relu2(self.fc2(x)))


def create_model(seed=1):
    return train(DigitsMlp, seed, epochs=16)


def samples():
    return pictures()
