"""T2: one convolution, on digits."""
from common import C, L, Q, R, pictures
from torch import nn
from training import trained

NAME = "t02_tinycnn"
INPUT_SHAPES = [(1, 28, 28)]


class TinyCNN(nn.Sequential):
    def __init__(self) -> None:
        super().__init__(
            Q(),
            C(1, 8, 5, padding=2), R(), nn.MaxPool2d(2), Q(),
            nn.Flatten(), Q(),
            L(1568, 10),
        )


def create_model() -> nn.Module:
    return trained(TinyCNN, NAME, epochs=4)


def samples():
    return pictures()
