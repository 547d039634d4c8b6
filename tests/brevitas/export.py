"""
python export.py OUT [NAME ...]: the bundles of the models beside this file, each in a directory of its name, and what it took.

A model's module has INPUTS, the shapes of one sample of each input, and create_model(); its own samples() where those of common.py will not do.
Prints one line of JSON: {name: {"seconds": s}, {"refused": sentence}, or {"absent": package} where a model needs one that is not installed}.
"""
import importlib
import json
import os
import sys
import time
import warnings

HERE = os.path.dirname(os.path.abspath(__file__))
MODELS = os.path.join(HERE, "models")
sys.path[:0] = [MODELS, os.path.join(HERE, "..", "..", "bridge")]
SHARED = {"common", "digits"}


def main(out, names):
    warnings.simplefilter("ignore")
    import torch
    from bitwright import Refused, export
    from common import samples

    torch.set_num_threads(1)
    names = names or sorted(file[:-3] for file in os.listdir(MODELS) if file.endswith(".py") and file[:-3] not in SHARED)
    found = {}
    for name in names:
        start = time.time()
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError as error:
            found[name] = {"absent": error.name}
            continue
        model = module.create_model()
        given = (module.samples(),) if hasattr(module, "samples") else tuple(samples(shape, seed) for seed, shape in enumerate(module.INPUTS))
        try:
            export(model, given, os.path.join(out, name), name)
            found[name] = {"seconds": round(time.time() - start, 2)}
        except Refused as refused:
            found[name] = {"refused": str(refused)}
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
