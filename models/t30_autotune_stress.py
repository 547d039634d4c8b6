"""T30: linear layers of odd sizes."""
from common import L, Q, R, calibrated, normals
from torch import nn

NAME = "t30_autotune_stress"
INPUT_SHAPES = [(64,)]


class AutotuneStress(nn.Sequential):
    def __init__(self) -> None:
        super().__init__(
            Q(),
            L(64, 768), R(),
            L(768, 768), R(),
            L(768, 237), R(),
            L(237, 513), R(),
            L(513, 128), R(),
            L(128, 5),
        )


def create_model() -> nn.Module:
    return calibrated(AutotuneStress, NAME, INPUT_SHAPES)


def samples():
    return normals(NAME, INPUT_SHAPES)
