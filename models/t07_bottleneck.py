"""T7: 1x1 convolutions that widen and narrow, on digits."""
from common import C, L, Q, R, pictures
from torch import nn
from training import trained

NAME = "t07_bottleneck"
INPUT_SHAPES = [(1, 28, 28)]


class Bottleneck(nn.Sequential):
    def __init__(self) -> None:
        super().__init__(
            Q(),
            C(1, 32, 3, padding=1), R(), nn.MaxPool2d(2),
            C(32, 64, 1), R(),
            C(64, 32, 1), R(), nn.MaxPool2d(2),
            nn.AdaptiveAvgPool2d(1), Q(), nn.Flatten(),
            L(32, 10),
        )


def create_model() -> nn.Module:
    return trained(Bottleneck, NAME, epochs=7)


def samples():
    return pictures()
