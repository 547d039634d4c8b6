"""T41: depthwise and pointwise convolutions on maps of 64 x 64."""
from common import C, L, Q, R, calibrated, normals
from torch import nn

NAME = "t41_ne16_depthwise_large"
INPUT_SHAPES = [(3, 64, 64)]


def separable(inputs: int, outputs: int):
    return C(inputs, inputs, 3, padding=1, groups=inputs), R(), C(inputs, outputs, 1), R(), nn.MaxPool2d(2), Q()


class DepthwiseLarge(nn.Sequential):
    def __init__(self) -> None:
        super().__init__(
            Q(),
            C(3, 64, 3, padding=1), R(),
            *separable(64, 64), *separable(64, 128), *separable(128, 256),
            nn.AdaptiveAvgPool2d(1), Q(), nn.Flatten(),
            L(256, 10),
        )


def create_model() -> nn.Module:
    return calibrated(DepthwiseLarge, NAME, INPUT_SHAPES)


def samples():
    return normals(NAME, INPUT_SHAPES)
