"""T40: depthwise and pointwise convolutions, on digits."""
from common import C, L, Q, R, pictures
from torch import nn
from training import trained

NAME = "t40_ne16_depthwise"
INPUT_SHAPES = [(1, 28, 28)]


class Depthwise(nn.Sequential):
    def __init__(self) -> None:
        super().__init__(
            Q(),
            C(1, 16, 3, padding=1), R(),
            C(16, 16, 3, padding=1, groups=16), R(),
            C(16, 32, 1), R(), nn.MaxPool2d(2), Q(),
            C(32, 32, 3, padding=1, groups=32), R(),
            C(32, 64, 1), R(), nn.MaxPool2d(2), Q(),
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), Q(),
            L(64, 10),
        )


def create_model() -> nn.Module:
    return trained(Depthwise, NAME, epochs=6)


def samples():
    return pictures()
