"""PyTorch running the Brevitas model of examples/digits on one thread: the shortest time per image in microseconds for some batch sizes."""

import json
import pathlib
import sys
import time

import numpy as np
import torch

torch.set_num_threads(1)
torch.set_num_interop_threads(1)

example = pathlib.Path(__file__).resolve().parents[2] / "examples" / "digits"
sys.path.insert(0, str(example))
sys.dont_write_bytecode = True
from model import create_model  # noqa: E402

network = create_model()
network.load_state_dict(torch.load(example / "checkpoint.pth", weights_only=True))
network.eval()
images = torch.from_numpy(np.load(example / "heldout_images.npy").astype(np.float32) / 16).reshape(-1, 1, 8, 8)


def per_image(batch: int) -> float:
    """The fastest batch counts, as the fastest stretch of images does on the other side."""
    best = float("inf")
    end = time.perf_counter() + 0.5
    while time.perf_counter() < end:
        for first in range(0, len(images) - batch + 1, batch):
            start = time.perf_counter()
            network(images[first : first + batch])
            best = min(best, time.perf_counter() - start)
    return best / batch * 1e6


with torch.no_grad():
    sizes = {str(batch): per_image(batch) for batch in map(int, sys.argv[1:])}
print(json.dumps({"microseconds": sizes, "version": torch.__version__}))
