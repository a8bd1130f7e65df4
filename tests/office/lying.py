"""Office files in which one part is far larger than the package says of it."""

from __future__ import annotations

import bz2
import lzma
import struct
import zipfile
import zlib
from functools import cache
from io import BytesIO

MB = 2**20
SAID = 20_000
_LZMA = {"id": lzma.FILTER_LZMA1, "dict_size": 2**23, "lc": 3, "lp": 0, "pb": 2}


def lying(data: bytes, part: str, method: str, megabytes: int) -> bytes:
    """A package as `data`, but of `part`, which unpacks to that many MB of blanks and says that it is SAID bytes."""
    number, body = _packed(method, megabytes)
    stream = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name), body if name == part else old.read(name))
    packed = bytearray(stream.getvalue())
    with zipfile.ZipFile(stream) as new:
        entry = new.getinfo(part)
    central = packed.index(part.encode(), new.start_dir) - 46
    # Method and unpacked size, in the local header and in the directory.
    for start, at, size in ((entry.header_offset, 8, 22), (central, 10, 24)):
        struct.pack_into("<H", packed, start + at, number)
        struct.pack_into("<L", packed, start + size, SAID)
    return bytes(packed)


@cache
def _packed(method: str, megabytes: int) -> tuple[int, bytes]:
    """The number of a method, and that many MB of blanks packed by it."""
    return {"deflate": _deflated, "bzip2": _bzip2, "lzma": _lzma}[method](megabytes)


def _deflated(megabytes: int) -> tuple[int, bytes]:
    blanks = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = blanks.compress(b" " * MB) + blanks.flush(zlib.Z_FULL_FLUSH)
    return zipfile.ZIP_DEFLATED, piece * megabytes + blanks.flush()


def _bzip2(megabytes: int) -> tuple[int, bytes]:
    blanks = bz2.BZ2Compressor()
    return zipfile.ZIP_BZIP2, b"".join(blanks.compress(b" " * MB) for _ in range(megabytes)) + blanks.flush()


def _lzma(megabytes: int) -> tuple[int, bytes]:
    blanks = lzma.LZMACompressor(lzma.FORMAT_RAW, filters=[_LZMA])
    head = struct.pack("<BBHBL", 9, 4, 5, 93, _LZMA["dict_size"])
    return zipfile.ZIP_LZMA, head + b"".join(blanks.compress(b" " * MB) for _ in range(megabytes)) + blanks.flush()
