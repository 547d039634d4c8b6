"""T22: T21 with learned positions, residuals and norms."""
from common import calibrated, normals
from t21_femba_patchembedder import Femba
from torch import nn

NAME = "t22_femba_full"
INPUT_SHAPES = [(1, 10, 32)]


def make() -> nn.Module:
    return Femba((2, 2), 16, 175, inner=256, state=4, rank=16, classes=10, positions=True)


def create_model() -> nn.Module:
    return calibrated(make, NAME, INPUT_SHAPES)


def samples():
    return normals(NAME, INPUT_SHAPES)
