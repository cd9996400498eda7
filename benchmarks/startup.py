"""How long a user waits: `import wgan`, `wgan --help`, the first step; each beside an empty Python.

Run as `python benchmarks/startup.py`.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from rounds import report

FIRST_STEP = "import wgan; wgan.train('wgan-gp', 'digits', '{out}', iterations=1, quiet=True)"
COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "import wgan": ["-c", "import wgan"],
    "wgan --help": ["-m", "wgan", "--help"],
    "wgan recipes": ["-m", "wgan", "recipes"],
    "import torch": ["-c", "import torch"],
    "train one iteration, evaluate it, draw it": ["-c", FIRST_STEP],
}


def wait(arguments: list[str], scratch: Path, turn: int) -> float:
    """Seconds that a fresh process takes."""
    filled = [part.replace("{out}", str(scratch / f"run-{turn}")) for part in arguments]
    began = time.perf_counter()
    subprocess.run([sys.executable, *filled], check=True, capture_output=True)
    return time.perf_counter() - began


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--out", type=Path, help="directory for the table and its numbers")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        taken = [
            {name: wait(command, Path(scratch), turn) for name, command in COMMANDS.items()}
            for turn in range(arguments.rounds)
        ]
    rows = [{"command": name, "seconds": median(turn[name] for turn in taken)} for name in COMMANDS]
    report("startup", ["what", "seconds"], [[r["command"], f"{r['seconds']:.2f}"] for r in rows], rows, arguments.out)


if __name__ == "__main__":
    main()
