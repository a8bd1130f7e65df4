"""A tree as YAML: short sections in braces on one line, everything else indented."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from invented.draw import CENTS_PER_WAN, CENTS_PER_YUAN, Cents

_PLAIN = re.compile(r"[一-龥“（《A-Za-z][一-龥A-Za-z0-9（）“”《》、，。；：/._-]*")
_SHORT = 100
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off"})


def write(path: Path, tree: dict[str, Any]) -> None:
    """Write `tree` as an input file, in UTF-8 with line feeds on every system."""
    text = "# 虚构的单位，数字由 benchmarks/generate.py 生成。\n" + "\n".join(_block(tree, tree["金额单位"], "")) + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8"))


def amount(cents: int, unit: str) -> str:
    """An amount in its file's unit, without zeros at its end."""
    per, places = (CENTS_PER_WAN, 6) if unit == "万元" else (CENTS_PER_YUAN, 2)
    whole, rest = divmod(abs(cents), per)
    tail = f".{rest:0{places}d}".rstrip("0") if rest else ""
    return f"{'-' if cents < 0 else ''}{whole}{tail}"


def _scalar(value: object, unit: str) -> str:
    if isinstance(value, Cents):
        return amount(value, unit)
    text = str(value)
    plain = isinstance(value, int) or text.isdigit() or (_PLAIN.fullmatch(text) and text.lower() not in _WORDS)
    return text if plain else json.dumps(text, ensure_ascii=False)


def _flow(value: object, unit: str) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {_flow(v, unit)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(v, unit) for v in value) + "]"
    return _scalar(value, unit)


def _block(tree: dict[str, Any], unit: str, indent: str) -> Iterator[str]:
    for key, value in tree.items():
        flow = _flow(value, unit)
        if not isinstance(value, (dict, list)) or (len(flow) <= _SHORT and not _nested(value)):
            yield f"{indent}{key}: {flow}"
        elif isinstance(value, dict):
            yield f"{indent}{key}:"
            yield from _block(value, unit, f"{indent}  ")
        else:
            yield f"{indent}{key}:"
            yield from _items(value, unit, indent)


def _items(values: list[Any], unit: str, indent: str) -> Iterator[str]:
    for value in values:
        if isinstance(value, dict):
            lines = list(_block(value, unit, f"{indent}  "))
            yield f"{indent}- {lines[0].strip()}"
            yield from lines[1:]
        else:
            yield f"{indent}- {_flow(value, unit)}"


def _nested(value: dict[str, Any] | list[Any]) -> bool:
    inner = value.values() if isinstance(value, dict) else value
    return any(isinstance(v, (dict, list)) for v in inner)
