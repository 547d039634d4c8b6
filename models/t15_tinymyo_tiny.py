"""T15: a transformer block on 50 patches of five electrodes."""
from common import C, L, Q, calibrated, normals
from torch import nn

from bitwright.nn import MLP, Block, LayerNorm, MultiheadSelfAttention, moved

NAME = "t15_tinymyo_tiny"
INPUT_SHAPES = [(1, 5, 200)]


class TinyMyo(nn.Module):
    """[1, electrodes, times]: patches of 20 times are tokens; their mean is classified."""

    def __init__(self, blocks: int) -> None:
        super().__init__()
        self.patch = nn.Sequential(Q(), C(1, 192, (1, 20), stride=(1, 20)), Q())
        self.blocks = nn.Sequential(*(Block(192, MultiheadSelfAttention(192, 3), MLP(192, 768)) for _ in range(blocks)))
        self.norm = LayerNorm(192)
        self.head = nn.Sequential(Q(), L(192, 7))

    def forward(self, x):
        x = moved(self.patch(x), lambda value: value.flatten(2).permute(0, 2, 1))
        return self.head(self.norm(self.blocks(x)).value.mean(1))


def create_model() -> nn.Module:
    return calibrated(lambda: TinyMyo(blocks=1), NAME, INPUT_SHAPES)


def samples():
    return normals(NAME, INPUT_SHAPES)
