"""How a question and its files travel between a page and a server: JSON with the files behind it.

length of the JSON (4 bytes, little-endian) | {"ask": {…}, "files": [["填报表.xlsx", 31415], …]} | the files end to end
"""

from __future__ import annotations

import json
import struct
from typing import Any

from budgetgen.web.desk import Files

_LENGTH = struct.Struct("<I")


class NotFramedError(ValueError):
    """What came is no question."""


def framed(told: dict[str, Any], files: Files) -> bytes:
    """Data and files as one."""
    named = [[name, len(data)] for name, data in files.items()]
    head = json.dumps({**told, "files": named}, ensure_ascii=False).encode()
    return b"".join([_LENGTH.pack(len(head)), head, *files.values()])


def unframed(data: bytes) -> tuple[dict[str, Any], dict[str, bytes]]:
    """What was framed. NotFramedError: it was not, or it says other sizes than it has."""
    try:
        (length,) = _LENGTH.unpack_from(data)
        told = json.loads(data[_LENGTH.size : _LENGTH.size + length])
        at, files = _LENGTH.size + length, {}
        for name, size in told["files"]:
            if size < 0:
                raise NotFramedError("a file of negative size")
            files[str(name)] = data[at : at + size]
            at += size
    except (struct.error, ValueError, KeyError, TypeError, RecursionError) as e:
        raise NotFramedError(str(e)) from e
    if at != len(data) or not isinstance(told, dict):
        raise NotFramedError("sizes that do not add up")
    return told, files
