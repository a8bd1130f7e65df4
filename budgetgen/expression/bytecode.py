"""Compiled templates kept between runs, so that the shell's next build need not compile them again.

Only bytecode that this user's own runs wrote is read; whatever is faulty or foreign is compiled anew.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING
from zlib import crc32

from jinja2 import FileSystemBytecodeCache, compiler

if TYPE_CHECKING:
    from jinja2 import Environment
    from jinja2.bccache import Bucket

VARIABLE = "BUDGETGEN_CACHE"
"""A folder for what is kept; `-` keeps nothing."""


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
    chosen = os.environ.get(VARIABLE, "")
    if chosen == "-":
        return None
    folder = Path(chosen) if chosen else _user_cache() / "budgetgen"
    place = folder / f"jinja-{sys.implementation.cache_tag}-{_language():08x}"
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        if hasattr(os, "getuid") and place.stat().st_uid != os.getuid():
            return None
    except OSError:
        return None
    return KeptBytecode(str(place))


def _language() -> int:
    """Tells versions of this package and of Jinja apart: the same template is other code when the language changes."""
    jinja = Path(compiler.__file__).stat()
    mark = crc32(f"{jinja.st_size} {jinja.st_mtime_ns}".encode())
    for module in sorted(Path(__file__).parent.glob("*.py")):
        mark = crc32(module.read_bytes(), mark)
    return mark


def _user_cache() -> Path:
    """Where this system keeps what programs can make again."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


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
