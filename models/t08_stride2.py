"""T8: convolutions of stride 2, on digits."""
from common import C, L, Q, R, pictures
from torch import nn
from training import trained

NAME = "t08_stride2"
INPUT_SHAPES = [(1, 28, 28)]


class Stride2(nn.Sequential):
    def __init__(self) -> None:
        super().__init__(
            Q(),
            C(1, 16, 3, padding=1), R(), Q(),
            C(16, 32, 3, stride=2, padding=1), R(), Q(),
            C(32, 32, 3, padding=1), R(), Q(),
            C(32, 16, 3, stride=2, padding=1), R(), Q(),
            nn.AdaptiveAvgPool2d(1), Q(), nn.Flatten(),
            L(16, 10),
        )


def create_model() -> nn.Module:
    return trained(Stride2, NAME, epochs=6)


def samples():
    return pictures()
