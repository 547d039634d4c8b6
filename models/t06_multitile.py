"""T6: maps of 96 x 96, which no scratchpad holds whole, on digits."""
from common import C, L, Q, R, pictures
from torch import nn
from training import trained

NAME = "t06_multitile"
INPUT_SHAPES = [(1, 96, 96)]


class MultiTile(nn.Sequential):
    def __init__(self) -> None:
        super().__init__(
            Q(),
            C(1, 8, 3, padding=1), R(), nn.MaxPool2d(2), Q(),
            C(8, 16, 3, padding=1), R(), nn.MaxPool2d(2), Q(),
            C(16, 24, 3, padding=1), R(), nn.MaxPool2d(2), Q(),
            nn.MaxPool2d(2), Q(),
            nn.Flatten(), Q(),
            L(864, 10),
        )


def create_model() -> nn.Module:
    return trained(MultiTile, NAME, epochs=4, size=96, pictures=800)


def samples():
    return pictures(size=96)
