"""Exports one network twice, and prints whether the files are the same."""
import os
import tempfile

import bitwright
from bitwright.compatibility import import_brevitas
from bitwright.load import make_samples

import_brevitas()
import models

with tempfile.TemporaryDirectory() as directory:
    found = []
    for _ in range(2):
        path = os.path.join(directory, "bundle")
        bitwright.export(models.settled(models.InPlace), make_samples("1,4,6", 0), path)
        found.append([open(os.path.join(path, name), "rb").read() for name in ("bundle.json", "tensors.safetensors")])
print("same bytes" if found[0] == found[1] else "other bytes")
