"""Accounts → unit.yaml: keys in the order declared, amounts exact and in the file's 金额单位, comments where they help."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from budgetgen.classification import Classification, read_classification
from budgetgen.input.unbind import unbind
from budgetgen.model import Accounts, Declared
from budgetgen.model.shapes import Choice, Code, ListOf, Money, Section, TableOf, Text, Whole
from budgetgen.model.specs import FieldSpec, fields_of

SCHEMA = "unit.schema.json"
_EDITOR = f"# yaml-language-server: $schema={SCHEMA}\n"
_WIDEST = 96
"""A section on one line is no longer."""
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_PLAIN = re.compile(r"[\u3400-\u9fff（《“][\u3400-\u9fffA-Za-z0-9（）《》“”、，。；％%./·—_-]*")
_BLOCK = re.compile(r"[^\s#][^\n]*(?:\n+[^\s#][^\n]*)*")

_Comment = Callable[[tuple[str, ...], Any], str]


def write_yaml(accounts: Accounts) -> str:
    """The file's text; reading it gives the same accounts."""
    codes = read_classification(accounts.year)

    def comment(keys: tuple[str, ...], value: Any) -> str:
        return _name(codes, keys, value)

    lines = [f"# {accounts.unit.name} {accounts.year} 年度。金额单位：{accounts.money_unit}。".replace("\n", " ")]
    for key, value in unbind(accounts).items():
        if isinstance(value, (dict, list)):
            lines.append("")
        lines += _entry((key,), value, 0, comment)
    return "\n".join(_printable(line) for line in lines) + "\n"


def _printable(line: str) -> str:
    """Only a comment can hold what a file may not: values are quoted."""
    return "".join(c if c.isprintable() or c in "\n\t" else "�" for c in line)


def _name(codes: Classification, keys: tuple[str, ...], value: Any) -> str:
    if keys == ("收支明细", "科目"):
        return codes.name(value) if value in codes.functional else ""
    return codes.economic_name(keys[1]) if keys[0] == "基本支出经济分类" and len(keys) > 1 else ""


def _entry(keys: tuple[str, ...], value: Any, depth: int, comment: _Comment) -> Iterator[str]:
    """The lines of one key."""
    pad, key = "  " * depth, scalar(keys[-1])
    if isinstance(value, str):
        said = comment(keys, value)
        yield f"{pad}{key}: {_value(value, depth)}" + (f"  # {said}" if said else "")
        return
    flow = _flow(value)
    commented = isinstance(value, dict) and any(comment((*keys, k), v) for k, v in value.items())
    if flow and not commented and len(pad + key + flow) < _WIDEST:
        yield f"{pad}{key}: {flow}"
        return
    yield f"{pad}{key}:"
    if isinstance(value, dict):
        for inner, below in value.items():
            yield from _entry((*keys, inner), below, depth + 1, comment)
    else:
        for item in value:
            yield from _item(keys, item, depth, comment)


def _item(keys: tuple[str, ...], item: Any, depth: int, comment: _Comment) -> Iterator[str]:
    pad = "  " * depth
    if isinstance(item, str):
        yield f"{pad}- {_value(item, depth)}"
        return
    flow = _flow(item)
    if not item or (flow and len(pad + flow) < _WIDEST and keys != ("收支明细",)):
        yield f"{pad}- {flow or '{}'}"
        return
    lines = [line for key, value in item.items() for line in _entry((*keys, key), value, depth + 1, comment)]
    first = f"{pad}- {lines[0].lstrip()}" if lines else f"{pad}- {{}}"
    yield first
    yield from lines[1:]


def _flow(value: Any) -> str:
    """A section or list of values on one line; blank where it holds long texts or more below."""
    if isinstance(value, dict) and all(isinstance(v, (str, dict)) for v in value.values()):
        parts = [f"{scalar(k)}: {scalar(v) if isinstance(v, str) else _flow(v)}" for k, v in value.items()]
        deep = any(isinstance(v, dict) and v for v in value.values())
        return "" if deep else f"{{{', '.join(parts)}}}"
    if isinstance(value, list) and all(isinstance(v, str) for v in value):
        return f"[{', '.join(map(scalar, value))}]"
    return ""


def _value(text: str, depth: int) -> str:
    """A value that stands by itself: several lines as a block, else as anywhere."""
    if "\n" in text and _BLOCK.fullmatch(text) and all(c.isprintable() or c == "\n" for c in text):
        pad = "  " * (depth + 1)
        return "|-\n" + "\n".join(pad + line if line else "" for line in text.split("\n"))
    return scalar(text)


def scalar(text: str) -> str:
    """A text as YAML writes it on one line, quoted where it would be read as something else."""
    if _NUMBER.fullmatch(text) or _PLAIN.fullmatch(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return '"' + "".join(c if c.isprintable() else _escape(c) for c in escaped) + '"'


def _escape(character: str) -> str:
    return f"\\U{ord(character):08x}"


def blank_yaml(profile: str) -> str:
    """A unit.yaml to be filled in: every key with what it means; optional ones behind #."""
    lines = [
        _EDITOR,
        "# 部门决算公开数据。没有的事写 0 或“无”；不写的键按没有填处理。",
        "# 行首的 # 去掉，那一行才算数；列表每项以“- ”开头，要几项写几项。",
        "",
    ]
    for spec in fields_of(Accounts).values():
        lines += _blank(spec, 0, profile if spec.name == "profile" else "", off=False)
    return "\n".join(lines) + "\n"


def _blank(spec: FieldSpec, depth: int, value: str, *, off: bool) -> Iterator[str]:
    off = off or not (spec.required or value)
    pad = ("# " if off else "") + "  " * depth
    shape = spec.shape
    said = "；".join(filter(None, (spec.label if spec.label != spec.key else "", spec.note, _means(spec))))
    note = f"  # {said}" if said else ""
    inner = shape.item if isinstance(shape, ListOf) else shape
    if isinstance(inner, Section):
        yield f"{pad}{spec.key}:{note}"
        yield from _blank_section(inner.model, depth + 1, off=off, item=isinstance(shape, ListOf))
    elif isinstance(shape, TableOf):
        yield f"{pad}{spec.key}: {{}}{note}"
    else:
        yield f"{pad}{spec.key}: {value or _sample(spec)}{note}"


def _blank_section(model: type[Declared], depth: int, *, off: bool, item: bool) -> Iterator[str]:
    lines = [line for spec in fields_of(model).values() for line in _blank(spec, depth, "", off=off)]
    if item:
        at = ("# " if off else "") + "  " * depth
        first = lines[0].removeprefix(at)
        lines[0] = f"{at[:-2]}- {first}"
    return iter(lines)


def _means(spec: FieldSpec) -> str:
    match spec.shape:
        case Money():
            return "金额"
        case TableOf():
            return "金额"
        case Choice(words):
            return "" if words[0] in spec.note else "、".join(words)
        case ListOf(Text() | Code()):
            return "列表"
        case Whole():
            return f"单位：{spec.unit}" if spec.unit else ""
        case _:
            return ""


def _sample(spec: FieldSpec) -> str:
    """What stands behind a key that must be filled; nothing behind the others."""
    return spec.shape.words[-1] if spec.required and isinstance(spec.shape, Choice) else ""
