"""T36: two signals, EEG and PPG, whose features are joined."""
from common import C, L, Q, R, calibrated, normals
import torch
from torch import nn

NAME = "t36_drowsiness"
INPUT_SHAPES = [(1, 8, 2200), (1, 2, 2200)]


def stage(inputs: int, outputs: int, kernel, border, pool: nn.Module):
    """Zeros to the left, right, top and bottom, so that the convolution keeps the size."""
    return nn.ZeroPad2d(border), C(inputs, outputs, kernel), nn.BatchNorm2d(outputs), R(), pool


class Drowsiness(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.eeg = nn.Sequential(
            Q(),
            *stage(1, 4, (1, 4), (1, 2, 0, 0), nn.MaxPool2d((1, 8))),
            *stage(4, 16, (1, 16), (7, 8, 0, 0), nn.MaxPool2d((1, 4))),
            *stage(16, 16, (1, 8), (3, 4, 0, 0), nn.MaxPool2d((1, 4))),
            *stage(16, 16, (16, 1), (0, 0, 7, 8), nn.MaxPool2d((4, 1))),
            *stage(16, 16, (8, 1), (0, 0, 3, 4), nn.AvgPool2d((2, 17))),
        )
        self.ppg = nn.Sequential(
            Q(),
            *stage(1, 4, (1, 4), (1, 2, 0, 0), nn.MaxPool2d((1, 4))),
            *stage(4, 8, (1, 4), (1, 2, 0, 0), nn.MaxPool2d((1, 4))),
            *stage(8, 16, (1, 4), (1, 2, 0, 0), nn.MaxPool2d((1, 4))),
            *stage(16, 32, (1, 8), (3, 4, 0, 0), nn.Identity()),
            *stage(32, 32, (1, 16), (7, 8, 0, 0), nn.AvgPool2d((2, 34))),
        )
        self.q_cat = Q()
        self.head = nn.Sequential(nn.Flatten(), L(48, 2))

    def forward(self, eeg, ppg):
        return self.head(torch.cat([self.q_cat(self.eeg(eeg)).value, self.q_cat(self.ppg(ppg)).value], dim=1))


def create_model() -> nn.Module:
    return calibrated(Drowsiness, NAME, INPUT_SHAPES)


def samples():
    return normals(NAME, INPUT_SHAPES)
