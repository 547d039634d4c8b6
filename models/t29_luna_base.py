"""T29: 704 patches in the frequency domain, gathered by 128 queries, and eight rotary blocks."""
from common import L, Q, calibrated, normals
from torch import nn

from bitwright.nn import CrossAttention, Embedding, GroupNorm, LayerNorm, RFFTFeatures, RotaryBlock, moved

NAME = "t29_luna_base"
INPUT_SHAPES = [(22, 1280)]


class LunaBase(nn.Module):
    """[22 channels, 1280 times]: 32 patches of 40 times of each channel."""

    def __init__(self) -> None:
        super().__init__()
        self.input = Q()
        self.features = RFFTFeatures()
        self.fc1, self.q_fc1, self.gelu1, self.q_gelu1 = L(42, 168), Q(), nn.GELU(), Q()
        self.fc2, self.q_fc2 = L(168, 64), Q()
        self.norm = GroupNorm(4, 64)
        self.gelu2, self.q_gelu2 = nn.GELU(), Q()
        self.channels = Embedding(22, 64, repeats=32)
        self.q_sum = Q()
        self.gather = CrossAttention(64, 2, queries=128)
        self.q_gathered = Q()
        self.blocks = nn.Sequential(*(RotaryBlock(256, 8, 32, 1024) for _ in range(8)))
        self.last = LayerNorm(256)
        self.read = CrossAttention(256, 8, queries=1)
        self.head = L(256, 5)

    def forward(self, x):
        x = self.features(moved(self.input(x), lambda value: value.reshape(-1, 704, 40)))
        x = self.q_gelu1(self.gelu1(self.q_fc1(self.fc1(x)).value))
        x = moved(self.q_fc2(self.fc2(x)), lambda value: value.permute(0, 2, 1))
        x = moved(self.q_gelu2(self.gelu2(self.norm(x).value)), lambda value: value.permute(0, 2, 1))
        channels = self.channels().value
        x = self.gather(self.q_sum(x.value + channels.expand_as(x.value)))
        x = self.q_gathered(x.value.reshape(-1, 32, 256))
        return self.head(moved(self.read(self.last(self.blocks(x))), lambda value: value.squeeze(1)))


def create_model() -> nn.Module:
    return calibrated(LunaBase, NAME, INPUT_SHAPES, batches=4, size=2)


def samples():
    return normals(NAME, INPUT_SHAPES, count=1)
