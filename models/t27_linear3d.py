"""T27: two linear layers on 400 tokens, then their mean."""
from common import L, Q, Squeeze, calibrated, normals
from torch import nn

NAME = "t27_linear3d"
INPUT_SHAPES = [(400, 192)]


class Linear3d(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.mlp = nn.Sequential(Q(), L(192, 768), nn.GELU(), Q(), L(768, 192), Q())
        self.head = nn.Sequential(nn.AdaptiveAvgPool1d(1), Squeeze(2), Q(), L(192, 7))

    def forward(self, x):
        return self.head(self.mlp(x).value.permute(0, 2, 1))


def create_model() -> nn.Module:
    return calibrated(Linear3d, NAME, INPUT_SHAPES)


def samples():
    return normals(NAME, INPUT_SHAPES)
