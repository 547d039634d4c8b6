"""T23: 80 tokens of 22 electrodes."""
from common import calibrated, normals
from t21_femba_patchembedder import Femba
from torch import nn

NAME = "t23_femba_tiny_int8"
INPUT_SHAPES = [(1, 22, 1280)]


def make() -> nn.Module:
    return Femba((2, 16), 80, 385, inner=256, state=4, rank=16, classes=2, positions=True)


def create_model() -> nn.Module:
    return calibrated(make, NAME, INPUT_SHAPES, batches=4, size=2)


def samples():
    return normals(NAME, INPUT_SHAPES)
