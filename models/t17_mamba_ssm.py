"""T17: a selective state-space scan on 16 tokens."""
from common import L, MeanOverTokens, Q, calibrated, normals, value
from torch import nn

from bitwright.nn import SelectiveScan

NAME = "t17_mamba_ssm"
INPUT_SHAPES = [(16, 32)]


class MambaSSM(nn.Module):
    def __init__(self, inner: int = 32, state: int = 4, rank: int = 2) -> None:
        super().__init__()
        self.sizes = [rank, state, state]
        self.input, self.x_proj = Q(), L(inner, sum(self.sizes), bias=False)
        self.q_dt, self.q_b, self.q_c = Q(), Q(), Q()
        self.scan = SelectiveScan(inner, state, rank)
        self.head = MeanOverTokens(inner, 10)

    def forward(self, x):
        x = self.input(x)
        dt, b, c = value(self.x_proj(x)).split(self.sizes, dim=-1)
        return self.head(self.scan(x, self.q_dt(dt), self.q_b(b), self.q_c(c)))


def create_model() -> nn.Module:
    return calibrated(MambaSSM, NAME, INPUT_SHAPES)


def samples():
    return normals(NAME, INPUT_SHAPES)
