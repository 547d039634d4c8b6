"""
PyTorch running the modules of I-ViT on one thread: the shortest time per image in milliseconds for some batch sizes. The modules are the
bridge's, which quantise their weights once; those of the checkout that BITWRIGHT_IVIT names, where it is set.
"""

import json
import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bridge"))
sys.dont_write_bytecode = True

import numpy as np  # noqa: E402
import torch  # noqa: E402
from bitwright.ivit.checkpoint import load_state  # noqa: E402
from bitwright.ivit.dumps import build, sizes_of  # noqa: E402

torch.set_num_threads(1)
torch.set_num_interop_threads(1)

checkpoint, images = sys.argv[1:3]
state = load_state(checkpoint)
model = build(state, sizes_of(checkpoint, state, None), os.environ.get("BITWRIGHT_IVIT") or None)
pictures = torch.from_numpy(np.load(images))


def per_image(batch: int) -> float:
    """The shorter of two runs after one that warms up."""
    best = float("inf")
    for run in range(3):
        start = time.perf_counter()
        model(pictures[:batch])
        if run > 0:
            best = min(best, time.perf_counter() - start)
    return best / batch * 1e3


with torch.no_grad():
    sizes = {batch: per_image(int(batch)) for batch in sys.argv[3:]}
print(json.dumps({"milliseconds": sizes, "version": torch.__version__}))
