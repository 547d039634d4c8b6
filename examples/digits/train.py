"""
Trains the digits network with Brevitas and writes the files beside this one: a checkpoint, the held-out images, and what Brevitas makes of them.

    pip install torch brevitas scikit-learn
    python train.py --out .
    bitwright extract --model-file model.py --checkpoint checkpoint.pth --sample heldout_inputs.npy --out bundle

Data: scikit-learn's 1,797 handwritten digits, 8x8 grey levels from 0 to 16; the first 1,198 for training, the last 599 held out. The last
checkpoint is kept, not a chosen one. Training takes a few minutes on one core; another machine or version gives other weights and about the same accuracy.
"""
import argparse
import math
import os

import numpy as np
import torch
import torch.nn.functional as F
from model import DigitsNet
from sklearn.datasets import load_digits

TRAINING = 1198


def augmented(images, generator):
    """Each image turned by up to 12 degrees, scaled by up to 12 %, sheared and shifted by up to a pixel."""
    count = len(images)

    def uniform(limit):
        return (torch.rand(count, generator=generator) * 2 - 1) * limit

    angle, scale, shear = uniform(math.radians(12)), 1 + uniform(0.12), uniform(0.1)
    cosine, sine = torch.cos(angle) / scale, torch.sin(angle) / scale
    shift = 2 / 8
    top = torch.stack([cosine, shear - sine, uniform(shift)], dim=1)
    bottom = torch.stack([sine, cosine, uniform(shift)], dim=1)
    grid = F.affine_grid(torch.stack([top, bottom], dim=1), images.shape, align_corners=False)
    return F.grid_sample(images, grid, align_corners=False)


def train(model, images, labels, epochs, generator):
    batch = 32
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=1e-2)
    steps = epochs * math.ceil(len(images) / batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=4e-3, total_steps=steps)
    for epoch in range(epochs):
        model.train()
        total = 0.0
        for chosen in torch.randperm(len(images), generator=generator).split(batch):
            loss = F.cross_entropy(model(augmented(images[chosen], generator)), labels[chosen], label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * len(chosen)
        print(f"epoch {epoch + 1} of {epochs}: loss {total / len(images):.4f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description="Trains the digits network.")
    parser.add_argument("--out", required=True, help="directory for the checkpoint and the arrays")
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()

    torch.manual_seed(options.seed)
    digits = load_digits()
    inputs = torch.from_numpy((digits.images / 16).astype(np.float32))[:, None]
    labels = torch.from_numpy(digits.target.astype(np.int64))
    model = DigitsNet()
    train(model, inputs[:TRAINING], labels[:TRAINING], options.epochs, torch.Generator().manual_seed(options.seed))

    model.eval()
    with torch.no_grad():
        logits = model(inputs[TRAINING:])
    predictions = logits.argmax(1)
    right = int((predictions == labels[TRAINING:]).sum())
    print(f"held out: {right} of {len(predictions)} right ({100 * right / len(predictions):.2f} %)")

    os.makedirs(options.out, exist_ok=True)
    torch.save(model.state_dict(), os.path.join(options.out, "checkpoint.pth"))
    arrays = {
        "heldout_images": digits.images[TRAINING:].astype(np.uint8),
        "heldout_inputs": inputs[TRAINING : TRAINING + 16].numpy(),
        "heldout_labels": digits.target[TRAINING:].astype(np.uint8),
        "heldout_logits": logits.numpy(),
        "heldout_predictions": predictions.numpy().astype(np.uint8),
    }
    for name, array in arrays.items():
        np.save(os.path.join(options.out, f"{name}.npy"), array)


if __name__ == "__main__":
    main()
