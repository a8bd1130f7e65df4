"""What passes between a parent and its workers: pickled messages of known length."""

from __future__ import annotations

import pickle
import struct
from dataclasses import dataclass
from typing import IO, Any

_LENGTH = struct.Struct("<Q")


@dataclass(frozen=True, slots=True)
class Failed:
    """A call that raised: `cause` in one line, `details` for whoever mends the program."""

    cause: str
    details: str
    memory: bool = False


READY = "ready"


def send(stream: IO[bytes], message: object) -> None:
    """Write one message. OSError, ValueError: the other side is gone."""
    data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    stream.write(_LENGTH.pack(len(data)) + data)
    stream.flush()


def receive(stream: IO[bytes]) -> Any:
    """Read one message. EOFError: the other side is gone."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(head)
    data = stream.read(length)
    if len(data) < length:
        raise EOFError
    return pickle.loads(data)  # noqa: S301 - from our own parent, over our own pipe
