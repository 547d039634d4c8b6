"""export_models.py DIRECTORY: every network of models.py and unsupported.py as a bundle; prints what each refusal shall say."""
import json
import os
import sys
import warnings

warnings.simplefilter("ignore")

import torch

import bitwright
from bitwright.compatibility import import_brevitas
from bitwright.load import make_samples

import_brevitas()
import models
import unsupported


def samples_of(shapes):
    return tuple(make_samples(",".join(map(str, (1, *shape))), seed) for seed, shape in enumerate(shapes))


for maker in models.MODELS:
    bitwright.export(models.settled(maker), samples_of(maker.shapes), os.path.join(sys.argv[1], maker.__name__))

refusals = {}
for name, (layer, shape, says) in unsupported.UNSUPPORTED.items():
    torch.manual_seed(0)
    model = layer if isinstance(layer, unsupported.Behind) else unsupported.Behind(layer)
    model.train()(torch.randn(2, *shape))
    bitwright.export(model, samples_of([shape]), os.path.join(sys.argv[1], name), name)
    refusals[name] = says
print(json.dumps({"supported": [maker.__name__ for maker in models.MODELS], "unsupported": refusals}))
