"""T16: a causal depthwise convolution over time, and SiLU."""
from common import L, Q, Squeeze, calibrated, normals
from torch import nn

from bitwright.nn import CausalConv1d

NAME = "t16_mamba_conv1d"
INPUT_SHAPES = [(32, 64)]


class MambaConv1d(nn.Sequential):
    def __init__(self) -> None:
        super().__init__(Q(), CausalConv1d(32, 4), Q(), nn.SiLU(), Q(), nn.AdaptiveAvgPool1d(1), Squeeze(2), Q(), L(32, 10))


def create_model() -> nn.Module:
    return calibrated(MambaConv1d, NAME, INPUT_SHAPES)


def samples():
    return normals(NAME, INPUT_SHAPES)
