"""
python models/make.py --networks T1,T10-T14 --out DIR: the bundles of these networks, each in DIR/<name>; all of them without --networks.

With --more it leaves 256 inputs that the bundle does not hold, DIR/<name>.inputs.npy (inputs1.npy of a second input), and what the network in PyTorch
answers, DIR/<name>.logits.npy; for digits also DIR/<name>.labels.npy.
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


def make(name: str, out: str, more: bool) -> str:
    """Exports one network, and returns what there is to say of it."""
    import common
    import numpy as np
    import torch

    import bitwright

    torch.set_num_threads(1)
    start = time.time()
    module = importlib.import_module(name)
    model = module.create_model()
    bitwright.export(model, module.samples(), os.path.join(out, name), name)
    given, labels = common.more_inputs(name, module)
    said = ""
    if more or labels is not None:
        with torch.no_grad():
            logits = torch.cat([common.value(model(*one)) for one in zip(*(tensor.split(1) for tensor in given))])
    if labels is not None:
        said = f", {100 * float((logits.argmax(1) == labels).float().mean()):.1f} % of {len(labels)} held-out digits right"
    if more:
        files = {**{f"inputs{index or ''}": tensor for index, tensor in enumerate(given)}, "logits": logits}
        for role, tensor in {**files, **({} if labels is None else {"labels": labels})}.items():
            np.save(os.path.join(out, f"{name}.{role}.npy"), tensor.numpy())
    return f"{time.time() - start:.1f} s{said}"


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
        print(f"{key} {networks[key]} {make(networks[key], options.out, options.more)}", flush=True)


if __name__ == "__main__":
    main()
