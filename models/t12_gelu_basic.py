"""T12: a GELU on raw sums, on digits."""
from common import C, L, Q, R, pictures, trained
from torch import nn

NAME = "t12_gelu_basic"
INPUT_SHAPES = [(1, 28, 28)]


class GeluBasic(nn.Sequential):
    def __init__(self) -> None:
        super().__init__(
            nn.Flatten(), Q(),
            L(784, 64), nn.GELU(), Q(),
            L(64, 10),
        )


def create_model() -> nn.Module:
    return trained(GeluBasic, NAME, epochs=3)


def samples():
    return pictures()
