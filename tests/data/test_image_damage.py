"""Damaged pictures of every format are read, skipped or refused in one line, soon; Ctrl-C ends a reading at once."""

import io
import os
import random
import signal
import subprocess
import sys
import time
import warnings

import numpy as np
import pytest
from PIL import Image

from encoders import grey, png, ppm, tiff
from wgan.data import open_source
from wgan.data.images import encoded
from wgan.errors import InputError
from wgan.randomness import stream

SECONDS = 5
PIXELS = np.random.default_rng(0).integers(0, 256, (3, 8, 8, 3), dtype=np.uint8)
DEEP = grey(np.uint16, 0, 65536, shape=(8, 8, 4))


def saved(kind, pages=1, **options):
    file = io.BytesIO()
    first, *rest = [Image.fromarray(pixels) for pixels in PIXELS[:pages]]
    first.save(file, kind, **({"save_all": True, "append_images": rest} if rest else {}), **options)
    return file.getvalue()


FORMATS = {
    "a.png": lambda: saved("PNG"),
    "alpha.png": lambda: png(DEEP),
    "pair.png": lambda: png(DEEP[..., :2]),
    "deep.png": lambda: png(DEEP[..., :3], transparent=(1, 2, 3)),
    "moving.png": lambda: saved("PNG", 3),
    "a.jpg": lambda: saved("JPEG"),
    "still.webp": lambda: saved("WEBP"),
    "moving.webp": lambda: saved("WEBP", 3),
    "moving.gif": lambda: saved("GIF", 3),
    "stack.tif": lambda: saved("TIFF", 3),
    "packed.tif": lambda: saved("TIFF", 3, compression="tiff_lzw"),
    "deep.tif": lambda: tiff(DEEP[..., :3]),
    "real.tif": lambda: tiff(grey(np.float32, 0, 1, shape=(8, 8)), ">"),
    "a.bmp": lambda: saved("BMP"),
    "a.tga": lambda: saved("TGA", compression="tga_rle"),
    "a.jp2": lambda: saved("JPEG2000"),
    "deep.ppm": lambda: ppm(DEEP[..., :3], 60000),
    "a.pfm": lambda: saved("PPM").replace(b"P6", b"P5"),
}


def damaged(content, draw):
    data = bytearray(content)
    for _ in range(draw.choice((1, 1, 2, 8))):
        at = draw.randrange(len(data))
        match draw.randrange(4):
            case 0 | 1:
                data[at] ^= 1 << draw.randrange(8)
            case 2:
                del data[max(1, at) :]
            case 3:
                data[at : at + 4] = draw.choice((b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff"))
    return bytes(data)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("streamed", [False, True])
def test_damaged_pictures_are_read_skipped_or_refused(tmp_path, monkeypatch, name, streamed):
    for number in range(2):
        Image.fromarray(PIXELS[number]).save(tmp_path / f"good{number}.png")
    if streamed:
        monkeypatch.setattr(encoded, "available_memory", lambda: 100)
    for seed in range(25):
        (tmp_path / name).write_bytes(damaged(FORMATS[name](), random.Random(f"{name}{seed}")))
        start = time.process_time()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", UserWarning)
            refusal = ""
            try:
                source = open_source(str(tmp_path))
                assert source.subset(len(source), stream(0)).isfinite().all()
            except InputError as error:
                refusal = str(error)
        assert time.process_time() - start < SECONDS, seed
        assert "\n" not in refusal
        assert all("\n" not in str(warning.message) for warning in caught)


def test_an_interrupt_ends_reading_at_once(tmp_path):
    for number in range(2000):
        Image.fromarray(np.zeros((8, 8), np.uint8)).save(tmp_path / f"{number}.png")
    program = f"""
import time
from wgan.data import open_source
from wgan.data.images import encoded
real = encoded.decode
def slow(*arguments):
    time.sleep(0.5)
    return real(*arguments)
encoded.decode = slow
print("reading", flush=True)
open_source({str(tmp_path)!r})
"""
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ
    ) as process:
        assert process.stdout.readline() == b"reading\n"
        time.sleep(1)
        start = time.monotonic()
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)
        assert time.monotonic() - start < 30  # of more than two minutes that reading would take
        assert b"KeyboardInterrupt" in process.stderr.read()
