"""T19: three Mamba blocks."""
from common import calibrated, normals
from t18_mamba_block import MambaNet, block
from torch import nn

NAME = "t19_mamba_stacked"
INPUT_SHAPES = [(16, 32)]


def create_model() -> nn.Module:
    return calibrated(lambda: MambaNet(block(), block(), block()), NAME, INPUT_SHAPES)


def samples():
    return normals(NAME, INPUT_SHAPES)
