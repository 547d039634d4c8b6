"""T20: a Mamba block in both directions."""
from common import calibrated, normals
from t18_mamba_block import MambaNet
from torch import nn

from bitwright.nn import BidirectionalMamba

NAME = "t20_mamba_bidirectional"
INPUT_SHAPES = [(16, 32)]


def create_model() -> nn.Module:
    return calibrated(lambda: MambaNet(BidirectionalMamba(width=32, inner=64, state=4, kernel=4, rank=4)), NAME, INPUT_SHAPES)


def samples():
    return normals(NAME, INPUT_SHAPES)
