"""Raw tree → accounts, driven by the model's declarations alone. Every fault is gathered; one pass.

What is bound needs no second validation: each value was read by the shape that its field declares.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from budgetgen.classification import LATEST
from budgetgen.input import raw
from budgetgen.input.scalars import NIL_WORDS, PENDING, Gap, Scalar, Scalars
from budgetgen.input.spelling import guess, half_width, shown, wrong_marks
from budgetgen.issues import Findings, Rule, SourceRef
from budgetgen.model import Accounts, Amount, Declared, child_path, entry_path
from budgetgen.model.declarations import (
    FIRST_YEAR,
    Choice,
    Code,
    FieldSpec,
    Lines,
    ListOf,
    Money,
    Score,
    Section,
    Shape,
    TableOf,
    Text,
    Whole,
    fields_of,
    known_keys,
    part_of,
    required_of,
)
from budgetgen.records import record

DEFAULT_UNIT = "万元"
MISSING = "【待填写】"


@record
class Repeated:
    """An item of a list with the key of an earlier one."""

    path: str
    key: str
    first: SourceRef
    place: SourceRef


@dataclass(slots=True)
class Bound:
    """What could be bound: the top level's values by identifier, all places, items given twice, paths not yet filled.

    `blanks` are the places of what a form leaves blank.
    """

    values: dict[str, Any] = field(default_factory=dict)
    sources: dict[str, SourceRef] = field(default_factory=dict)
    blanks: dict[str, SourceRef] = field(default_factory=dict)
    repeated: list[Repeated] = field(default_factory=list)
    pending: list[str] = field(default_factory=list)
    model: type[Accounts] = Accounts


def bind(
    root: raw.Mapping,
    findings: Findings,
    *,
    unfilled: bool = False,
    stand_in: bool = False,
    model: type[Accounts] = Accounts,
) -> Bound:
    """Bind a file's tree. The values make `model` where nothing in `findings` is an error.

    `unfilled`: an amount that says 【待填写】 is no error; 0 holds its place. `stand_in`: something stands in for what
    is missing, so that the values make `model` though that is an error.
    """
    keys = known_keys(model)
    scalars = Scalars(findings, _money_unit(root), keys)
    binder = _Binder(scalars, findings, keys, unfilled=unfilled, stand_in=stand_in)
    binder.bound.sources[""] = root.ref
    binder.bound.model = model
    binder.bound.values = binder.values(model, root, "", root.ref)
    scalars.tell_finer(binder.bound.sources.get("金额单位"))
    return binder.bound


def _money_unit(root: raw.Mapping) -> str:
    """The file's 金额单位 ahead of all else, for every amount needs it."""
    spec = next(s for s in fields_of(Accounts).values() if s.name == "money_unit")
    given = (e.value.text for e in root.entries if e.key.strip() == spec.key and isinstance(e.value, raw.Scalar))
    unit = half_width(next(given, ""))
    return unit if isinstance(spec.shape, Choice) and unit in spec.shape.words else DEFAULT_UNIT


class _Binder:
    """Holds what one binding gathers on its way through the tree."""

    def __init__(
        self, scalars: Scalars, findings: Findings, keys: frozenset[str], *, unfilled: bool, stand_in: bool
    ) -> None:
        self.bound = Bound()
        self._scalars = scalars
        self._findings = findings
        self._keys = keys
        self._unfilled = unfilled
        self._stand_in = stand_in

    def values(self, model: type[Declared], node: raw.Mapping, path: str, place: SourceRef) -> dict[str, Any]:
        """The values under `model`'s keys, by identifier; what is faulty or blank is left out."""
        specs = fields_of(model)
        seen: dict[str, SourceRef] = {}
        guessed: set[str] = set()
        values: dict[str, Any] = {}
        for entry in node.entries:
            key = entry.key.strip()
            spec = specs.get(key)
            if spec is not None and not raw.is_told(entry.value):
                self._blank(spec.shape, entry.value, entry.ref, child_path(path, key))
                if spec.required and isinstance(spec.shape, Section) and isinstance(entry.value, raw.Mapping):
                    seen[key] = entry.ref  # what it must tell is missing, not the section
                    self.values(spec.shape.model, entry.value, child_path(path, key), entry.ref)
            elif spec is None:
                guessed |= self._unknown(key, entry, model, path)
            elif self._once(key, entry.ref, seen, path):
                value = self._field(spec, entry, child_path(path, key))
                if not isinstance(value, Gap):
                    values[spec.name] = value
        for spec in required_of(model):
            told = {spec.key, _company(model, spec)} & {*seen, *guessed}
            if not told and not model.excused(spec.name, values):
                self._missing(spec, child_path(path, spec.key), place)
        if self._stand_in:
            wanted = (s for s in required_of(model) if s.name not in values)
            values |= {s.name: _stand_in(s.shape) for s in wanted if not model.excused(s.name, values)}
        return values

    def _blank(self, shape: Shape, node: raw.Node, place: SourceRef, path: str) -> None:
        """Keep the places of what is blank at and below `path`."""
        self.bound.blanks.setdefault(path, place)
        if isinstance(shape, Section) and isinstance(node, raw.Mapping):
            specs = fields_of(shape.model)
            for entry in node.entries:
                if spec := specs.get(entry.key.strip()):
                    self._blank(spec.shape, entry.value, entry.ref, child_path(path, spec.key))
        elif isinstance(shape, TableOf) and isinstance(node, raw.Mapping):
            for entry in node.entries:
                self._blank(shape.value, entry.value, entry.ref, entry_path(path, entry.key.strip()))
        elif isinstance(shape, ListOf) and isinstance(node, raw.Sequence):
            for number, item in enumerate(node.items, 1):
                self._blank(shape.item, item, item.ref, entry_path(path, str(number)))

    def _section(self, model: type[Declared], node: raw.Mapping, path: str, place: SourceRef) -> Declared | Gap:
        values = self.values(model, node, path, place)
        if any(s.name not in values for s in required_of(model)):
            return Gap.FAULTY
        return model(**values)

    def _field(self, spec: FieldSpec, entry: raw.Entry, path: str) -> object:
        place = entry.value.ref if isinstance(entry.value, raw.Scalar) else entry.ref
        self.bound.sources[path] = place
        value = self._value(spec.shape, entry.value, path, place)
        if value is not Gap.ABSENT:
            return value
        if _is_pending(entry.value):
            return self._pending(spec, path, place, _text(entry.value))
        if spec.required:
            self._missing(spec, path, place)
        elif not spec.zero:
            self._findings.note(Rule.BLANK, *_blank(_text(entry.value)), place, path)
        return value

    def _pending(self, spec: FieldSpec, path: str, place: SourceRef, typed: str) -> object:
        """What holds the place of a value that is still to be filled in; absent where nothing needs to."""
        self.bound.pending.append(path)
        if spec.required and isinstance(spec.shape, Choice):
            word = spec.shape.words[0]
            if self._unfilled:
                return word
            cause = f"{shown(typed)}还没有换成选项，先按“{word}”。"
            words = "、".join(f"“{w}”" for w in spec.shape.words)
            self._findings.warn(Rule.PENDING, cause, f"填{words}。", place, path)
            return word
        if spec.required:
            self._missing(spec, path, place)
        elif spec.zero and not self._unfilled:
            cause = f"{shown(typed)}还没有换成金额。"
            self._findings.error(Rule.PENDING, cause, "填上金额；没有的写 0，或删掉这个键。", place, path)
        return Gap.ABSENT

    def _once(self, key: str, ref: SourceRef, seen: dict[str, SourceRef], path: str) -> bool:
        first = seen.setdefault(key, ref)
        if first is ref:
            return True
        cause = f"{shown(key)}写了两次，前一次在 {first}。"
        self._findings.error(Rule.DUPLICATE_KEY, cause, "留下对的一个，删掉另一个。", ref, child_path(path, key))
        return False

    def _missing(self, spec: FieldSpec, path: str, place: SourceRef) -> None:
        place = self.bound.blanks.get(path, place)
        note = f"（{spec.note}）" if spec.note else ""
        mend = f"填上“{spec.label}”{note}。" if place.cell else f"加一行“{spec.key}: …”{note}。"
        self._findings.error(Rule.MISSING, f"缺少{shown(spec.key)}。", mend, place, path)

    def _unknown(self, key: str, entry: raw.Entry, model: type[Declared], path: str) -> set[str]:
        """Report a key that `model` does not have; the keys that it may have meant."""
        if self._findings.full:
            return set()
        cause, mend, meant = guess(key, _text(entry.value), fields_of(model), self._keys)
        self._findings.error(Rule.UNKNOWN_KEY, cause, mend, entry.ref, path)
        return meant

    def _value(self, shape: Shape, node: raw.Node, path: str, place: SourceRef) -> object:
        if isinstance(node, raw.Scalar):
            if not node.text.strip():
                return Gap.ABSENT
            return self._scalar(shape, node.text, path, place)
        if isinstance(shape, Section) and isinstance(node, raw.Mapping):
            return self._section(shape.model, node, path, place)
        if isinstance(shape, TableOf) and isinstance(node, raw.Mapping):
            return self._table(shape, node, path)
        if isinstance(shape, ListOf) and isinstance(node, raw.Sequence):
            told = [item for item in node.items if raw.is_told(item)]
            only = told[0] if len(told) == 1 else None
            if isinstance(only, raw.Scalar) and (only.text.strip() == "无" or _is_pending(only)):
                return self._value(shape, only, path, place)  # a list of one word that says that there is no list
            return self._list(shape, node, path)
        if isinstance(shape, Lines) and isinstance(node, raw.Sequence):
            return self._paragraphs(node, path)
        return self._misshapen(shape, node, path, place)

    def _scalar(self, shape: Shape, typed: str, path: str, place: SourceRef) -> object:
        if isinstance(shape, Scalar):
            return self._scalars.read(shape, typed, path, place)
        if PENDING.fullmatch(typed.strip()):
            return Gap.ABSENT
        nothing = _nothing(shape) if typed.strip() in NIL_WORDS else Gap.FAULTY
        spec = _short(shape) if nothing is Gap.FAULTY else None
        if spec:
            short = raw.Mapping((raw.Entry(spec.key, place, raw.Scalar(typed, place)),), place)
            whole = raw.Sequence((short,), place) if isinstance(shape, ListOf) else short
            return self._value(shape, whole, path, place)
        return self._misshapen(shape, raw.Scalar(typed, place), path, place) if nothing is Gap.FAULTY else nothing

    def _misshapen(self, shape: Shape, node: raw.Node, path: str, place: SourceRef) -> Gap:
        cause, mend = _misshape(shape, node)
        if isinstance(node, raw.Scalar):
            cause, mend = wrong_marks(node.text, self._keys) or (cause, mend)
        self._findings.error(Rule.SHAPE, cause, mend, place, path)
        return Gap.FAULTY

    def _list(self, shape: ListOf, node: raw.Sequence, path: str) -> list[object]:
        values: list[object] = []
        firsts: dict[str, SourceRef] = {}
        model = part_of(shape)
        for number, item in enumerate(node.items, 1):
            if not raw.is_told(item):
                self._blank(shape.item, item, item.ref, entry_path(path, str(number)))
                continue
            key = identity_of(model, item) if model else ""
            repeated = key in firsts
            if repeated:
                self.bound.repeated.append(Repeated(entry_path(path, str(number)), key, firsts[key], item.ref))
            elif key:
                firsts[key] = item.ref
            at = entry_path(path, key if key and not repeated else str(number))
            self.bound.sources[at] = item.ref
            value = self._value(shape.item, item, at, item.ref)
            if value is Gap.ABSENT:
                self._findings.note(Rule.BLANK, "这一项是空的，按没有填处理。", "填上，或删掉“-”。", item.ref, at)
            # An item that another one is, or that cannot say which it is, would be found wrong a second time.
            elif not isinstance(value, Gap) and not repeated and (key or not _has_identity(model)):
                values += [] if _says_nothing(value) else [value]
        return values

    def _paragraphs(self, node: raw.Sequence, path: str) -> list[str] | Gap:
        """Paragraphs that are given one by one."""
        typed: list[str] = []
        for item in node.items:
            if isinstance(item, raw.Empty):
                continue
            if not isinstance(item, raw.Scalar):
                return self._misshapen(Text(), item, path, item.ref)
            lines = self._scalars.lines(Lines(), item.text, path, item.ref)
            typed += lines if isinstance(lines, list) else []
        return typed

    def _table(self, shape: TableOf, node: raw.Mapping, path: str) -> dict[str, object]:
        values: dict[str, object] = {}
        seen: dict[str, SourceRef] = {}
        for entry in node.entries:
            if not raw.is_told(entry.value):
                self._blank(shape.value, entry.value, entry.ref, entry_path(path, entry.key.strip()))
                continue
            key = self._table_key(shape, entry, path)
            if isinstance(key, Gap) or not self._once(key, entry.ref, seen, path):
                continue
            at = entry_path(path, key)
            self.bound.sources[at] = entry.value.ref if isinstance(entry.value, raw.Scalar) else entry.ref
            value = self._value(shape.value, entry.value, at, self.bound.sources[at])
            if value is Gap.ABSENT:
                value = self._blank_row(shape, entry, at)
            if not isinstance(value, Gap):
                values[key] = value
        return values

    def _blank_row(self, shape: TableOf, entry: raw.Entry, path: str) -> object:
        """A blank row: 0 under a code, left out under the name of a figure."""
        if _is_pending(entry.value):
            self.bound.pending.append(path)
            if self._unfilled:
                return Amount(0)
            self._findings.error(Rule.PENDING, "还没有换成金额。", "填上金额；没有的删掉这一行。", entry.ref, path)
            return Gap.FAULTY
        if isinstance(shape.key, Code):
            return Amount(0)
        self._findings.note(Rule.BLANK, "留空，按没有填处理。", "填上金额，或删掉这一行。", entry.ref, path)
        return Gap.ABSENT

    def _table_key(self, shape: TableOf, entry: raw.Entry, path: str) -> str | Gap:
        marks = wrong_marks(entry.key, self._keys)
        if marks:
            self._findings.error(Rule.SYNTAX, *marks, entry.ref, path)
            return Gap.FAULTY
        if isinstance(shape.key, Code):
            return self._scalars.code(shape.key, entry.key, path, entry.ref)
        return self._scalars.text(shape.key, entry.key, path, entry.ref)


def _stand_in(shape: Shape) -> object:
    """Something for a required value that is missing: what is made of it is never written."""
    match shape:
        case Section():
            return shape.model(**{s.name: _stand_in(s.shape) for s in required_of(shape.model)})
        case Text():
            return MISSING
        case Choice():
            return shape.words[0]
        case Code():
            return "0" * shape.digits
        case Whole():
            return LATEST if shape.least >= FIRST_YEAR else shape.least
        case _:
            return _nothing(shape)


def _says_nothing(value: object) -> bool:
    """Whether an item stands for a text and holds none: “- 无” is no paragraph."""
    if not isinstance(value, Declared) or not value.short:
        return False
    return all(getattr(value, name) == declared.fresh() for name, declared in value.declared.items())


def _company(model: type[Declared], spec: FieldSpec) -> str:
    """The key beside which a required field may be left out; blank where there is none."""
    beside = model.instead.get(spec.name, "")
    return model.declared[beside].key if beside else ""


def _short(shape: Shape) -> FieldSpec | None:
    """The field that a text in a part's place fills; None where a part can't be told by a text."""
    part = part_of(shape)
    name = part.short if part is not None else ""
    return next((s for s in fields_of(part).values() if s.name == name), None) if part and name else None


def _text(node: raw.Node) -> str:
    return node.text.strip() if isinstance(node, raw.Scalar) else ""


def _blank(typed: str) -> tuple[str, str]:
    """What is said of a value that is none."""
    if typed:
        return f"{shown(typed)}按没有填处理。", "这里要写一句话里的几个字；用不着的，删掉这个键。"
    return "留空，按没有填处理。", "没有的事项写 0 或“无”。"


def _is_pending(node: raw.Node) -> bool:
    if isinstance(node, raw.Sequence) and len(node.items) == 1:
        return _is_pending(node.items[0])
    return PENDING.fullmatch(_text(node)) is not None


def _has_identity(model: type[Declared] | None) -> bool:
    return model is not None and bool(model.identity)


def identity_of(model: type[Declared], node: raw.Node) -> str:
    """The key of a list's item that is not bound yet, from its identity fields as typed."""
    if not isinstance(node, raw.Mapping):
        return ""
    specs = fields_of(model)
    typed: dict[str, str] = {}
    for entry in node.entries:
        spec = specs.get(entry.key.strip())
        if spec is not None and spec.name in model.identity and raw.is_told(entry.value):
            text = _text(entry.value)
            typed[spec.name] = text if isinstance(spec.shape, Text) else half_width(text)
    return model.item_key(typed)


def _misshape(shape: Shape, node: raw.Node) -> tuple[str, str]:
    given = {raw.Mapping: "一组键值", raw.Sequence: "一个列表"}.get(type(node)) or f"一个值{shown(_text(node))}"
    match shape:
        case Section() | TableOf():
            keys = list(fields_of(shape.model))[:3] if isinstance(shape, Section) else ["30101"]
            return f"这里应是一组“键: 值”，写成了{given}。", f"在下一行缩进后写“{keys[0]}: …”等键；没有的事项写“无”。"
        case ListOf():
            return f"这里应是列表，写成了{given}。", "每项一行，以“- ”开头；没有的写“无”。"
        case _:
            return f"这里应是一个值，写成了{given}。", "只写一个值；文字里有“: ”或以“[”“{”开头的，整个放进引号里。"


def _nothing(shape: Shape) -> object:
    """What a stated nothing means: amounts and counts of 0, empty lists; FAULTY where a name would be needed."""
    if isinstance(shape, Section):
        return _nothing_under(fields_of(shape.model).values(), shape.model)
    if isinstance(shape, Whole) and shape.least > 0:
        return Gap.FAULTY
    nothings: dict[type, object] = {Money: Amount(0), Whole: 0, Score: Decimal(0), Lines: [], ListOf: [], TableOf: {}}
    return nothings.get(type(shape), Gap.FAULTY)


def _nothing_under(specs: Iterable[FieldSpec], model: type[Declared]) -> object:
    values = {s: _nothing(s.shape) for s in specs}
    if any(s.required and value is Gap.FAULTY for s, value in values.items()):
        return Gap.FAULTY
    nothings: dict[str, Any] = {s.name: value for s, value in values.items() if value is not Gap.FAULTY}
    return model(**nothings)
