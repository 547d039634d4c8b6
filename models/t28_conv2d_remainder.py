"""T28: three channels and a 7x7 kernel, so that rows of weights are no multiple of four."""
from common import C, L, Q, R, calibrated, normals
from torch import nn

NAME = "t28_conv2d_remainder"
INPUT_SHAPES = [(1, 28, 28)]


class Conv2dRemainder(nn.Sequential):
    def __init__(self) -> None:
        super().__init__(
            Q(),
            C(1, 3, 1), R(), Q(),
            C(3, 32, 7, stride=2, padding=3), R(), Q(),
            nn.AdaptiveAvgPool2d(1), Q(), nn.Flatten(),
            L(32, 10),
        )


def create_model() -> nn.Module:
    return calibrated(Conv2dRemainder, NAME, INPUT_SHAPES)


def samples():
    return normals(NAME, INPUT_SHAPES)
