"""T39: five linear layers on 49 tokens."""
from common import L, Q, R, calibrated, normals
from torch import nn

NAME = "t39_ne16_linear_large"
INPUT_SHAPES = [(49, 256)]


class LinearTokensLarge(nn.Sequential):
    def __init__(self) -> None:
        super().__init__(
            Q(),
            *(layer for _ in range(4) for layer in (L(256, 256), R(), Q())),
            L(256, 10),
        )


def create_model() -> nn.Module:
    return calibrated(LinearTokensLarge, NAME, INPUT_SHAPES)


def samples():
    return normals(NAME, INPUT_SHAPES)
