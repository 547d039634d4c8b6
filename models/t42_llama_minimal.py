"""T42: a block with RMSNorm on 32 tokens."""
from common import L, Q, calibrated, normals
from torch import nn

from bitwright.nn import MLP, Block, MultiheadSelfAttention, RMSNorm

NAME = "t42_llama_minimal"
INPUT_SHAPES = [(32, 64)]


class LlamaMinimal(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.input = Q()
        self.block = Block(64, MultiheadSelfAttention(64, 4), MLP(64, 256), RMSNorm)
        self.norm = RMSNorm(64)
        self.head = nn.Sequential(Q(), L(64, 4))

    def forward(self, x):
        return self.head(self.norm(self.block(self.input(x))).value.mean(1))


def create_model() -> nn.Module:
    return calibrated(LlamaMinimal, NAME, INPUT_SHAPES)


def samples():
    return normals(NAME, INPUT_SHAPES)
