"""
python models/make.py --networks T1,T10-T14 --out DIR: the bundles of these networks, each in DIR/<name>; all of them without --networks.

Beside each trained or calibrated network it leaves DIR/<name>.inputs.npy and DIR/<name>.logits.npy with --more: 256 inputs that the bundle does not
hold, and what the network in PyTorch answers; for digits also DIR/<name>.labels.npy.
"""
from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
import time
import warnings
from typing import List

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "bridge")]


def chosen(text: str, networks: List[str]) -> List[str]:
    """T1,T10-T14 in the order of the table; a range takes what there is between its ends."""
    if text == "all":
        return networks
    found = set()
    for part in text.split(","):
        first, _, last = part.strip().upper().partition("-")
        ends = [first, last or first]
        unknown = [end for end in ends if end not in networks]
        if unknown:
            raise SystemExit(f"make.py: there is no network {unknown[0]}; give names such as T1,T10-T14, or all")
        found |= set(range(networks.index(ends[0]), networks.index(ends[1]) + 1))
    return [networks[position] for position in sorted(found)]


def make(name: str, out: str, more: bool) -> float:
    """Exports one network, and returns the seconds that it took."""
    import common
    import numpy as np
    import torch

    import bitwright

    torch.set_num_threads(1)
    start = time.time()
    module = importlib.import_module(name)
    model = module.create_model()
    bitwright.export(model, module.samples(), os.path.join(out, name), name)
    if more:
        size = module.INPUT_SHAPES[0][-1]
        inputs, labels = common.held_out(pictures) if pictures else (common.normals(name, module.INPUT_SHAPES, 256), None)
        given = (inputs,) if pictures else tuple(tensor[:-1] for tensor in inputs)
        with torch.no_grad():
            logits = [common.value(model(*(tensor[index : index + 1] for tensor in given))) for index in range(len(given[0]))]
        for index, tensor in enumerate(given):
            np.save(os.path.join(out, f"{name}.inputs{index or ''}.npy"), tensor.numpy())
        np.save(os.path.join(out, f"{name}.logits.npy"), torch.cat(logits).numpy())
        if labels is not None:
            np.save(os.path.join(out, f"{name}.labels.npy"), labels.numpy())
    return time.time() - start


def main() -> None:
    parser = argparse.ArgumentParser(description="Makes the bundles of the networks.")
    parser.add_argument("--networks", default="all", help="such as T1,T10-T14")
    parser.add_argument("--out", default=os.path.join(HERE, "bundles"), help="the directory of the bundles")
    parser.add_argument("--more", action="store_true", help="256 more inputs, with what PyTorch answers")
    options = parser.parse_args()
    with open(os.path.join(HERE, "networks.json")) as file:
        networks = json.load(file)
    warnings.simplefilter("ignore")
    os.makedirs(options.out, exist_ok=True)
    for key in chosen(options.networks, list(networks)):
        seconds = make(networks[key], options.out, options.more)
        print(f"{key} {networks[key]} {seconds:.1f} s", flush=True)


if __name__ == "__main__":
    main()
