r"""The continuous W₁ benchmark for the classical methods, briefly trained: one small network, a few hundred steps.

python benchmarks/classical.py --json docs/measure-classical.json                      measures what is missing
python benchmarks/classical.py --json docs/measure-classical.json --markdown table.md  and writes the tables

All share one network (three layers of 128), batch 256, Adam and 120 steps; each has its paper's constraint or loss.
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity
from w1_benchmark import PROBES, PUBLISHED, gradient

from wgan.critic import CriticStep
from wgan.data import Pair
from wgan.data.pairs.funnels import funnel_pair
from wgan.lipschitz import GP, LP, Clipping, LipschitzMethod, Orthogonal, SpectralNorm
from wgan.losses import CoWGAN, CTransform, EntropicCTransform, Loss, Wasserstein
from wgan.networks import MLP
from wgan.optimizers import Adam
from wgan.randomness import stream

STEPS, BATCH, POOL, WIDTHS = 120, 256, 1 << 14, (128, 128, 128)

Method = tuple[Loss, list[LipschitzMethod], str]
METHODS: dict[str, Method] = {
    "clipping": (Wasserstein(), [Clipping(c=0.01)], "ReLU"),
    "GP": (Wasserstein(), [GP(weight=10.0)], "ReLU"),
    "LP": (Wasserstein(), [LP(weight=10.0)], "ReLU"),
    "SN": (Wasserstein(), [SpectralNorm()], "LeakyReLU"),
    "GroupSort": (Wasserstein(), [Orthogonal()], "MaxMin"),
    "c-transform": (CTransform(), [], "ReLU"),
    "(c, ε)": (EntropicCTransform(epsilon=0.1), [], "ReLU"),
    "CoWGAN": (CoWGAN(), [], "ReLU"),
}


def trained(method: Method, real: Tensor, fake: Tensor) -> torch.nn.Module:
    loss, methods, activation = method
    torch.manual_seed(0)
    critic = MLP(widths=WIDTHS, activation=activation).build_critic(tuple(real.shape[1:]))
    for constraint in methods:
        constraint.parametrize(critic)
    step = CriticStep(critic, loss, methods, Adam(lr=1e-3, betas=(0.0, 0.9)).build(critic.parameters()))
    for k in range(STEPS):
        chance = stream(0, "batch", k)
        rows = torch.randint(len(real), (2, BATCH), generator=chance)
        step(real[rows[0]], fake[rows[1]], step=k, progress=k / STEPS, rng=chance)
    return critic.eval()


def measure(pair: Pair, real: Tensor, fake: Tensor, name: str) -> dict[str, Any]:
    began = time.process_time()
    critic = trained(METHODS[name], real[:POOL], fake[:POOL])
    seconds = time.process_time() - began
    probes = pair.real.sample(PROBES, stream(0, "probes"))
    true, fitted = gradient(pair.potential, probes), gradient(critic, probes.float())
    with torch.no_grad():
        value = float(critic(real[POOL:]).mean() - critic(fake[POOL:]).mean())
    return {
        "method": name, "value": value, "ratio": value / pair.w1, "cpu_seconds": round(seconds, 1),
        "cosine": float(cosine_similarity(true, fitted).mean()), "l2": float((true - fitted).square().sum(1).mean()),
    }  # fmt: skip


def table(rows: list[dict[str, Any]], key: str) -> str:
    found = {(row["dim"], row["funnels"], row["method"]): row[key] for row in rows}
    lines = [f"| D | N | {' | '.join(METHODS)} |", "|--:|--:|" + "--:|" * len(METHODS)]
    for dim, count in PUBLISHED:
        cells = [found.get((dim, count, name)) for name in METHODS]
        shown = ("–" if cell is None else f"{cell:.3f}" if abs(cell) < 100 else f"{cell:.0f}" for cell in cells)
        lines.append(f"| {dim} | {count} | {' | '.join(shown)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, required=True, help="finished rows, read and appended to")
    parser.add_argument("--cells", default="", help="only these, such as 2x4,128x256")
    parser.add_argument("--markdown", type=Path, help="where to write the tables of cosines, L2 and values")
    arguments = parser.parse_args()
    rows = json.loads(arguments.json.read_text()) if arguments.json.exists() else []
    done = {(row["dim"], row["funnels"], row["method"]) for row in rows}
    wanted = [tuple(map(int, cell.split("x"))) for cell in arguments.cells.split(",") if cell] or list(PUBLISHED)
    for dim, count in wanted:
        missing = [name for name in METHODS if (dim, count, name) not in done]
        if not missing:
            continue
        pair = funnel_pair(dim, count, 0)
        real, fake = (side.sample(2 * POOL, stream(0, side.name, "pool")).float() for side in (pair.real, pair.fake))
        for name in missing:
            rows.append({"dim": dim, "funnels": count, **measure(pair, real, fake, name)})
            arguments.json.write_text(json.dumps(rows, indent=1) + "\n")
            print(json.dumps(rows[-1]), flush=True)
    if arguments.markdown:
        arguments.markdown.write_text("\n".join(table(rows, key) for key in ("cosine", "l2", "ratio")))


if __name__ == "__main__":
    main()
