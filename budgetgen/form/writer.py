"""Writes the 填报表.xlsx, empty or filled, from the declarations. Formulas are none newer than Excel 2007's, no macros."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from budgetgen.classification import LATEST, read_classification
from budgetgen.form import layout, look
from budgetgen.form.layout import Leaf
from budgetgen.form.look import Needed
from budgetgen.form.table_sheets import (
    LinesSheet,
    write_codes,
    write_economic,
    write_indicators,
    write_list,
    write_projects,
    write_public,
    write_weights,
)
from budgetgen.input.spelling import last_year
from budgetgen.input.yaml_writer import unbind
from budgetgen.issues import Findings, Rule, SourceRef
from budgetgen.model import Accounts
from budgetgen.model.declarations import Choice, Money, Score, Section, Shape, Whole, fields_of
from budgetgen.model.extra_fields import EXTRAS, WORDING
from budgetgen.office.workbook_saver import workbook_bytes
from budgetgen.records import record

_ITEM = re.compile(r"\[[^\]]*\]")
_GUIDE = (
    ("怎么填", ""),
    ("1", "先填“单位”表：年度、金额单位（元或万元，全部金额都用它）、名称、类型。"),
    ("2", "填“收支明细”：一个项级科目、一种资金一行；输入编码后，旁边显示名称和所属款、类。合计、小计都不用填。"),
    ("3", "填“经济分类”：一般公共预算基本支出按款填，合计应与基本支出相等。"),
    ("4", "填“三公经费”“上年数”“其他事项”“文字”。鼠标停在表头上有说明。"),
    ("5", "做绩效自评的，填“绩效自评”“绩效指标”“绩效权重”“绩效项目”；只做绩效自评的，只填“单位”和这四张表。"),
    ("6", "保存后运行：budgetgen build 填报表.xlsx。有错误会指出是哪张表哪一格，如 收支明细!F12。"),
    ("要点", ""),
    ("必填", "表头或项目写着（必填）的，这个版式一定要。格是深黄的还没有填，填了就变浅。"),
    ("黄色", "要填的格。空着就是没有填；没有的事写 0 或“无”，不要空着。收支明细、经济分类里空着的金额当作 0。"),
    ("橙色", "写着【待填写】的格：上年填过的，或公开表里没有的。换成今年的；没有的写 0 或“无”。上年的说法在“说明”里或批注里，只供参考。"),
    ("灰色", "自动算出或不用填的格，程序不读。"),
    ("红色", "收入与支出（连同年初、年末结转）不相等，或经济分类合计与基本支出不相等，要核对。"),
    ("列和行", "可以插入、移动、隐藏列，可以插入行；表头、事项、项目的名称不要改，数据里不要合并单元格。"),
    ("金额", "只写数字，不写单位。可以用公式，公式要算出结果后保存。"),
    ("名单", "职责、会议、团组等有几项的，按“序号”编号，一项一号；不够时插入行，照样写事项、项目和序号。"),
)  # fmt: skip


@record
class Asked:
    """What a form asks for, whoever fills it.

    `profile` and `kind` stand in an empty form; `model` says which sheets there are. Rows and columns of fields that the 版式
    does not ask for (`asks_for`, by their keys) are folded away where nothing is in them. `figures` are the names to
    choose from in 数字核定. `needed` are the paths of what a packet can't do without: 必填 is said of them, and the guide
    counts those that are blank.
    """

    profile: str = ""
    kind: str = ""
    model: type[Accounts] | None = None
    asks_for: Callable[[str], bool] = lambda _: True
    figures: Sequence[str] = ()
    needed: Collection[str] = ()


def write_form_book(
    accounts: Accounts | None,
    profiles: Sequence[str],
    asked: Asked | None = None,
    *,
    pending: Collection[str] = (),
    notes: Mapping[str, str] | None = None,
) -> bytes:
    """The 填报表: filled from `accounts`, or empty.

    `profiles` are the 版式 to choose from, `pending` paths that are still to be filled in, `notes` last year's texts by
    path: they stand as notes on the cells and are never read. The same input gives the same bytes. Rejected where a
    text is longer than a cell may be.
    """
    return _FormBook(accounts, asked or Asked(), pending, notes or {}).write(profiles)


class _FormBook:
    """One form: its sheets, and what is to be written in them."""

    def __init__(
        self, accounts: Accounts | None, asked: Asked, pending: Collection[str], notes: Mapping[str, str]
    ) -> None:
        self._asked, self._notes = asked, notes
        self._model = asked.model or (type(accounts) if accounts else Accounts)
        self._kind = asked.kind or (accounts.kind if accounts else "")
        self._needs = Needed(asked.needed)
        self._codes = read_classification(accounts.year if accounts else LATEST)
        blank = {key: text for key, text in {"版式": asked.profile, "材料": asked.kind}.items() if text}
        self._data: dict[str, Any] = unbind(accounts, pending, cells=True) if accounts else blank
        _check_lengths(self._data)
        self._book = Workbook()
        guide = self._book.active
        assert isinstance(guide, Worksheet)
        guide.title = layout.GUIDE
        self._guide = guide
        self._names = [n for n in layout.sheets_of(self._model) if n != layout.DETAIL or self._wants(n)]
        self._sheets = {name: self._book.create_sheet(name) for name in (*self._names, layout.CODES)}

    def write(self, profiles: Sequence[str]) -> bytes:
        """The workbook, its sheets filled in their order."""
        sheets, data = self._sheets, self._data
        listed = write_codes(sheets[layout.CODES], self._codes, profiles, self._asked.figures)
        places = self._write_facts(listed)
        if layout.LINES in sheets:
            self._write_lines(places)
        own = layout.own_lists(self._model)
        for leaf in (leaf for leaf in own if leaf.keys[0] in sheets):
            write_list(sheets[leaf.keys[0]], leaf, data.get(leaf.keys[0]), self._needs)
        if layout.THREE_PUBLIC in sheets:
            write_public(sheets[layout.THREE_PUBLIC], data.get(layout.PUBLIC_KEY, {}), self._notes, self._needs)
        if layout.EVALUATION in sheets:
            evaluation = data.get(layout.EVALUATION, {})
            write_indicators(sheets[layout.INDICATORS], evaluation)
            write_weights(sheets[layout.WEIGHTS], evaluation)
            write_projects(sheets[layout.PROJECTS], evaluation)
        partial = any(leaf.keys[0] != layout.DETAIL for leaf in own)
        _write_guide(self._guide, self._kind if partial else "", self._needs, [sheets[name] for name in self._names])
        assert self._book.calculation is not None
        self._book.calculation.fullCalcOnLoad = True
        return workbook_bytes(self._book)

    def _wants(self, sheet: str) -> bool:
        """Whether the 版式 asks for any amount of the list that is a sheet of its own, or it is there."""
        columns = (
            c for leaf in layout.own_lists(self._model) if leaf.keys[0] == sheet for c in layout.columns_of(leaf)
        )
        wanted = (self._asked.asks_for(f"{sheet}.{'.'.join(c.keys)}") for c in columns if isinstance(c.shape, Money))
        return bool(self._data.get(sheet)) or any(wanted)

    def _write_facts(self, listed: tuple[str, str]) -> dict[tuple[str, ...], str]:
        """The sheets of one fact a row; the address of each single value's cell by its keys."""
        rows = layout.form_rows(self._model)
        places: dict[tuple[str, ...], str] = {}
        blank_stated = _BLANK_STATED if self._asked.figures and layout.STATED_KEY in fields_of(self._model) else 0
        for name in (n for n in self._names if n in rows):
            leaves = [leaf for leaf in rows[name] if not self._asked_elsewhere(leaf)]
            facts = list(_facts(name, leaves, self._data, self._notes, blank_stated))
            places |= _write_form(self._sheets[name], name, facts, listed, self._notes, self._needs)
            _fold(self._sheets[name], [fact for _, fact in facts], self._notes, self._asked.asks_for)
        return places

    def _asked_elsewhere(self, leaf: Leaf) -> bool:
        """Whether a blank field states the same fact as another that this form asks for."""
        same = leaf.spec.same_as
        asked = same and self._asked.asks_for(same) and layout.find(same.split("."), self._model)[0]
        return bool(asked) and not layout.value_at(self._data, leaf.keys)

    def _write_lines(self, places: Mapping[tuple[str, ...], str]) -> None:
        """收支明细 and, where it is asked for, 经济分类; `places` are the cells of the facts that balance the lines."""
        given = self._data.get(layout.LINES_KEY)
        sheet = self._sheets[layout.LINES]
        lines = LinesSheet(sheet, given if isinstance(given, list) else [], self._notes, self._asked.asks_for)
        lines.write(places.get(("使用非财政拨款结余",), ""), places.get(("结余分配",), ""))
        if self._needs.of(layout.LINES_KEY):
            lines.need(self._needs)
        if economic := self._sheets.get(layout.ECONOMIC):
            amounts = self._data.get(layout.ECONOMIC_KEY, {})
            write_economic(economic, amounts, self._codes, lines.basic_of_general_budget, self._needs)


_STEPS = (
    ("怎么填", ""),
    ("1", "先填“单位”表：年度、金额单位（元或万元，全部金额都用它）、名称、类型。"),
    ("2", "再填后面的各张：有“内容”一列的，一项一行；其余的一条一行。鼠标停在表头上有说明。"),
    ("3", "保存后运行：budgetgen build 填报表.xlsx。有错误会指出是哪张表哪一格。"),
)
"""The first lines of the guide of a kind of packet that has sheets of its own."""


def _write_guide(sheet: Worksheet, kind: str, needs: Needed, sheets: Sequence[Worksheet]) -> None:
    """The guide: of 决算, or of another `kind` of packet, whose sheets are its own; above it what is still to be filled."""
    titles = (
        (f"{kind}填报表", "由它生成要公开的表和文本。")
        if kind
        else ("部门决算公开填报表", "由它生成九张公开表和决算公开文本。")
    )
    look.title(sheet, *titles)
    look.columns(sheet, (10, 110))
    points = next(n for n, (mark, _) in enumerate(_GUIDE) if mark == "要点")
    for row, (mark, text) in enumerate((*_STEPS, *_GUIDE[points:]) if kind else _GUIDE, needs.write(sheet, sheets, 4)):
        for column, value in enumerate((mark, text), 1):
            cell: Any = sheet.cell(row, column)
            look.put(cell, value)
            look.style_fixed(cell)
            if not text:
                cell.font = look.BOLD
        look.fit_row(sheet, row, [(text, 110)])
    look.page(sheet, "1:1")
    sheet.page_setup.fitToHeight = 1


def _check_lengths(data: Mapping[str, Any]) -> None:
    findings = Findings()
    for path, text in _texts(data, ""):
        if len(text) > look.MOST_CHARACTERS:
            cause = f"文字有 {len(text)} 字，Excel 一格最多 {look.MOST_CHARACTERS} 字。"
            findings.error(Rule.TOO_LARGE, cause, "分成几项，或用 YAML。", SourceRef(""), path)
    findings.stop()


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for number, inner in enumerate(value, 1):
            yield from _texts(inner, f"{path}[{number}]")
    else:
        yield path, value


_HEAD_ROW = 4
_WIDTHS = (18, 42, 6, 60, 12, 44)
_BLANK_TEXTS, _BLANK_SECTIONS, _BLANK_STATED = 5, 2, 2
"""Empty places of a list in an empty form."""
_CONTENT = 4
_NOTES = {
    layout.SECTION: "这一行属于哪个事项。",
    layout.ITEM: "填什么。名称与 YAML 的键或公开材料上的名称相同；不要改。",
    layout.NUMBER: "同一事项有几项时，从 1 起编号；同一项的各行编号相同。不够时插入行，照样编号。",
    layout.CONTENT: "填在这一列。金额按“单位”表里的金额单位填；没有的写 0 或“无”。",
    layout.UNIT_NOTE: "金额按“单位”表里的金额单位；其余照写的单位。",
    layout.NOTE: "怎么填。",
}
_HINTS = {
    layout.UNIT: "金额单位适用于整个工作簿。黄色的格填写。",
    layout.PRIOR: "从上年公开的表里照抄。没有的写 0。",
    layout.OTHER: "一行一项；没有的写 0。整个事项都没有的，在“项目”里只留空、内容写“无”也可以。",
    layout.EVALUATION: "第五部分：自评报告、基础数据和整体自评表。决算里有的数不用填；几段的文字，一段一行（Alt+Enter 换行）。",
    EXTRAS: "这个版式自己的项目。",
    WORDING: "与版式不同的用词，一行选一个；都照版式的，空着。",
    layout.TEXTS: "说明、原因和名单。原因末尾不写句号，不写增减；没有的写“无”。",
}


@record
class _Fact:
    """One row: the field it is for, its number in a list, its value (blank: to be filled in)."""

    section: str
    item: str
    number: str
    value: str
    shape: Shape | None
    unit: str = ""
    note: str = ""
    path: str = ""


def _write_form(
    sheet: Worksheet,
    name: str,
    facts: Sequence[tuple[tuple[str, ...], _Fact]],
    listed: tuple[str, str],
    notes: Mapping[str, str],
    needs: Needed,
) -> dict[tuple[str, ...], str]:
    """Write a form sheet with `facts`; the address of each single value's cell by its keys.

    `listed` are the ranges that list the 版式 and the figures; `notes` are last year's texts by path.
    """
    look.title(sheet, name, _HINTS[name])
    look.columns(sheet, _WIDTHS)
    for column, text in enumerate(layout.FORM_HEADERS, 1):
        look.header(sheet.cell(_HEAD_ROW, column), text, _NOTES[text])
    places: dict[tuple[str, ...], str] = {}
    checked: dict[Shape, list[str]] = {}
    for row, (keys, fact) in enumerate(facts, _HEAD_ROW + 1):
        _write(sheet, row, fact, notes.get(fact.path, ""))
        cell = sheet.cell(row, _CONTENT)
        if fact.section == layout.STATED_KEY:
            named: Any = sheet.cell(row, layout.FORM_HEADERS.index(layout.ITEM) + 1)
            look.style_input(named, None)
            look.offer(sheet, named.coordinate, listed[1], "指标名从列表中选；列表里没有的照名称表写。", firm=False)
            checked.setdefault(Money(signed=True), []).append(cell.coordinate)
        elif not fact.number:
            places[keys] = look.address(cell)
        if keys == (next(iter(fields_of(Accounts))),):
            look.offer(sheet, cell.coordinate, listed[0], "版式从列表中选；自己做的版式，先留空再在命令里写。")
        elif isinstance(fact.shape, Choice):
            look.offer(sheet, cell.coordinate, look.choices(fact.shape), "从列表中选。")
        elif isinstance(fact.shape, (Money, Score, Whole)):
            checked.setdefault(fact.shape, []).append(cell.coordinate)
    _mark(sheet, [fact for _, fact in facts], needs)
    for shape, cells in checked.items():
        look.check_number(sheet, cells, shape)
    sheet.freeze_panes = sheet.cell(_HEAD_ROW + 1, 3).coordinate
    look.page(sheet, f"{_HEAD_ROW}:{_HEAD_ROW}")
    return places


def _mark(sheet: Worksheet, facts: Sequence[_Fact], needs: Needed) -> None:
    """Mark the rows of what is needed."""
    wanted: dict[str, list[Any]] = {}
    for row, fact in enumerate(facts, _HEAD_ROW + 1):
        if path := needs.of(fact.path):
            wanted.setdefault(path, []).append(sheet.cell(row, _CONTENT))
    for path, cells in wanted.items():
        item = sheet.cell(cells[0].row, layout.FORM_HEADERS.index(layout.ITEM) + 1)
        needs.fact(path, cells, item if item.value else sheet.cell(cells[0].row, 1))


def _fold(sheet: Worksheet, facts: Sequence[_Fact], notes: Mapping[str, str], asks_for: Callable[[str], bool]) -> None:
    """Fold away the rows that the 版式 has no use for, where they hold nothing and nothing was said in them last year."""
    folded = False
    for row, fact in enumerate(facts, _HEAD_ROW + 1):
        if fact.path and not fact.value and fact.path not in notes and not asks_for(_ITEM.sub("", fact.path)):
            sheet.row_dimensions[row].outlineLevel, sheet.row_dimensions[row].hidden = 1, True
            folded = True
    if folded:
        sheet["A2"].value = f"{sheet['A2'].value}这个版式不印的项目收起来了，点左边的 + 展开。"


def _write(sheet: Worksheet, row: int, fact: _Fact, said: str) -> None:
    before = f"{last_year('')}：{said}" if said else ""
    told = "。".join(filter(None, (fact.note, before)))
    texts = (fact.section, fact.item, fact.number, fact.value, fact.unit, told)
    for column, text in enumerate(texts, 1):
        cell: Any = sheet.cell(row, column)
        if column == _CONTENT:
            look.put(cell, text, fact.shape)
            look.style_input(cell, fact.shape)
            look.attach(cell, before)
        else:
            look.put(cell, text, Whole() if column == layout.FORM_HEADERS.index(layout.NUMBER) + 1 else None)
            look.style_fixed(cell)
    look.fit_row(sheet, row, list(zip(texts, _WIDTHS, strict=True)))


def _facts(
    name: str, leaves: Sequence[Leaf], data: Mapping[str, Any], notes: Mapping[str, str], blank_stated: int
) -> Iterator[tuple[tuple[str, ...], _Fact]]:
    for prefix, group in groupby(leaves, key=lambda leaf: leaf.keys[: leaf.listed] or leaf.keys):
        rows = tuple(group)
        value = layout.value_at(data, prefix)
        if rows[0].listed:
            yield from ((prefix, fact) for fact in _list(rows, value, notes))
        else:
            yield prefix, _fact(rows[0], "", value or "", ".".join(rows[0].keys))
    if name == layout.OTHER:
        yield from (((), fact) for fact in _standing(data))
        for figure, amount in data.get(layout.STATED_KEY, {}).items():
            yield (), _Fact(layout.STATED_KEY, figure, "", amount, Money(signed=True), "按金额单位")
        note = "批复的数与各行四舍五入后的合计差一两分的，在“项目”里选是哪个数，填批复的数。没有的空着。"
        for _ in range(blank_stated):
            yield (), _Fact(layout.STATED_KEY, "", "", "", Money(signed=True), "按金额单位", note)


def _list(rows: tuple[Leaf, ...], value: Any, notes: Mapping[str, str]) -> Iterator[_Fact]:
    """The rows of one list: what is filled, and room for more."""
    leaf = rows[0]
    items = value if isinstance(value, list) else []
    if value == "无":
        yield _Fact(leaf.labels[0], layout.JOINT.join(leaf.labels[1 : leaf.listed]), "", "无", None)
    single = leaf.listed == len(leaf.keys)
    path = ".".join(leaf.keys[: leaf.listed])
    spare = 0 if items or value == "无" else _BLANK_TEXTS if single else _BLANK_SECTIONS
    while any(at == f"{path}[{spare + 1}]" or at.startswith(f"{path}[{spare + 1}].") for at in notes):
        spare += 1  # room for all that there was last year
    waiting = value if isinstance(value, str) and look.is_pending(value) else ""
    listed, _ = layout.find(list(leaf.keys[: leaf.listed]))
    for number, item in enumerate([*items, *[None] * spare], 1):
        for row in rows:
            inner = item if single else layout.value_at(item or {}, row.keys[row.listed :])
            at = ".".join((f"{path}[{number}]", *row.keys[row.listed :]))
            # A list that is still to be filled in says so once, in its first place.
            fact = _fact(row, str(number), inner or waiting, at)
            waiting = ""
            # What there is to know of the list itself stands beside its first row.
            heads = number == 1 and row is leaf and listed is not None and not single
            told = filter(None, (listed.spec.note if heads and listed else "", fact.note))
            yield replace(fact, note="。".join(told))


def _fact(leaf: Leaf, number: str, value: str, path: str) -> _Fact:
    return _Fact(
        leaf.labels[0], layout.JOINT.join(leaf.labels[1:]), number, value, leaf.shape, leaf.unit, leaf.spec.note, path
    )


def _standing(data: Mapping[str, Any]) -> Iterator[_Fact]:
    """Rows for sections that are there with nothing in them."""
    for leaf, number in _empty(data, ()):
        yield _Fact(leaf.labels[0], layout.JOINT.join(leaf.labels[1:]), number, layout.STANDS, None)


def _empty(data: Mapping[str, Any], keys: tuple[str, ...], number: str = "") -> Iterator[tuple[Leaf, str]]:
    for key, value in data.items():
        here = (*keys, key)
        if here in ((layout.LINES_KEY,), (layout.STATED_KEY,), (layout.ECONOMIC_KEY,)):
            continue
        if isinstance(value, dict):
            leaf, _ = layout.find(list(here))
            if not value and leaf is not None and isinstance(leaf.shape, Section):
                yield leaf, number
            yield from _empty(value, here, number)
        elif isinstance(value, list):
            for position, item in enumerate(value, 1):
                if isinstance(item, dict):
                    yield from _empty(item, here, str(position))
