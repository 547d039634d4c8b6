"""
python export.py OUT [NAME ...] [--seeds N] [--more N]: the bundles of the models beside this file, each in a directory of its name.

A model's module has INPUTS, the shapes of one sample of each input, and create_model(seed); its own samples() where those of common.py will not do.
With --seeds each model is made N times, as NAME-0, NAME-1 and so on; --more adds samples of normal(0, 1).
Prints one line of JSON: {name: {"seconds": s}, {"refused": sentence}, or {"absent": package} where a model needs one that is not installed}.
"""
import argparse
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


def given(module, more):
    import torch
    from common import samples

    if hasattr(module, "samples"):
        return (module.samples(),)
    return tuple(torch.cat([samples(shape, seed), torch.randn(more, *shape)]) for seed, shape in enumerate(module.INPUTS))


def save(out, name, module, arguments, more):
    from bitwright import Refused, export

    start = time.time()
    model = module.create_model(*arguments)
    try:
        export(model, given(module, more), os.path.join(out, name), name)
    except Refused as refused:
        return {"refused": str(refused)}
    return {"seconds": round(time.time() - start, 2)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--seeds", type=int, default=0)
    parser.add_argument("--more", type=int, default=0)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    import torch

    torch.set_num_threads(1)
    found = {}
    for name in options.names or sorted(file[:-3] for file in os.listdir(MODELS) if file.endswith(".py") and file[:-3] not in SHARED):
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError as error:
            found[name] = {"absent": error.name}
            continue
        makings = [(f"{name}-{seed}", (seed,)) for seed in range(options.seeds)] or [(name, ())]
        for bundle, arguments in makings:
            found[bundle] = save(options.out, bundle, module, arguments, options.more)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
