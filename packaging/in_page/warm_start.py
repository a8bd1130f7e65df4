"""Runs in the Pyodide whose memory the page goes on from: imports the program and answers once, so that pages need not."""

import gc
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, "/site")
gc.set_threshold(100_000, 50, 50)

from budgetgen.web.desk import Memory  # noqa: E402 - it lies in /site
from budgetgen.web.protocol import answer  # noqa: E402

ACTS = ["identify", "check", "look", "build", "inputs", "set"]
UNIT = Path("/unit.yaml")
MEMORY = Memory()


def answered(ask: str, files: Any) -> tuple[str, dict[str, bytes]]:
    """What the page asks, as the worker hands it over: JSON and a JavaScript map of bytes."""
    got = answer(json.loads(ask), {name: bytes(data) for name, data in files.to_py().items()}, MEMORY)
    return json.dumps(got.told, ensure_ascii=False), dict(got.files)


def warm() -> None:
    """Answer about one unit: what is compiled and read for it stays in memory."""
    ask = {"acts": ACTS, "main": "unit.yaml", "paths": ["单位.名称"], "values": {"单位.名称": "某局"}}
    if not answer(ask, {"unit.yaml": UNIT.read_bytes()}).files:
        raise SystemExit("the unit does not build")
    UNIT.unlink()


def loaded() -> str:
    """The files of the modules that are in memory; nobody reads them again. JSON."""
    specs = (getattr(module, "__spec__", None) for module in list(sys.modules.values()))
    return json.dumps([s.origin for s in specs if s and s.origin])


def blank_blocks(stats: str) -> None:
    """Overwrite the free blocks of Python's small objects, as `sys._debugmallocstats` counts them by their size."""
    held = []
    for size, free in re.findall(
        r"^\s*\d+\s+(\d+)\s+\d+\s+\d+\s+(\d+)$", stats, re.MULTILINE
    ):  # class, size, pools, in use, free
        held.append([bytes(max(int(size) - EMPTY, 1)) for _ in range(int(free))])
    held.clear()


EMPTY = sys.getsizeof(b"")
warm()
os.environ.pop("PYTHONHASHSEED", None)
