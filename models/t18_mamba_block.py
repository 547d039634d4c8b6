"""T18: a Mamba block on 16 tokens."""
from common import MeanOverTokens, Q, calibrated, normals
from torch import nn

from bitwright.nn import MambaBlock

NAME = "t18_mamba_block"
INPUT_SHAPES = [(16, 32)]


class MambaNet(nn.Sequential):
    def __init__(self, *blocks: nn.Module) -> None:
        super().__init__(Q(), *blocks, MeanOverTokens(32, 10))


def block() -> nn.Module:
    return MambaBlock(width=32, inner=64, state=4, kernel=4, rank=4)


def create_model() -> nn.Module:
    return calibrated(lambda: MambaNet(block()), NAME, INPUT_SHAPES)


def samples():
    return normals(NAME, INPUT_SHAPES)
