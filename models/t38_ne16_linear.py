"""T38: linear layers on 49 tokens."""
from common import L, Q, R, calibrated, normals
from torch import nn

NAME = "t38_ne16_linear"
INPUT_SHAPES = [(49, 192)]


class LinearTokens(nn.Sequential):
    def __init__(self) -> None:
        super().__init__(
            Q(),
            L(192, 64), R(), Q(),
            L(64, 64), R(), Q(),
            L(64, 10),
        )


def create_model() -> nn.Module:
    return calibrated(LinearTokens, NAME, INPUT_SHAPES)


def samples():
    return normals(NAME, INPUT_SHAPES)
