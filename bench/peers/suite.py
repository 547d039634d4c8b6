"""A network of models/ in PyTorch on one thread: its bundle in the given directory, and the shortest time of one input in milliseconds."""

import importlib
import json
import pathlib
import sys
import time
import warnings

models = pathlib.Path(__file__).resolve().parents[2] / "models"
sys.path[:0] = [str(models), str(models.parent / "bridge")]
sys.dont_write_bytecode = True
warnings.simplefilter("ignore")

import torch  # noqa: E402

import bitwright  # noqa: E402

torch.set_num_threads(1)
torch.set_num_interop_threads(1)

name, directory = sys.argv[1:]
module = importlib.import_module(name)
model = module.create_model()
bitwright.export(model, module.samples(), directory, name)
sample = [tensor[:1] for tensor in module.samples()]
best = float("inf")
end = time.perf_counter() + 2
with torch.no_grad():
    while time.perf_counter() < end:
        start = time.perf_counter()
        model(*sample)
        best = min(best, time.perf_counter() - start)
print(json.dumps({"milliseconds": best * 1e3, "version": torch.__version__}))
