"""T3: three linear layers, on digits."""
from common import L, Q, R, pictures
from torch import nn
from training import trained

NAME = "t03_mlp"
INPUT_SHAPES = [(1, 28, 28)]


class MLP(nn.Sequential):
    def __init__(self) -> None:
        super().__init__(
            nn.Flatten(), Q(),
            L(784, 256), R(), Q(),
            L(256, 128), R(), Q(),
            L(128, 10),
        )


def create_model() -> nn.Module:
    return trained(MLP, NAME, epochs=5, rate=3e-3)


def samples():
    return pictures()
