"""Compiled templates kept between runs, so that the shell's next build need not compile them again.

Only bytecode that this user's own runs wrote is read; whatever is faulty or foreign is compiled anew.
"""

from __future__ import annotations

import sys
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING
from zlib import crc32

from jinja2 import FileSystemBytecodeCache, compiler

from budgetgen.resources import cache_folder, carrier

if TYPE_CHECKING:
    from jinja2 import Environment
    from jinja2.bccache import Bucket


class KeptBytecode(FileSystemBytecodeCache):
    """Bytecode in files; one that can't be read is as good as none."""

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill `bucket` from its file, if that is whole."""
        try:
            super().load_bytecode(bucket)
        except Exception:  # noqa: BLE001 - a damaged file may fail in any way, and is written anew
            bucket.reset()


@cache
def bytecode_cache() -> KeptBytecode | None:
    """The place of compiled templates for this Python and this Jinja, or None where nothing can be kept."""
    place = cache_folder(f"jinja-{sys.implementation.cache_tag}-{_language():08x}")
    return KeptBytecode(str(place)) if place else None


def _language() -> int:
    """Tells versions of this package and of Jinja apart: the same template is other code when the language changes.

    No source is needed: where there is none, the file that carries the code tells.
    """
    jinja = carrier(compiler.__file__).stat()
    mark = crc32(f"{jinja.st_size} {jinja.st_mtime_ns}".encode())
    own = carrier(__file__)
    for module in sorted(own.parent.glob("*.py")) if own == Path(__file__) else [own]:
        stat = module.stat()
        mark = crc32(
            module.read_bytes() if module.suffix == ".py" else f"{stat.st_size} {stat.st_mtime_ns}".encode(), mark
        )
    return mark


def compiled(env: Environment, source: str, name: str, filename: str) -> CodeType:
    """The code of a template's source: kept from an earlier run, or compiled and kept. Jinja's errors as they come."""
    kept = env.bytecode_cache
    if kept is None:
        return env.compile(source, name=name, filename=filename)
    # Parts of several files have one name: what tells them apart is their source.
    bucket = kept.get_bucket(env, sha256(source.encode("utf-8", "surrogatepass")).hexdigest(), filename, source)
    if bucket.code is None:
        bucket.code = env.compile(source, name=name, filename=filename)
        kept.set_bucket(bucket)
    return bucket.code
