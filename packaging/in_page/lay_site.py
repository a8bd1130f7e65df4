"""Runs inside Pyodide while the page is packed: lays the wheels out as bytecode, warms what runs keep, gives one image."""

from __future__ import annotations

import compileall
import importlib._bootstrap_external as external
import importlib.util
import io
import json
import os
import py_compile
import struct
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path

SITE, CACHE, STDLIB = Path("/site"), Path("/cache"), "/lib/python314.zip/"
WHEN = 1767225600
KEPT_SOURCE = SITE / "jinja2" / "compiler.py"
"""The name of the kept templates holds its size and time."""
COMPILED = CACHE / "templates"
"""Compiled templates, too large to go along; a file in the place of their folder, so that the page writes none."""
LEFT_OUT = (".pyi", ".c", ".h", ".pxd", ".pyx", "py.typed")
NOT_HERE = (
    "/tests/",
    "budgetgen/cli/",
    "budgetgen/batch/",
    "budgetgen/web/page/",
    "budgetgen/web/server.py",
    "pdfminer/cmap/",
)
NEVER_USED = (
    "_pyrepl/", "_ios_support", "_sysconfigdata", "asyncio/proactor", "asyncio/windows", "bdb", "cProfile", "concurrent/futures/process",
    "curses/", "dbm/", "doctest", "encodings/cp7", "encodings/cp8", "encodings/iso8859_", "encodings/koi8", "encodings/mac_",
    "ensurepip/", "ftplib", "http/", "idlelib/", "imaplib", "lib2to3/", "logging/config", "logging/handlers", "mailbox",
    "multiprocessing/", "optparse", "pdb", "pickletools", "plistlib", "poplib", "profile", "pstats", "pydoc", "smtplib", "socketserver",
    "sqlite3/", "tarfile", "tkinter/", "trace.", "turtle", "unittest/", "urllib/request", "venv/", "wsgiref/", "xmlrpc/",
)  # fmt: skip
"""Of Python's library: programs for people who write Python, and what asks or serves a network."""
PACKERS = {"compileall.py", "py_compile.py", "filecmp.py"}


def lay(wheels: str) -> None:
    """The wheels' files under /site, as bytecode that is never held against a source."""
    for wheel in sorted(Path(wheels).glob("*.whl")):
        with zipfile.ZipFile(wheel) as package:
            for entry in package.infolist():
                if _wanted(entry):
                    target = SITE / entry.filename
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(package.read(entry))
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    compileall.compile_dir(str(SITE), quiet=1, legacy=True, optimize=2, invalidation_mode=mode)
    for source in SITE.rglob("*.py"):
        if source != KEPT_SOURCE:
            source.unlink()
    _stamp()


def _wanted(entry: zipfile.ZipInfo) -> bool:
    name = entry.filename
    told = ".dist-info/" not in name or name.endswith(("METADATA", "LICENSE", "LICENSE.txt", "LICENCE.rst", "COPYING"))
    return not entry.is_dir() and told and not name.endswith(LEFT_OUT) and not any(part in name for part in NOT_HERE)


def warm(examples: str, units: Iterable[str]) -> None:
    """Build units, so that what runs keep is kept, and what a build imports is known."""
    from budgetgen.web.protocol import answer  # noqa: PLC0415 - it is laid out only now

    CACHE.mkdir()
    for unit in units:
        data = Path(examples, unit).read_bytes()
        acts = ["identify", "check", "look", "build", "convert", "report", "profiles"]
        told = answer({"acts": acts, "main": "unit.yaml", "target": "填报表.xlsx"}, {"unit.yaml": data})
        if not told.told["build"]["files"]:
            raise SystemExit(f"{unit} does not build")
        form = {"填报表.xlsx": told.files["填报表.xlsx"]}
        answer({"acts": ["identify", "check", "set"], "main": "填报表.xlsx", "values": {"年度": "2024"}}, form)
        for name, made in told.files.items():
            if name.endswith(".docx"):
                answer({"acts": ["identify", "audit"], "file": name}, {name: made})
    _stamp()


def _stamp() -> None:
    for top in (SITE, CACHE):
        for path in top.rglob("*"):
            os.utime(path, (WHEN, WHEN))


def image(loaded: str) -> bytes:
    """The length of an index, the index (names and sizes), the files end to end: all but those of modules that are `loaded`.

    Compiled parts are named alone: what they hold is loaded before Python starts.
    """
    there = set(json.loads(loaded))
    found = (p for top in (SITE, CACHE) for p in top.rglob("*") if p.is_file())
    files = {str(p): b"" if p.suffix == ".so" else p.read_bytes() for p in sorted(found) if str(p) not in there}
    files = {name: data for name, data in files.items() if not name.startswith(f"{COMPILED}/")} | {str(COMPILED): b""}
    index = json.dumps([[name, len(data)] for name, data in files.items()]).encode()
    return struct.pack("<I", len(index)) + index + b"".join(files.values())


def library(loaded: str) -> bytes:
    """Pyodide's library without the modules that are `loaded`, and with what was imported here as bytecode.

    It has sources alone, which every start would compile. The rest stays as it is. Stored, so that the page's own packing
    sees it all.
    """
    there = {name.removeprefix(STDLIB) for name in json.loads(loaded)}
    origins = (getattr(getattr(m, "__spec__", None), "origin", None) for m in list(sys.modules.values()))
    used = {o.removeprefix(STDLIB) for o in origins if o and o.startswith(STDLIB)} - PACKERS
    out = io.BytesIO()
    with zipfile.ZipFile(STDLIB.rstrip("/")) as package, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as to:
        for entry in package.infolist():
            name = entry.filename
            if entry.is_dir() or {name, f"{name}c"} & there or name.startswith(NEVER_USED):
                continue
            data = package.read(entry)
            if name in used:
                data, name = _bytecode(data, STDLIB + name), f"{name}c"
            to.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data)
    return out.getvalue()


def _bytecode(source: bytes, place: str) -> bytes:
    """A source as a file of bytecode that is never held against it; only the import system itself writes these."""
    code = compile(source, place, "exec", dont_inherit=True, optimize=2)
    return bytes(external._code_to_hash_pyc(code, importlib.util.source_hash(source), checked=False))  # noqa: SLF001
