"""T9: borders of 0, 1 and 2 zeros, on digits."""
from common import C, L, Q, R, pictures
from torch import nn
from training import trained

NAME = "t09_padding"
INPUT_SHAPES = [(1, 28, 28)]


class Padding(nn.Sequential):
    def __init__(self) -> None:
        super().__init__(
            Q(),
            C(1, 16, 3), R(), Q(),
            C(16, 32, 3, padding=1), R(), Q(),
            C(32, 32, 5, padding=2), R(), Q(),
            nn.MaxPool2d(2), Q(),
            C(32, 16, 3), R(), Q(),
            nn.AdaptiveAvgPool2d(1), Q(), nn.Flatten(),
            L(16, 10),
        )


def create_model() -> nn.Module:
    return trained(Padding, NAME, epochs=6)


def samples():
    return pictures()
