"""T11: a LayerNorm of the whole picture, on digits."""
from common import L, Q, pictures
from torch import nn
from training import trained

from bitwright.nn import LayerNorm

NAME = "t11_layernorm_basic"
INPUT_SHAPES = [(1, 28, 28)]


class LayerNormBasic(nn.Sequential):
    def __init__(self) -> None:
        super().__init__(Q(), nn.Flatten(), LayerNorm(784), L(784, 10))


def create_model() -> nn.Module:
    return trained(LayerNormBasic, NAME, epochs=5, rate=3e-3)


def samples():
    return pictures()
