"""T1: two convolutions with pools, on digits."""
from common import C, L, Q, R, pictures
from torch import nn
from training import trained

NAME = "t01_simplecnn"
INPUT_SHAPES = [(1, 28, 28)]


class SimpleCNN(nn.Sequential):
    def __init__(self) -> None:
        super().__init__(
            Q(),
            C(1, 16, 3, padding=1), R(), nn.MaxPool2d(2), Q(),
            C(16, 32, 3, padding=1), R(), nn.MaxPool2d(2), Q(),
            nn.Flatten(), Q(),
            L(1568, 10),
        )


def create_model() -> nn.Module:
    return trained(SimpleCNN, NAME, epochs=4)


def samples():
    return pictures()
