"""T37: borders of zeros on one side only."""
from common import C, L, Q, R, calibrated, normals
from torch import nn

NAME = "t37_zeropad2d"
INPUT_SHAPES = [(1, 8, 64)]


class ZeroPad(nn.Sequential):
    def __init__(self) -> None:
        super().__init__(
            Q(),
            nn.ZeroPad2d((1, 2, 0, 0)), C(1, 4, (1, 4)), nn.BatchNorm2d(4), R(), nn.MaxPool2d((1, 8)),
            nn.ZeroPad2d((3, 4, 0, 0)), C(4, 8, (1, 8)), nn.BatchNorm2d(8), R(), nn.AvgPool2d((1, 4)), Q(),
            nn.Flatten(),
            L(128, 10),
        )


def create_model() -> nn.Module:
    return calibrated(ZeroPad, NAME, INPUT_SHAPES)


def samples():
    return normals(NAME, INPUT_SHAPES)
