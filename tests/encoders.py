"""Encoded pictures that Pillow reads but cannot write: deep colours, and TIFFs of every kind of number."""

import struct
import zlib

import numpy as np

_COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}


def png(values, transparent=None):
    """A PNG of 16 bits, `(H, W, C)` with C 1 to 4: grey, grey with alpha, colour, colour with alpha."""

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    height, width, channels = values.shape
    head = struct.pack(">IIBBBBB", width, height, 16, _COLOUR_TYPES[channels], 0, 0, 0)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    see_through = b"" if transparent is None else chunk(b"tRNS", struct.pack(f">{channels}H", *transparent))
    body = chunk(b"IHDR", head) + see_through + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def tiff(values, order="<", planes=1, extra=None):
    """An uncompressed TIFF, `(H, W)` or `(H, W, C)`, of whatever kind of number.

    Args:
        values: the pixels.
        order: of the bytes, `<` or `>`.
        planes: 1 pixel by pixel, 2 channel by channel.
        extra: what the channels beyond colour are: 0 unknown, 2 transparency.
    """
    height, width = values.shape[:2]
    channels = 1 if values.ndim == 2 else values.shape[2]
    laid = values if planes == 1 or channels == 1 else values.transpose(2, 0, 1)
    body = laid.astype(values.dtype.newbyteorder(order)).tobytes()
    parts = channels if planes == 2 else 1
    size = len(body) // parts
    kind = {"u": 1, "i": 2, "f": 3}[values.dtype.kind]
    tags = {
        256: ("I", [width]),
        257: ("I", [height]),
        258: ("H", [8 * values.dtype.itemsize] * channels),
        259: ("H", [1]),
        262: ("H", [2 if channels >= 3 else 1]),
        273: ("I", [8 + part * size for part in range(parts)]),
        277: ("H", [channels]),
        278: ("I", [height]),
        279: ("I", [size] * parts),
        284: ("H", [planes]),
        339: ("H", [kind] * channels),
    }
    if extra is not None:
        tags[338] = ("H", [extra])
    start = 8 + len(body)
    beyond, entries = b"", struct.pack(f"{order}H", len(tags))
    for tag, (code, numbers) in sorted(tags.items()):
        packed = struct.pack(f"{order}{len(numbers)}{code}", *numbers)
        if len(packed) > 4:
            place = start + 2 + 12 * len(tags) + 4 + len(beyond)
            beyond, packed = beyond + packed, struct.pack(f"{order}I", place)
        entries += struct.pack(f"{order}HHI", tag, {"H": 3, "I": 4}[code], len(numbers)) + packed.ljust(4, b"\0")
    head = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(f"{order}I", start)
    return head + body + entries + bytes(4) + beyond


def ppm(values, maximum=65535):
    """A PGM or PPM of two bytes a level."""
    kind = b"P5" if values.ndim == 2 else b"P6"
    head = b"%s\n%d %d\n%d\n" % (kind, values.shape[1], values.shape[0], maximum)
    return head + values.astype(">u2").tobytes()


def grey(kind, low, high, seed=0, shape=(6, 5)):
    """Random levels of a kind of number."""
    rng = np.random.default_rng(seed)
    if np.dtype(kind).kind == "f":
        return rng.uniform(low, high, shape).astype(kind)
    return rng.integers(low, high, shape).astype(kind)
