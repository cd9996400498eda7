"""Damaged files over all readers for some minutes: `python tests/fuzz.py --minutes 5`.

What fails is kept below `--keep` and named with its seed; the corpus of inputs that once failed is read first.
"""

import argparse
import itertools
import shutil
import sys
import tempfile
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "torture"))
from test_readers import SEEDS, HungError, attack, read

CORPUS = Path(__file__).parent / "data" / "corpus"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--minutes", type=float, default=5)
    arguments.add_argument("--seed", type=int, default=int(time.time()))
    arguments.add_argument("--keep", type=Path, default=Path("fuzz-failures"))
    given = arguments.parse_args()
    for path in sorted(CORPUS.iterdir()) if CORPUS.is_dir() else []:
        read(path)
    end, failures, count = time.monotonic() + 60 * given.minutes, 0, 0
    for seed in itertools.count(given.seed):
        for name in SEEDS:
            with tempfile.TemporaryDirectory() as folder:
                count += 1
                try:
                    attack(name, Path(folder), seed)
                except (Exception, HungError):
                    failures += 1
                    kept = given.keep / f"{seed}-{Path(name).name}"
                    given.keep.mkdir(exist_ok=True)
                    shutil.copy(Path(folder) / name, kept)
                    print(f"{kept}: {traceback.format_exc().splitlines()[-1]}", flush=True)
        if time.monotonic() > end:
            break
    print(f"{count} damaged files, {failures} neither read nor refused; seeds from {given.seed}")
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
