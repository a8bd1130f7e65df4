"""Where each declared field stands in the 填报表, and docs/填报指南.md, which tells it: all from the declarations."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Any

from budgetgen.input.spelling import half_width
from budgetgen.issues import SourceRef
from budgetgen.model import Accounts, Declared
from budgetgen.model.accounts import found_in
from budgetgen.model.declarations import Code, FieldSpec, ListOf, Money, Section, Shape, TableOf, Text, fields_of
from budgetgen.model.extra_fields import EXTRAS, WORDING
from budgetgen.model.performance import Indicator, Project
from budgetgen.model.sections import Line
from budgetgen.records import record

GUIDE, UNIT, LINES, ECONOMIC, DETAIL = "填报说明", "单位", "收支明细", "经济分类", "支出经济分类"
THREE_PUBLIC, PRIOR, OTHER, TEXTS, CODES = "三公经费", "上年数", "其他事项", "文字", "科目表"
EVALUATION, INDICATORS, WEIGHTS, PROJECTS = "绩效自评", "绩效指标", "绩效权重", "绩效项目"
SHEETS = (
    GUIDE, UNIT, LINES, ECONOMIC, DETAIL, THREE_PUBLIC, PRIOR, OTHER, TEXTS, EVALUATION, INDICATORS, WEIGHTS, PROJECTS,
)  # fmt: skip
SCORE_SHEETS = (EVALUATION, INDICATORS, WEIGHTS, PROJECTS)
FORMS = (UNIT, PRIOR, OTHER, TEXTS, EVALUATION)
"""Sheets of one fact a row."""
LAST_FORMS = (EXTRAS, WORDING)
"""Sheets of one fact a row that only the forms of some 版式 have, after all others."""
SECTION, ITEM, NUMBER, CONTENT, UNIT_NOTE, NOTE = "事项", "项目", "序号", "内容", "单位", "说明"
FORM_HEADERS = (SECTION, ITEM, NUMBER, CONTENT, UNIT_NOTE, NOTE)
JOINT = "·"
_CELL, _NUMBER = re.compile(r"([A-Z]+)([0-9]+)"), re.compile("[0-9]+")
STANDS = "有"
"""Beside a section's name: it is there, though none of its fields is filled."""
LINES_KEY, ECONOMIC_KEY, PUBLIC_KEY, PRIOR_KEY, STATED_KEY = (
    "收支明细",
    "基本支出经济分类",
    "三公经费",
    "上年",
    "数字核定",
)
WHOLE_KEY, PROJECTS_KEY, INDICATORS_KEY, WEIGHTS_KEY = "整体", "项目", "指标", "权重"
PROJECT_HEADER, WHOLE_ROW = "项目", "整体支出"
"""The column of 绩效指标 and 绩效权重 that says which table a row is of, and what stands in it for 整体."""
FIRST_HEADER, POINTS_HEADER = "一级指标", "分值"
CODE_HEADER, NAME_HEADER, AMOUNT_HEADER = "编码", "名称", "金额"
LOOKED_UP = ("科目名称", "所属款", "所属类")
DIFFERENCE = "收支差额"
COMPUTED = (*LOOKED_UP, DIFFERENCE)
"""Columns that the form works out for whoever fills it; they are never read."""
_HEAD = """\
# 填报指南

本页由程序的字段声明生成：`python -m budgetgen.reference`。每一项在填报表的哪张表、YAML 里叫什么、从哪里抄。

- 填报表：`budgetgen new 文件夹` 生成。黄色的格填写，灰色的格自动算出，变红的要核对，橙色的【待填写】要换掉。
- “键”是 YAML 里的名称，“名称”是填报表上和公开材料上的；填报表里两种写法都认。
- 金额按“单位”表里的金额单位（元或万元），只写数字。没有的写 0 或“无”；空着是没有填。
- 会计系统里的表按公开表下面注明的叫法：公开01 出自财决01表，公开02 财决03表，公开03 财决04表，公开04 财决01-1表，公开05 财决07表，公开06 财决08-1表，公开07 财决09表，公开08 财决11表，公开09 财决F03表。
"""


@record
class Leaf:
    """One field that holds a value or a list of values.

    `keys` lead to it from the top; `labels` are the same as printed. `listed` is the number of keys that lead to the
    list it is in or is itself, 0 outside of lists.
    """

    keys: tuple[str, ...]
    labels: tuple[str, ...]
    spec: FieldSpec
    listed: int = 0

    @property
    def shape(self) -> Shape:
        """The shape of one value."""
        return self.spec.shape.item if isinstance(self.spec.shape, ListOf) else self.spec.shape

    @property
    def title(self) -> str:
        """What a row or column is called below its section: `收入·财政拨款收入`."""
        return JOINT.join(self.labels)

    @property
    def unit(self) -> str:
        """元 where the amount is in the file's 金额单位; a counter; blank."""
        return "按金额单位" if isinstance(self.shape, Money) else self.spec.unit


def leaves(model: type[Declared], above: Leaf | None = None) -> Iterator[Leaf]:
    """All fields below `model` that hold values, in order as declared."""
    keys, labels, listed = (above.keys, above.labels, above.listed) if above else ((), (), 0)
    for spec in fields_of(model).values():
        shape = spec.shape
        label = spec.key if spec.label in labels else spec.label  # 会议费·合计, not 会议费·会议费
        leaf = Leaf((*keys, spec.key), (*labels, label), spec, listed)
        if isinstance(shape, ListOf):
            leaf = Leaf(leaf.keys, leaf.labels, spec, len(leaf.keys))
        part = shape.item if isinstance(shape, ListOf) else shape
        if isinstance(part, Section):
            yield from leaves(part.model, leaf)
        elif not isinstance(part, TableOf):
            yield leaf


def sheets_of(model: type[Accounts]) -> tuple[str, ...]:
    """The sheets of a form that asks for the fields of `model`, in order, without the guide and the codes."""
    keys = fields_of(model).keys()
    rows = form_rows(model)
    tables = {LINES: LINES_KEY, ECONOMIC: ECONOMIC_KEY, DETAIL: DETAIL, THREE_PUBLIC: PUBLIC_KEY}
    tables |= dict.fromkeys(SCORE_SHEETS, EVALUATION)
    lists = [leaf.keys[0] for leaf in own_lists(model)]
    own = [*(key for key in lists if key not in SHEETS), *(name for name in LAST_FORMS if name in rows)]
    return tuple(s for s in (*SHEETS[1:], *own) if (tables[s] in keys if s in tables else bool(rows.get(s, s in own))))


def form_rows(model: type[Accounts] = Accounts) -> Mapping[str, tuple[Leaf, ...]]:
    """The rows of each form sheet, in order as declared; 补充 and 用词 are some where the 版式 has such fields."""
    last = (name for name in LAST_FORMS if name in fields_of(model))
    rows: dict[str, list[Leaf]] = {name: [] for name in (*FORMS, *last)}
    tables = {leaf.keys[0] for leaf in own_lists(model)}
    for leaf in leaves(model):
        sheet = _sheet_of(leaf)
        if sheet in rows and leaf.keys[0] not in tables:
            rows[sheet].append(leaf)
    return MappingProxyType({name: tuple(found) for name, found in rows.items()})


def own_lists(model: type[Accounts]) -> tuple[Leaf, ...]:
    """The lists at the top that are a sheet of their own, a row an item: those that only this kind of packet has, and DETAIL."""
    own = [spec for key, spec in fields_of(model).items() if key not in fields_of(Accounts) or key == DETAIL]
    lists = (Leaf((s.key,), (s.label,), s, 1) for s in own if isinstance(s.shape, ListOf))
    return tuple(leaf for leaf in lists if isinstance(leaf.shape, Section) and not _nested(leaf.shape))


def _nested(item: Section) -> bool:
    """Whether an item of a list holds lists itself."""
    return any(leaf.listed for leaf in leaves(item.model))


def columns_of(listed: Leaf) -> tuple[Leaf, ...]:
    """The columns of the sheet of a list."""
    assert isinstance(listed.shape, Section)
    return tuple(leaves(listed.shape.model))


def _sheet_of(leaf: Leaf) -> str:
    top = leaf.keys[0]
    if top == LINES_KEY:
        return LINES
    if top == PUBLIC_KEY and not leaf.listed:
        return THREE_PUBLIC
    if top in LAST_FORMS:
        return top
    if top == PRIOR_KEY:
        return PRIOR
    if top == EVALUATION:
        return INDICATORS if INDICATORS_KEY in leaf.keys else PROJECTS if leaf.keys[1] == PROJECTS_KEY else EVALUATION
    if not leaf.listed and (top == UNIT or (len(leaf.keys) == 1 and _heads(leaf))):
        return UNIT
    return TEXTS if _all_text(leaf) else OTHER


def _heads(leaf: Leaf) -> bool:
    """Whether a field stands at the head of a file: before its first section."""
    keys = list(fields_of(Accounts))
    first = next(k for k, s in fields_of(Accounts).items() if isinstance(s.shape, Section))
    return leaf.keys[0] in keys[: keys.index(first)]


def _all_text(leaf: Leaf) -> bool:
    """Whether a field is a text, and so are all others of its list's items."""
    if not leaf.listed or leaf.listed == len(leaf.keys):
        return isinstance(leaf.shape, (Text, Code))
    beside = (other for other in leaves(Accounts) if other.keys[: leaf.listed] == leaf.keys[: leaf.listed])
    return all(isinstance(other.shape, Text) for other in beside)


@cache
def line_columns() -> tuple[Leaf, ...]:
    """The columns of 收支明细."""
    return tuple(leaves(Line))


@cache
def project_columns() -> tuple[Leaf, ...]:
    """The columns of 绩效项目; indicators and weights have sheets of their own."""
    return tuple(leaf for leaf in leaves(Project) if not leaf.listed)


@cache
def indicator_columns() -> tuple[Leaf, ...]:
    """The columns of 绩效指标, beside the one that says of which table."""
    return tuple(leaves(Indicator))


@cache
def public_items() -> Mapping[str, FieldSpec]:
    """The rows of 三公经费."""
    shape = fields_of(Accounts)[PUBLIC_KEY].shape
    assert isinstance(shape, Section)
    return fields_of(shape.model)


@cache
def public_columns() -> Mapping[str, FieldSpec]:
    """The columns of 三公经费: every field that one of its rows has, but lists; texts come last."""
    columns: dict[str, FieldSpec] = {}
    for item in public_items().values():
        assert isinstance(item.shape, Section)
        for key, spec in fields_of(item.shape.model).items():
            if not isinstance(spec.shape, ListOf):
                columns.setdefault(key, spec)
    return MappingProxyType(dict(sorted(columns.items(), key=lambda column: isinstance(column[1].shape, Text))))


def plain(text: str) -> str:
    """A header or name as it is compared: half-width, without blanks and line breaks."""
    return "".join(half_width(text).split())


def find(names: list[str], top: type[Accounts] = Accounts) -> tuple[Leaf | None, str]:
    """The field or section that a row's names (keys or labels, from the top) lead to, else None and the name amiss."""
    model: type[Declared] | None = top
    leaf: Leaf | None = None
    for name in names:
        spec = None if model is None else spec_named(name, model)
        if spec is None:
            return None, name
        keys, labels, listed = (leaf.keys, leaf.labels, leaf.listed) if leaf else ((), (), 0)
        inside = isinstance(spec.shape, ListOf)
        leaf = Leaf((*keys, spec.key), (*labels, spec.label), spec, len(keys) + 1 if inside else listed)
        part = spec.shape.item if isinstance(spec.shape, ListOf) else spec.shape
        model = part.model if isinstance(part, Section) else None
    return leaf, ""


def spec_named(name: str, model: type[Declared]) -> FieldSpec | None:
    """The field of `model` with this key or printed label."""
    specs = fields_of(model)
    wanted = plain(name)
    return next((s for s in specs.values() if wanted in (plain(s.key), plain(s.label))), None)


def names_below(names: list[str], top: type[Accounts] = Accounts) -> list[str]:
    """The names that may stand where the last of `names` does."""
    leaf, _ = find(names[:-1], top)
    shape = leaf.shape if leaf else None
    model = top if len(names) == 1 else shape.model if isinstance(shape, Section) else None
    return [n for s in fields_of(model).values() for n in (s.label, s.key)] if model else []


def headers(columns: Sequence[Leaf]) -> tuple[dict[str, str], dict[str, Leaf]]:
    """Every way to write a header of a table with these columns → its title, and title → field.

    `收入·财政拨款收入`, `收入·财政拨款`, `收入.财政拨款`; the last name alone where only one column has it.
    """
    known: dict[str, str] = {}
    alone: dict[str, list[str]] = {}
    for leaf in columns:
        for key in (leaf.keys[-1], leaf.labels[-1]):
            for above in (leaf.keys[:-1], leaf.labels[:-1]):
                for joint in (JOINT, ".", ""):
                    known[plain(joint.join((*above, key)))] = leaf.title
            alone.setdefault(plain(key), []).append(leaf.title)
    for name, titles in alone.items():
        if len(set(titles)) == 1:
            known.setdefault(name, titles[0])
    return known, {leaf.title: leaf for leaf in columns}


def value_at(data: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    """What stands under `keys`; None where nothing does."""
    value: Any = data
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def place_order(place: SourceRef | None) -> tuple[str, int, int, str, int, int]:
    """Places as one meets them: by file, line, sheet as the form has them, row, column; numbers as numbers."""
    if place is None:
        return ("", 0, 0, "", 0, 0)
    order = (*SHEETS, *LAST_FORMS)
    sheet, _, cell = place.cell.partition("!")
    known = next((n for n, name in enumerate(order) if plain(sheet).startswith(name) and n), len(order))
    letters, row = _CELL.fullmatch(cell).groups() if _CELL.fullmatch(cell) else ("", "0")  # type: ignore[union-attr]
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return (place.file, place.line, known, _NUMBER.sub(lambda found: found[0].zfill(6), sheet), int(row), column)


def guide_text(model: type[Accounts] = Accounts) -> str:
    """The page as its file holds it."""
    parts = [_HEAD]
    for sheet in sheets_of(model):
        parts.append(f"\n## 工作表“{sheet}”\n\n")
        parts.append("| 名称 | 键 | 单位 | 必填 | 怎么填 | 从哪里抄 |\n|---|---|---|---|---|---|\n")
        parts += [_row(leaf, model) for leaf in _leaves(sheet, model)]
    return "".join(parts)


_SCORED = {
    PROJECTS: (project_columns, (PROJECTS_KEY,)),
    INDICATORS: (indicator_columns, (WHOLE_KEY, INDICATORS_KEY)),
}


def _leaves(sheet: str, model: type[Accounts]) -> Iterator[Leaf]:
    if sheet == LINES:
        for leaf in line_columns():
            yield Leaf((LINES_KEY, *leaf.keys), leaf.labels, leaf.spec)
    elif sheet == ECONOMIC:
        spec = fields_of(Accounts)[ECONOMIC_KEY]
        yield Leaf((spec.key,), (spec.label,), spec)
    elif sheet == THREE_PUBLIC:
        public = [leaf for leaf in leaves(Accounts) if leaf.keys[0] == PUBLIC_KEY and not leaf.listed]
        yield from public
    elif sheet in (PROJECTS, INDICATORS):
        columns, keys = _SCORED[sheet]
        yield from _under(columns(), *keys)
    elif sheet == WEIGHTS:
        weights, _ = find([EVALUATION, WHOLE_KEY, WEIGHTS_KEY])
        assert weights is not None
        yield weights
    elif own := next((leaf for leaf in own_lists(model) if leaf.keys[0] == sheet), None):
        for leaf in columns_of(own):
            yield Leaf((sheet, *leaf.keys), leaf.labels, leaf.spec, 1)
    else:
        yield from form_rows(model)[sheet]
        if sheet == OTHER:
            spec = fields_of(Accounts)[STATED_KEY]
            yield Leaf((spec.key,), (spec.label,), spec)


def _under(columns: tuple[Leaf, ...], *keys: str) -> Iterator[Leaf]:
    """The columns of a table of 绩效自评 with the keys of the list that they are in."""
    above = (EVALUATION, *keys)
    for leaf in columns:
        yield Leaf((*above, *leaf.keys), leaf.labels, leaf.spec, len(above))


def _row(leaf: Leaf, model: type[Accounts]) -> str:
    unit = leaf.unit or ("金额" if leaf.spec.unit else "")
    needed = "是" if leaf.spec.required else ""
    cells = (leaf.title, _key(leaf), unit, needed, leaf.spec.note, found_in(model, leaf.keys))
    return f"| {' | '.join(cell.replace('|', '｜') for cell in cells)} |\n"


def _key(leaf: Leaf) -> str:
    keys = [f"{key}[]" if leaf.listed == number else key for number, key in enumerate(leaf.keys, 1)]
    return f"`{'.'.join(keys)}`"
