"""
python export_reference.py REFERENCE OUT: the bundles of the reference networks, traced anew.

digits_cnn on all held-out pictures; the others on their stored samples and 32 of normal(0, 1), as the reference's own agreement was measured.
"""
import glob
import os
import sys
import warnings

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "bridge"))


def main(reference, out):
    warnings.simplefilter("ignore")
    import numpy as np
    from bitwright import export, load
    from bitwright.compatibility import import_brevitas

    import_brevitas()
    random = np.random.RandomState(0)
    for checkpoint in sorted(glob.glob(os.path.join(reference, "*.pth"))):
        stem = checkpoint[: -len(".pth")]
        name = os.path.basename(stem)
        model = load.build(load.import_file(stem + ".py"), stem + ".py", "Net", {})
        load.load_checkpoint(model, checkpoint)
        if name == "digits_cnn":
            given = [np.load(os.path.join(reference, "digits_heldout_images.npy"))[:, None].astype(np.float32) / 16]
        else:
            stored = [np.load(path) for path in sorted(glob.glob(stem + "_input*.npy"))]
            given = [np.concatenate([array, random.standard_normal((32, *array.shape[1:])).astype(np.float32)]) for array in stored]
        export(model, tuple(given), os.path.join(out, name), name)


if __name__ == "__main__":
    main(*sys.argv[1:])
