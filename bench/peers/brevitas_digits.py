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


def per_image(batch: int, rounds: int) -> float:
    best = float("inf")
    count = len(images) if batch > 1 else 40
    for _ in range(rounds):
        start = time.perf_counter()
        for first in range(0, count, batch):
            network(images[first : min(first + batch, count)])
        best = min(best, (time.perf_counter() - start) / count)
    return best * 1e6


with torch.no_grad():
    sizes = {str(batch): per_image(batch, 4) for batch in map(int, sys.argv[1:])}
print(json.dumps({"microseconds": sizes, "version": torch.__version__}))
