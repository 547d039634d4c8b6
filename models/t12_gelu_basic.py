"""T12: a GELU on raw sums, on digits."""
from common import L, Q, pictures
from torch import nn
from training import trained

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
    return trained(GeluBasic, NAME, epochs=5, rate=3e-3)


def samples():
    return pictures()
