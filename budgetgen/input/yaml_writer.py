"""Accounts → unit.yaml: keys in the order declared, amounts exact and in the file's 金额单位, comments where they help.

`unbind(accounts)` gives dicts, lists and texts under the declared keys, as a file of any format has them: what binding
read, written again, exact. What is absent is left out; a stated nothing is 无; what is still to be filled in is 【待填写】.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from typing import Any

from budgetgen.classification import Classification, read_classification
from budgetgen.input.scalars import NIL_WORDS
from budgetgen.input.spelling import last_year
from budgetgen.model import Accounts, Declared, child_path, entry_path, item_path
from budgetgen.model.declarations import (
    Choice,
    Code,
    FieldSpec,
    Lines,
    ListOf,
    Money,
    Section,
    Shape,
    TableOf,
    Text,
    Whole,
    fields_of,
    part_of,
)
from budgetgen.money import WAN_YUAN_PLACES, YUAN_PER_WAN, ZERO, Amount, plain_text
from budgetgen.records import record

Plain = str | list[Any] | dict[str, Any]


PENDING = "【待填写】"
"""What a file says where something is still to be filled in."""
SCHEMA = "unit.schema.json"
_EDITOR = f"# yaml-language-server: $schema={SCHEMA}\n"
_WIDEST = 96
"""A section on one line is no longer."""
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_PLAIN = re.compile(r"[\u3400-\u9fff（《“【][\u3400-\u9fffA-Za-z0-9（）《》“”【】、，。；％%./·—_-]*")
_BLOCK = re.compile(r"[^\s#][^\n]*(?:\n+[^\s#][^\n]*)*")


def unbind(accounts: Accounts, pending: Collection[str] = (), *, cells: bool = False) -> dict[str, Any]:
    """The accounts as keys and texts; amounts in the accounts' own 金额单位.

    `pending` are the paths that say 【待填写】, whatever the accounts hold there. With `cells`, as the cells of a sheet
    hold them: paragraphs are one text, and no part is written short.
    """
    return _Writing(accounts.money_unit, frozenset(pending), cells).section(accounts, "")


def written(amount: Decimal, unit: str) -> str:
    """An amount as a file writes it in `unit`: exact, with the decimals that its margin says were written."""
    if not amount:
        return "0"
    if unit == "元":
        return plain_text(amount, strip_zeros=False)
    wan = Decimal(amount) / YUAN_PER_WAN
    margin = amount.margin if isinstance(amount, Amount) else ZERO
    text = plain_text(wan, strip_zeros=True)
    exponent = (margin * 2 / YUAN_PER_WAN).normalize().as_tuple().exponent if margin else 0
    places = max(WAN_YUAN_PLACES, -exponent if isinstance(exponent, int) else 0)
    whole, _, decimals = text.partition(".")
    return f"{whole}.{decimals.ljust(places, '0')}"


@record
class _Writing:
    """How one file is written."""

    unit: str
    pending: frozenset[str]
    cells: bool

    def section(self, part: Declared, path: str) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key, spec in fields_of(type(part)).items():
            value, at = getattr(part, spec.name), child_path(path, key)
            if at in self.pending:
                values[key] = PENDING
            elif value != spec.default or (spec.required and not type(part).excused(spec.name, vars(part))):
                values[key] = self.plain(spec.shape, value, at)
            elif isinstance(spec.shape, Section) and self._asks(at):
                values[key] = self.section(value or spec.shape.model(), at)
        return values

    def plain(self, shape: Shape, value: Any, path: str) -> Plain:
        match shape:
            case Section():
                short = "" if self.cells or self._asks(path) else _short(value)
                return short or self.section(value, path) or _zeros(value)
            case ListOf(item):
                return [self.plain(item, v, item_path(path, n, v)) for n, v in enumerate(value)] or "无"
            case Lines():
                return ("\n".join(value) if self.cells else list(value)) or "无"
            case TableOf(_, inner):
                at = {key: entry_path(path, key) for key in value}
                return {k: PENDING if at[k] in self.pending else self.plain(inner, v, at[k]) for k, v in value.items()}
            case Money():
                return written(value, self.unit)
            case _:
                return plain_text(value, strip_zeros=False) if isinstance(value, Decimal) else str(value)

    def _asks(self, path: str) -> bool:
        """Whether something below is still to be filled in."""
        return any(p.startswith(f"{path}.") for p in self.pending)


def _short(part: Declared) -> str:
    """A part that is one text alone, as that text; blank for any other, and where the text alone would say “none”."""
    name = part.short
    text = getattr(part, name) if name else ""
    texts = [text] if isinstance(text, str) else text
    others = ((n, said) for n, said in part.declared.items() if n != name)
    alone = all(getattr(part, n) == said.fresh() for n, said in others)
    return str(texts[0]) if alone and len(texts) == 1 and texts[0] not in NIL_WORDS else ""


def _zeros(part: Declared) -> dict[str, Any]:
    """A section that is there with nothing but zeros says so."""
    return {key: "0" for key, spec in fields_of(type(part)).items() if spec.zero}


def write_yaml(accounts: Accounts, *, pending: Collection[str] = (), notes: Mapping[str, str] | None = None) -> str:
    """The file's text; reading it gives the same accounts.

    `pending` are paths that are still to be filled in. `notes` are texts for paths that stand beside them as comments:
    what was said last year, offered and never read.
    """
    writer = _Writer(read_classification(accounts.year), notes or {})
    head = [f"# {accounts.unit.name} {accounts.year} 年度。金额单位：{accounts.money_unit}。".replace("\n", " ")]
    if notes:
        head.append("# 注明“上年”的是上年的说法，供参考，不算填写。")
    lines = [*head, *writer.section(unbind(accounts, pending), type(accounts), "", 0)]
    return "\n".join(_printable(line) for line in lines) + "\n"


def _printable(line: str) -> str:
    """Only a comment can hold what a file may not: values are quoted."""
    return "".join(c if c.isprintable() or c in "\n\t" else "�" for c in line)


class _Writer:
    """Writes keys and texts, with what helps beside them: the names of codes, and notes."""

    def __init__(self, codes: Classification, notes: Mapping[str, str]) -> None:
        self._codes = codes
        self._notes = notes

    def section(self, values: Mapping[str, Any], model: type[Declared], path: str, depth: int) -> Iterator[str]:
        """The lines of a section's keys. A note stands behind its key, or at the end where its key is not there."""
        for key, value in values.items():
            if not depth and isinstance(value, (dict, list)):
                yield ""
            yield from self._entry(key, value, part_of(fields_of(model)[key].shape), child_path(path, key), depth)
        yield from self._noted(path, depth, {child_path(path, key) for key in values})

    def _entry(self, key: str, value: Any, model: type[Declared] | None, path: str, depth: int) -> Iterator[str]:
        pad = "  " * depth
        if isinstance(value, str):
            said = self._name(path, value)
            yield f"{pad}{scalar(key)}: {_value(value, depth)}" + (f"  # {said}" if said else "")
            yield from self._noted(path, depth, above=len(path) - len(key))
            return
        flow = _flow(value)
        helped = isinstance(value, dict) and (
            any(_within(at, path) for at in self._notes)
            or any(self._name(entry_path(path, k), v) for k, v in value.items())
        )
        beside: set[str] = set()
        if not value or (flow and not helped and len(f"{pad}{scalar(key)}{flow}") < _WIDEST):
            yield f"{pad}{scalar(key)}: {flow}"
        elif isinstance(value, dict):
            yield f"{pad}{scalar(key)}:"
            if model is None:
                for name, amount in value.items():
                    yield from self._entry(name, amount, None, entry_path(path, name), depth + 1)
            else:
                yield from self.section(value, model, path, depth + 1)
            return
        else:
            yield f"{pad}{scalar(key)}:"
            for number, item in enumerate(value, 1):
                at = entry_path(path, _key(model, item) or str(number))
                beside.add(at)
                yield from self._item(item, model, at, depth)
        yield from self._noted(path, depth, beside, above=len(path) - len(key))

    def _item(self, item: Any, model: type[Declared] | None, path: str, depth: int) -> Iterator[str]:
        pad = "  " * depth
        if isinstance(item, str):
            yield f"{pad}- {_value(item, depth)}"
            return
        flow = _flow(item)
        if not item or (flow and len(pad + flow) < _WIDEST and not path.startswith("收支明细")):
            yield f"{pad}- {flow or '{}'}"
            return
        assert model is not None
        first, *rest = self.section(item, model, path, depth + 1)
        yield f"{pad}- {first.lstrip()}"
        yield from rest

    def _name(self, path: str, value: Any) -> str:
        """What a code is called."""
        if path.startswith("收支明细[") and path.endswith(".科目"):
            return self._codes.name(value) if value in self._codes.functional else ""
        if path.startswith("基本支出经济分类["):
            return self._codes.economic_name(path.removeprefix("基本支出经济分类[").removesuffix("]"))
        return ""

    def _noted(self, path: str, depth: int, beside: Collection[str] = (), *, above: int | None = None) -> Iterator[str]:
        """The notes on what stands at `path` or below, but for those that stand `beside` it, as comments.

        They are named from `path` on, or from its first `above` characters on.
        """
        pad = "  " * depth
        for at, text in self._notes.items():
            if _within(at, path) and not any(_within(at, part) for part in beside):
                first, *more = text.splitlines() or [""]
                yield f"{pad}# {last_year(at[len(path) if above is None else above :].lstrip('.'))}：{first}"
                yield from (f"{pad}#   {line}".rstrip() for line in more)


def _within(path: str, part: str) -> bool:
    """Whether `path` is `part` or lies in it."""
    return not part or path == part or path.startswith((f"{part}.", f"{part}["))


def _key(model: type[Declared] | None, item: Any) -> str:
    """The key of a list's item that tells it from the others; blank where it is counted."""
    if model is None or not isinstance(item, dict):
        return ""
    return model.item_key(
        {s.name: item[k] for k, s in fields_of(model).items() if s.name in model.identity and k in item}
    )


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


def blank_yaml(profile: str, model: type[Accounts] = Accounts, kind: str = "") -> str:
    """A unit.yaml to be filled in: every key with what it means; optional ones behind #."""
    lines = [
        _EDITOR,
        "# 部门决算公开数据。没有的事写 0 或“无”；不写的键按没有填处理。",
        "# 行首的 # 去掉，那一行才算数；列表每项以“- ”开头，要几项写几项。",
        "",
    ]
    for spec in fields_of(model).values():
        lines += _blank(spec, 0, {"profile": profile, "kind": kind}.get(spec.name, ""), off=False)
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
