"""T21: patches and two bidirectional Mamba blocks."""
from common import MeanOverTokens, Q, calibrated, normals
from torch import nn

from bitwright.nn import BidirectionalMamba, LayerNorm, PatchEmbed, PositionalEmbedding

NAME = "t21_femba_patchembedder"
INPUT_SHAPES = [(1, 10, 32)]


class Femba(nn.Module):
    """[1, electrodes, times]: columns of patches are tokens. With `positions` each has a learned vector, and blocks have residuals and norms."""

    def __init__(self, patch, tokens: int, width: int, inner: int, state: int, rank: int, classes: int, positions: bool = False) -> None:
        super().__init__()
        self.embed = nn.Sequential(Q(), PatchEmbed(1, 35, patch))
        self.positions = PositionalEmbedding(tokens, width) if positions else nn.Identity()
        self.blocks = nn.ModuleList(BidirectionalMamba(width, inner, state, 4, rank) for _ in range(2))
        self.sums = nn.ModuleList(Q() for _ in self.blocks)
        self.norms = nn.ModuleList(LayerNorm(width) for _ in self.blocks) if positions else None
        self.head = MeanOverTokens(width, classes)

    def forward(self, x):
        x = self.positions(self.embed(x))
        for index, block in enumerate(self.blocks):
            y = block(x)
            x = y if self.norms is None else self.norms[index](self.sums[index](x.value + y.value))
        return self.head(x)


def create_model() -> nn.Module:
    return calibrated(lambda: Femba((2, 2), 16, 175, inner=256, state=4, rank=16, classes=10), NAME, INPUT_SHAPES)


def samples():
    return normals(NAME, INPUT_SHAPES)
