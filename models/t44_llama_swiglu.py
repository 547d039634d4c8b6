"""T44: a block with RMSNorm and SwiGLU on 16 tokens."""
from common import L, Q, calibrated, normals
from torch import nn

from bitwright.nn import Block, MultiheadSelfAttention, RMSNorm, SwiGLU

NAME = "t44_llama_swiglu"
INPUT_SHAPES = [(16, 64)]


class LlamaSwiGLU(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.input = Q()
        self.block = Block(64, MultiheadSelfAttention(64, 4), SwiGLU(64, 172), RMSNorm)
        self.norm = RMSNorm(64)
        self.head = nn.Sequential(Q(), L(64, 4))

    def forward(self, x):
        return self.head(self.norm(self.block(self.input(x))).value.mean(1))


def create_model() -> nn.Module:
    return calibrated(LlamaSwiGLU, NAME, INPUT_SHAPES)


def samples():
    return normals(NAME, INPUT_SHAPES)
