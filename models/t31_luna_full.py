"""T31: patches in time and frequency, gathered patch by patch, eight rotary blocks and a head of attention."""
from common import C, Dequantised, F, L, Q, calibrated, normals
import torch
from torch import nn

from bitwright.nn import ClassificationHead, CrossAttentionSelfRefine, GroupNorm, LayerNorm, Parameter, RFFTFeatures, RotaryBlock, moved

NAME = "t31_luna_full"
INPUT_SHAPES = [(22, 1280)]


def location_embedding() -> torch.Tensor:
    """[1, 22, 64]: sines and cosines of each electrode's coordinates at ten frequencies, filled up with zeros, through a random MLP."""
    coordinates = torch.rand(22, 3) * 2 - 1
    angles = (coordinates.unsqueeze(-1) * 2.0 ** torch.arange(10)).flatten(1)
    features = F.pad(torch.cat([angles.sin(), angles.cos()], 1), (0, 4))
    mlp = nn.Sequential(nn.Linear(64, 128), nn.LayerNorm(128), nn.GELU(), nn.Linear(128, 64))
    return mlp(features).detach().unsqueeze(0)


def stage(inputs: int, kernel, stride, padding) -> nn.Module:
    return nn.Sequential(C(inputs, 16, kernel, stride=stride, padding=padding), Q(), GroupNorm(4, 16), Dequantised(), nn.GELU(), Q())


class LunaFull(nn.Module):
    """[22 channels, 1280 times]: 32 patches of 40 times of each channel."""

    def __init__(self) -> None:
        super().__init__()
        self.input = Q()
        self.waves = nn.Sequential(stage(1, (1, 19), (1, 10), (0, 9)), stage(16, (1, 3), 1, (0, 1)), stage(16, (1, 3), 1, (0, 1)))
        self.features, self.fc1, self.gelu, self.q_gelu = RFFTFeatures(), L(42, 168), nn.GELU(), Q()
        self.fc2, self.q_sum = L(168, 64), Q()
        self.location, self.q_located = Parameter(location_embedding(), learned=False), Q()
        self.gather = CrossAttentionSelfRefine(64, 2, queries=4, hidden=256, blocks=3)
        self.q_gathered = Q()
        self.blocks = nn.Sequential(*(RotaryBlock(256, 8, 32, 1024) for _ in range(8)))
        self.last = LayerNorm(256)
        self.head = ClassificationHead(256, 8, 1024, 2)

    def forward(self, x):
        x = moved(self.input(x), lambda value: value.reshape(-1, 704, 40))
        waves = self.waves(moved(x, lambda value: value.unsqueeze(1)))
        waves = waves.value.permute(0, 2, 3, 1).flatten(2)
        spectrum = self.fc2(self.q_gelu(self.gelu(self.fc1(self.features(x)))))
        x = self.q_sum(waves + spectrum)
        location = self.location().value.repeat_interleave(32, dim=1)
        x = self.q_located(x.value + location.expand_as(x.value))
        patches = moved(x, lambda value: value.unflatten(1, (22, 32)).transpose(1, 2))
        x = self.q_gathered(self.gather(patches).value.flatten(2))
        return self.head(self.last(self.blocks(x)))


def create_model() -> nn.Module:
    return calibrated(LunaFull, NAME, INPUT_SHAPES, batches=4, size=2)


def samples():
    return normals(NAME, INPUT_SHAPES, count=1)
