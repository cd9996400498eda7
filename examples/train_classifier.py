"""Trains the classifiers whose features come with the package, on MNIST or on Fashion-MNIST.

    OMP_NUM_THREADS=1 python examples/train_classifier.py mnist --out digits.safetensors

takes about eight minutes of one core, and Fashion-MNIST with half as many passes four. Weights are kept in float16; the
accuracy on the test images, in the file's metadata, is that of the kept weights.
"""

import argparse
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

from wgan.data import open_source
from wgan.data.source import FiniteSource
from wgan.metrics.features.classifier import ClassifierNetwork
from wgan.randomness import stream

EPOCHS = 10
BATCH, RATE = 128, 4e-3


def labelled(source: FiniteSource) -> tuple[Tensor, Tensor]:
    """All images in [0, 1] and their classes."""
    order = torch.randperm(len(source), generator=stream(0, "order"))
    images = source.scaling.decode(source.subset(len(source), stream(0, "order")))
    return images.float(), source.labels[order]


def moved(images: Tensor, rng: torch.Generator, mirror: bool) -> Tensor:
    """Each image turned by up to 10°, scaled by up to a tenth and shifted by up to two pixels."""
    turn, size, across, down, side = torch.rand(5, len(images), generator=rng) * 2 - 1
    angle, scale = turn * torch.pi / 18, 1 + size / 10
    cos, sin = scale * angle.cos(), scale * angle.sin()
    flip = side.sign() if mirror else 1
    rows = [torch.stack([flip * cos, -sin, across / 7], 1), torch.stack([flip * sin, cos, down / 7], 1)]
    grid = functional.affine_grid(torch.stack(rows, 1), list(images.shape), align_corners=False)
    return functional.grid_sample(images, grid, align_corners=False)


def fit(images: Tensor, labels: Tensor, mirror: bool, epochs: int) -> ClassifierNetwork:
    """The classifier after `epochs` passes of Adam, the rate rising and falling once."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = ClassifierNetwork()
    steps = epochs * (len(images) // BATCH)
    optimizer = torch.optim.AdamW(network.parameters(), RATE, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, steps)
    criterion, rng, step = nn.CrossEntropyLoss(label_smoothing=0.05), stream(0, "augmentation"), 0
    for epoch in range(epochs):
        order = torch.randperm(len(images), generator=stream(0, "epoch", epoch))
        for rows in order[: len(order) // BATCH * BATCH].split(BATCH):
            loss = criterion(network(moved(images[rows], rng, mirror)), labels[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            step += 1
            if step % 100 == 0:
                print(f"epoch {epoch + 1}, step {step:,} of {steps:,}, loss {loss.item():.3f}", flush=True)
    return network.eval()


def kept(network: nn.Module) -> dict[str, Tensor]:
    """The weights as they are stored: floats in float16, counters left out."""
    return {name: value.half() for name, value in network.state_dict().items() if value.is_floating_point()}


@torch.no_grad()
def accuracy(network: nn.Module, images: Tensor, labels: Tensor) -> float:
    """The share of images whose class is found."""
    found = [network(part).argmax(1) for part in images.split(500)]
    return (torch.cat(found) == labels).double().mean().item()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", choices=["mnist", "fashion-mnist"])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--limit", type=int, help="use only so many images, to try the script")
    options = parser.parse_args()
    train, test = (labelled(part) for part in open_source(options.data, limit=options.limit, dequantize=0).split())
    network = fit(*train, options.data == "fashion-mnist", options.epochs)
    weights = kept(network)
    network.load_state_dict({**network.state_dict(), **weights})
    share = accuracy(network, *test)
    save_file(weights, options.out, {"data": options.data, "test_accuracy": f"{share:.4f}"})
    print(f"{options.out}: {share:.2%} of the {len(test[0]):,} test images of {options.data}")


if __name__ == "__main__":
    main()
