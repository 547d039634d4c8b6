"""T13: one transformer block on 196 tokens of four pixels, on digits."""
from common import C, L, Q, Squeeze, pictures
from torch import nn
from training import trained

from bitwright.nn import MLP, Block, LayerNorm, MultiheadSelfAttention, moved

NAME = "t13_transformer_simple"
INPUT_SHAPES = [(1, 28, 28)]


class Transformer(nn.Module):
    """A picture of 28 x 28 as four rows of 196 pixels; each token is four neighbours of one row."""

    def __init__(self, width: int = 64, heads: int = 2, hidden: int = 128, blocks: int = 1) -> None:
        super().__init__()
        self.patch = nn.Sequential(Q(), C(1, width, (1, 4), stride=(1, 4)), Q())
        self.blocks = nn.Sequential(*(Block(width, MultiheadSelfAttention(width, heads), MLP(width, hidden)) for _ in range(blocks)))
        self.norm = LayerNorm(width)
        self.head = nn.Sequential(nn.AdaptiveAvgPool1d(1), Squeeze(2), Q(), L(width, 10))

    def forward(self, x):
        x = moved(self.patch(x.reshape(-1, 1, 4, 196)), lambda value: value.flatten(2).permute(0, 2, 1))
        return self.head(self.norm(self.blocks(x)).value.permute(0, 2, 1))


def create_model() -> nn.Module:
    return trained(Transformer, NAME, epochs=11, rate=5e-3)


def samples():
    return pictures()
