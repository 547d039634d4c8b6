"""T43: attention across 14 channels and across 8 times in turn."""
from common import L, Q, calibrated, normals
from torch import nn

from bitwright.nn import MLP, AlternatingAttention, Block, LayerNorm, moved

NAME = "t43_cerebro"
INPUT_SHAPES = [(14, 8)]


class Cerebro(nn.Module):
    """[channels, times]: each time is one vector of its channels, which every channel's token begins with."""

    def __init__(self, channels: int = 14, times: int = 8, width: int = 180) -> None:
        super().__init__()
        self.channels = channels
        self.embed = nn.Sequential(L(channels, width), Q())
        self.input = Q()
        turns = ["channels" if index % 2 == 0 else "times" for index in range(6)]
        self.blocks = nn.Sequential(*(Block(width, AlternatingAttention(width, 5, channels, times, across), MLP(width, 720)) for across in turns))
        self.norm = LayerNorm(width)
        self.head = nn.Sequential(Q(), L(width, 4))

    def forward(self, x):
        x = self.embed(moved(self.input(x), lambda value: value.transpose(1, 2)))
        x = self.blocks(moved(x, lambda value: value.repeat(1, self.channels, 1)))
        return self.head(self.norm(x).value.mean(1))


def create_model() -> nn.Module:
    return calibrated(Cerebro, NAME, INPUT_SHAPES)


def samples():
    return normals(NAME, INPUT_SHAPES, count=1)
