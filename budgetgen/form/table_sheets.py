"""Writes the sheets of the 填报表 that are tables: 收支明细, 经济分类, 三公经费, those of 绩效自评, and the hidden one of codes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from openpyxl.styles import Alignment
from openpyxl.worksheet.worksheet import Worksheet

from budgetgen.classification import BASIC_CLASSES, SECTION_DIGITS, Classification, class_code
from budgetgen.form import layout, look
from budgetgen.form.layout import Leaf, value_at
from budgetgen.form.look import Needed
from budgetgen.input.spelling import last_year
from budgetgen.model import Line, entry_path
from budgetgen.model.declarations import Choice, Code, Lines, Money, Score, Section, Shape, Text, fields_of
from budgetgen.model.sections import GENERAL_PUBLIC_BUDGET
from budgetgen.office.cells import column_name
from budgetgen.records import record

TOTAL_ROW, HEAD_ROW = 4, 5
FIRST = HEAD_ROW + 1
SPARE_LINES, SPARE_CODES = 60, 10
NON_FISCAL = "非财政拨款"
_ADDED, _TAKEN = ("年初结转", "收入"), ("支出", "年末结转")
_NOT_FISCAL = frozenset({
    ("收入", "上级补助"), ("收入", "事业"), ("收入", "经营"), ("收入", "附属单位上缴"), ("收入", "其他"),
    ("支出", "上缴上级"), ("支出", "经营"), ("支出", "对附属单位补助"),
})  # fmt: skip
"""Columns in which only a line of 非财政拨款 has something."""
_OWN_NAMES = ("类名称", "款名称", "项名称")
_LOOKUP_WIDTHS = (32, 30, 24)


def write_codes(
    sheet: Worksheet, codes: Classification, profiles: Sequence[str], figures: Sequence[str]
) -> tuple[str, str]:
    """The hidden sheet: 功能分类 in A:B, 经济分类 in D:E, 版式 in G, figures in H; gives the ranges of the last two."""
    for first, accounts in ((1, codes.functional), (4, codes.economic)):
        for row, account in enumerate(accounts.values(), 1):
            for column, text in enumerate((account.code, account.name), first):
                look.put(sheet.cell(row, column), text)
    for column, names in ((7, profiles), (8, figures)):
        for row, name in enumerate(names, 1):
            look.put(sheet.cell(row, column), name)
    sheet.sheet_state = "hidden"
    profile_range, figure_range = (
        f"{layout.CODES}!${letter}$1:${letter}${max(len(names), 1)}"
        for letter, names in (("G", profiles), ("H", figures))
    )
    return profile_range, figure_range


class LinesSheet:
    """收支明细: its columns' letters, and the formulas that others need of it."""

    def __init__(
        self,
        sheet: Worksheet,
        lines: Sequence[Mapping[str, Any]],
        notes: Mapping[str, str],
        asks_for: Callable[[str], bool] = lambda _: True,
    ) -> None:
        self._sheet, self._asks_for = sheet, asks_for
        self._notes = notes
        self._lines = lines
        self._leaves = layout.line_columns()
        self._letters = {name: column_name(n) for n, name in enumerate(_order(self._leaves), 1)}
        self._last = FIRST + len(lines) + SPARE_LINES - 1

    def span(self, title: str) -> str:
        """The cells of a column below its header, for a formula on any sheet."""
        letter = self._letters[title]
        return f"{layout.LINES}!${letter}${FIRST}:${letter}${self._last}"

    @property
    def basic_of_general_budget(self) -> str:
        """Formula: 基本支出 of 一般公共预算; a blank 资金 means it."""
        fund = self.span("资金")
        return f'SUMPRODUCT(({fund}="{GENERAL_PUBLIC_BUDGET}")+({fund}=""),{self.span("支出·基本支出")})'

    def write(self, used: str, distributed: str) -> None:
        """Write the sheet; `used` and `distributed` are the cells of 使用非财政拨款结余 and 结余分配, blank where the form has none."""
        sheet = self._sheet
        look.title(sheet, layout.LINES, "一个项级科目、一种资金一行。灰色的格自动算出，不用填。空着的金额当作 0。")
        look.columns(sheet, [self._width(name) for name in self._letters])
        self._headers()
        for row in range(FIRST, self._last + 1):
            index = row - FIRST
            self._line(row, self._lines[index] if index < len(self._lines) else {})
        self._totals(used, distributed)
        self._rules()
        sheet.freeze_panes = sheet.cell(FIRST, 3).coordinate
        self._fold()
        look.page(sheet, f"{HEAD_ROW}:{HEAD_ROW}", "A:C")

    def need(self, needs: Needed) -> None:
        """Say that there must be a line at least."""
        head: Any = self._sheet.cell(HEAD_ROW, 1)
        needs.column(self._sheet, f"A{FIRST}:A{self._last}", head)

    def _fold(self) -> None:
        """Hide the columns that hold nothing, where the 版式 has no use for them or no line's 资金 has."""
        held = {leaf.title for leaf in self._leaves for line in self._lines if value_at(dict(line), leaf.keys)}
        fiscal = bool(self._lines) and all(line.get("资金", "") != NON_FISCAL for line in self._lines)
        folded = [
            self._letters[leaf.title]
            for leaf in self._leaves
            if leaf.title not in held
            and (
                leaf.title in _OWN_NAMES
                or not self._asks_for(f"{layout.LINES_KEY}.{'.'.join(leaf.keys)}")
                or (fiscal and leaf.keys in _NOT_FISCAL)
            )
        ]
        if folded:
            look.fold_columns(self._sheet, folded)
            self._sheet["A2"].value = f"{self._sheet['A2'].value}用不着的列收起来了，点上面的 + 展开。"

    def _width(self, name: str) -> int:
        if name in layout.LOOKED_UP:
            return _LOOKUP_WIDTHS[layout.LOOKED_UP.index(name)]
        return {"科目": 12, "资金": 15, "差异原因": 50}.get(name, 15)

    def _headers(self) -> None:
        notes = {leaf.title: _note(leaf) for leaf in self._leaves}
        notes |= dict.fromkeys(layout.LOOKED_UP, "按科目编码查出，不用填。")
        notes[layout.DIFFERENCE] = (
            "年初结转＋收入－支出－年末结转，应为 0；不为 0 时变红。非财政拨款各行合起来看第 3 行。"
        )
        for column, name in enumerate(self._letters, 1):
            look.header(self._sheet.cell(HEAD_ROW, column), name, notes[name])
        self._sheet.row_dimensions[HEAD_ROW].height = 48

    def _line(self, row: int, line: Mapping[str, Any]) -> None:
        key = Line.item_key({"code": line.get("科目", ""), "fund": line.get("资金", "")})
        path = entry_path(layout.LINES_KEY, key)
        for leaf in self._leaves:
            cell = self._sheet[f"{self._letters[leaf.title]}{row}"]
            look.put(cell, value_at(dict(line), leaf.keys) or "", leaf.shape)
            look.style_input(cell, leaf.shape)
            look.attach(cell, _said(self._notes, f"{path}.{'.'.join(leaf.keys)}") if line else "")
        code = f"$A{row}"
        parts = (f'{code}&""', f"LEFT({code},5)", f"LEFT({code},3)")
        for name, part in zip(layout.LOOKED_UP, parts, strict=True):
            found = f'IFERROR(VLOOKUP({part},{layout.CODES}!$A:$B,2,FALSE),"科目表里没有")'
            self._computed(name, row, f'=IF({code}="","",{found})')
        plus, minus = ("+".join(f"SUM({self._part(p, row)})" for p in parts) for parts in (_ADDED, _TAKEN))
        difference = f'=IF({code}="","",ROUND({plus}-{minus.replace("+", "-")},6))'
        self._computed(layout.DIFFERENCE, row, difference, amount=True)
        reason = str(line.get("差异原因", ""))
        look.fit_row(self._sheet, row, [(reason, 50)])

    def _part(self, key: str, row: int) -> str:
        letters = [self._letters[leaf.title] for leaf in self._leaves if leaf.keys[0] == key]
        return f"{letters[0]}{row}:{letters[-1]}{row}"

    def _computed(self, name: str, row: int, formula: str, *, amount: bool = False) -> None:
        cell = self._sheet[f"{self._letters[name]}{row}"]
        cell.value = formula
        look.style_fixed(cell, amount=amount)
        if not amount:  # a name is written smaller rather than cut
            cell.alignment = Alignment(vertical="center", shrink_to_fit=True)

    def _totals(self, used: str, distributed: str) -> None:
        sheet = self._sheet
        sheet[f"A{TOTAL_ROW}"].value = "合计"
        for letter in self._letters.values():
            look.style_fixed(sheet[f"{letter}{TOTAL_ROW}"], amount=True)
        for leaf in self._leaves:
            if isinstance(leaf.shape, Money):
                letter = self._letters[leaf.title]
                sheet[f"{letter}{TOTAL_ROW}"].value = f"=SUM({letter}{FIRST}:{letter}{self._last})"
        look.put(sheet["A3"], "收支核对")
        sheet["A3"].font = look.BOLD
        lines = f"{self._letters[layout.DIFFERENCE]}{FIRST}:{self._letters[layout.DIFFERENCE]}{self._last}"
        more = "".join(f"{sign}N({layout.OTHER}!{cell})" for sign, cell in (("+", used), ("-", distributed)) if cell)
        sheet["B3"].value = f"=ROUND(SUM({lines}){more},6)"
        look.style_fixed(sheet["B3"], amount=True)
        sheet["C3"].value = "年初结转＋收入＋使用结余－支出－结余分配－年末结转，应为 0"
        sheet["C3"].font = look.GREY

    def _rules(self) -> None:
        letter = self._letters[layout.DIFFERENCE]
        fund = f"${self._letters['资金']}{FIRST}"
        cells = f"{letter}{FIRST}:{letter}{self._last}"
        unequal = f'AND(ISNUMBER(${letter}{FIRST}),{fund}<>"{NON_FISCAL}",ABS(N(${letter}{FIRST}))>=0.005)'
        look.redden(self._sheet, cells, unequal)
        look.redden(self._sheet, "B3", "ABS(N($B$3))>=0.005")
        signs: dict[Money, list[str]] = {}
        for leaf in self._leaves:
            column = self._letters[leaf.title]
            span = f"{column}{FIRST}:{column}{self._last}"
            if isinstance(leaf.shape, Choice):
                look.offer(self._sheet, span, look.choices(leaf.shape), leaf.spec.note)
            elif isinstance(leaf.shape, Money):
                signs.setdefault(leaf.shape, []).append(span)
        for shape, spans in signs.items():
            look.check_number(self._sheet, spans, shape)


def _order(leaves: Sequence[Leaf]) -> list[str]:
    """The columns from the left: what a line is and whether it balances, its amounts, last what few lines need."""
    code, fund, *rest = (leaf.title for leaf in leaves)
    name, *above = layout.LOOKED_UP
    own = [title for title in rest if title in _OWN_NAMES]
    return [code, name, fund, layout.DIFFERENCE, *above, *(t for t in rest if t not in own), *own]


def _said(notes: Mapping[str, str], path: str) -> str:
    """The note of a cell with last year's text; blank where there is none."""
    return f"{last_year('')}：{notes[path]}" if path in notes else ""


def _note(leaf: Leaf) -> str:
    return "。".join(filter(None, (leaf.spec.note or leaf.title, f"单位：{leaf.unit}" if leaf.unit else "")))


def write_economic(
    sheet: Worksheet, amounts: Mapping[str, str], codes: Classification, basic: str, needs: Needed
) -> None:
    """经济分类: the 款 of table 06, to be filled where there is money; the total beside 基本支出, whose formula is `basic`.

    Where 基本支出 is filled in, there must be some.
    """
    look.title(sheet, layout.ECONOMIC, "一般公共预算财政拨款基本支出，按经济分类款。没有的空着。")
    look.columns(sheet, (14, 44, 20))
    listed = [c for c in codes.economic if len(c) == SECTION_DIGITS and class_code(c) in BASIC_CLASSES]
    rows = [*listed, *(c for c in amounts if c not in listed), *[""] * SPARE_CODES]
    last = FIRST + 1 + len(rows) - 1
    facts = (("合计", f"=SUM(C{FIRST + 1}:C{last})"), ("基本支出", f"={basic}"), ("差额", "=ROUND(C3-C4,6)"))
    for row, (name, formula) in enumerate(facts, 3):
        sheet.cell(row, 2).value, sheet.cell(row, 3).value = name, formula
        look.style_fixed(sheet.cell(row, 2))
        look.style_fixed(sheet.cell(row, 3), amount=True)
    look.redden(sheet, "C5", "ABS(N($C$5))>=0.005")
    notes = ("款级编码，5 位。", "按编码查出，不用填。", "按金额单位。没有的空着。")
    names = (layout.CODE_HEADER, layout.NAME_HEADER, layout.AMOUNT_HEADER)
    for column, (name, note) in enumerate(zip(names, notes, strict=True), 1):
        look.header(sheet.cell(FIRST, column), name, note)
    for row, code in enumerate(rows, FIRST + 1):
        look.put(sheet.cell(row, 1), code)
        look.put(sheet.cell(row, 3), amounts.get(code, ""), Money(signed=True))
        look.style_input(sheet.cell(row, 1), Code(SECTION_DIGITS))
        look.style_input(sheet.cell(row, 3), Money(signed=True))
        found = f'IFERROR(VLOOKUP($A{row}&"",{layout.CODES}!$D:$E,2,FALSE),"科目表里没有")'
        sheet.cell(row, 2).value = f'=IF($A{row}="","",{found})'
        look.style_fixed(sheet.cell(row, 2))
    look.check_number(sheet, [f"C{FIRST + 1}:C{last}"], Money(signed=True))
    if needs.of(layout.LINES_KEY):
        needs.column(sheet, f"C{FIRST + 1}:C{last}", sheet.cell(FIRST, 3), while_="N($C$4)<>0")
    sheet.freeze_panes = sheet.cell(FIRST + 1, 1).coordinate
    look.page(sheet, f"{FIRST}:{FIRST}")


def write_public(sheet: Worksheet, data: Mapping[str, Any], notes: Mapping[str, str], needs: Needed) -> None:
    """三公经费: one row an item, a column a field; a cell that an item does not have is grey."""
    look.title(sheet, layout.THREE_PUBLIC, "财政拨款开支的三公经费。没有的写 0；灰色的格不填。团组名单填在“其他事项”。")
    columns = layout.public_columns()
    texts = [isinstance(spec.shape, Text) for spec in columns.values()]
    widths = [26, *(30 if text else 13 for text in texts)]
    look.columns(sheet, widths)
    look.header(sheet.cell(HEAD_ROW, 1), "项目", "三公经费的各项。")
    for column, spec in enumerate(columns.values(), 2):
        unit = "按金额单位" if isinstance(spec.shape, Money) else spec.unit
        look.header(
            sheet.cell(HEAD_ROW, column), spec.key,
            "。".join(filter(None, (spec.note or spec.label, f"单位：{unit}" if unit else ""))),
        )  # fmt: skip
    for row, (key, item) in enumerate(layout.public_items().items(), FIRST):
        look.put(sheet.cell(row, 1), item.label)
        look.style_fixed(sheet.cell(row, 1))
        assert isinstance(item.shape, Section)
        own = fields_of(item.shape.model)
        values = data.get(key, {})
        for column, name in enumerate(columns, 2):
            cell: Any = sheet.cell(row, column)
            if name not in own:
                look.style_fixed(cell)
                continue
            look.put(cell, values.get(name, ""), own[name].shape)
            look.style_input(cell, own[name].shape)
            look.attach(cell, _said(notes, f"{layout.PUBLIC_KEY}.{key}.{name}"))
            if needs.of(f"{layout.PUBLIC_KEY}.{key}.{name}"):
                needs.cell(cell, sheet.cell(HEAD_ROW, column))
            if not isinstance(own[name].shape, Text):
                look.check_number(sheet, [cell.coordinate], own[name].shape)
        filled = [str(values.get(name, "")) for name in columns]
        look.fit_row(sheet, row, list(zip([item.label, *filled], widths, strict=True)))
    sheet.freeze_panes = sheet.cell(FIRST, 2).coordinate
    look.page(sheet, f"{HEAD_ROW}:{HEAD_ROW}", "A:A")


_SCORE_HEAD = 4
_SPARE_INDICATORS, _SPARE_WEIGHTS, _SPARE_PROJECTS = 40, 10, 15
_WIDE, _NARROW, _MIDDLE = 40, 13, 24
_LONG = frozenset({"预期目标", "完成情况", "绩效情况", "扣分标准", "偏差原因", "三级", "主要用途"})


@record
class _Column:
    title: str
    note: str
    shape: Shape
    width: int
    needed: bool = False


_OF = _Column(
    layout.PROJECT_HEADER, f"整体支出自评表写“{layout.WHOLE_ROW}”，项目写项目名称；空着同上一行。", Text(), _MIDDLE
)


def write_indicators(sheet: Worksheet, data: Mapping[str, Any]) -> None:
    """绩效指标: the indicators of 整体 and of each project; a list that is stated as nothing is a row of 无."""
    leaves = layout.indicator_columns()
    rows: list[list[str]] = []
    for name, table in _tables(data):
        found = table.get(layout.INDICATORS_KEY, [])
        items = found if isinstance(found, list) else [{leaves[0].keys[0]: found}]
        rows += [[name, *(str(value_at(item, leaf.keys) or "") for leaf in leaves)] for item in items]
    hint = "一个指标一行。得分不填的，指标值和完成值都是数时由程序算。没有指标的种类只填一级、二级指标。"
    _write(sheet, layout.INDICATORS, hint, [_OF, *map(_column, leaves)], rows, _SPARE_INDICATORS)


def write_weights(sheet: Worksheet, data: Mapping[str, Any]) -> None:
    """绩效权重: the points of each 一级指标."""
    columns = [
        _OF,
        _Column(layout.FIRST_HEADER, "如：产出指标。", Text(), _MIDDLE),
        _Column(layout.POINTS_HEADER, "一级指标的分值，印在名称后面，如 产出指标（40分）。", Score(), _NARROW),
    ]
    rows = [
        [name, first, str(points)]
        for name, table in _tables(data)
        for first, points in table.get(layout.WEIGHTS_KEY, {}).items()
    ]
    _write(sheet, layout.WEIGHTS, "一级指标的分值。表上不印分值的不用填。", columns, rows, _SPARE_WEIGHTS)


def write_projects(sheet: Worksheet, data: Mapping[str, Any]) -> None:
    """绩效项目: who, what for, the money and the scores that are stated; one row a project."""
    leaves = layout.project_columns()
    found = data.get(layout.PROJECTS_KEY, [])
    projects = found if isinstance(found, list) else []
    rows = [[str(value_at(item, leaf.keys) or "") for leaf in leaves] for item in projects]
    hint = "一个项目一行。指标填在“绩效指标”，权重填在“绩效权重”。涉密项目不填指标。"
    _write(sheet, layout.PROJECTS, hint, [_column(leaf) for leaf in leaves], rows, _SPARE_PROJECTS)


def write_list(sheet: Worksheet, listed: Leaf, items: object, needs: Needed) -> None:
    """A list that only one kind of packet has: one row an item."""
    leaves = layout.columns_of(listed)
    rows = (
        [[str(value_at(item, leaf.keys) or "") for leaf in leaves] for item in items or ()]
        if isinstance(items, list)
        else []
    )
    hint = f"一条一行。{listed.spec.note}"
    _write(sheet, listed.keys[0], hint, [_column(leaf) for leaf in leaves], rows, _SPARE_PROJECTS)
    if needs.of(listed.keys[0]):
        first, last = _SCORE_HEAD + 1, _SCORE_HEAD + len(rows) + _SPARE_PROJECTS
        needs.column(sheet, f"A{first}:A{last}", sheet.cell(_SCORE_HEAD, 1))


def _tables(data: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """整体 and the projects with the names that their rows carry."""
    whole, projects = data.get(layout.WHOLE_KEY), data.get(layout.PROJECTS_KEY)
    if isinstance(whole, dict):
        yield layout.WHOLE_ROW, whole
    for project in projects if isinstance(projects, list) else []:
        yield str(project[layout.project_columns()[0].keys[0]]), project


def _column(leaf: Leaf) -> _Column:
    said = filter(None, (leaf.spec.note, f"单位：{leaf.unit}" if leaf.unit else ""))
    numeric = isinstance(leaf.shape, (Money, Score))
    width = _WIDE if leaf.keys[-1] in _LONG or isinstance(leaf.shape, Lines) else _NARROW if numeric else _MIDDLE
    return _Column(leaf.title, "。".join(said), leaf.shape, width, leaf.spec.required)


def _write(
    sheet: Worksheet, name: str, hint: str, columns: Sequence[_Column], rows: Sequence[Sequence[str]], spare: int
) -> None:
    look.title(sheet, name, hint)
    widths = [c.width for c in columns]
    look.columns(sheet, widths)
    for number, column in enumerate(columns, 1):
        look.header(sheet.cell(_SCORE_HEAD, number), column.title, column.note)
    sheet.row_dimensions[_SCORE_HEAD].height = 48
    last = _SCORE_HEAD + len(rows) + spare
    for row in range(_SCORE_HEAD + 1, last + 1):
        values = rows[row - _SCORE_HEAD - 1] if row - _SCORE_HEAD <= len(rows) else [""] * len(columns)
        for number, (column, value) in enumerate(zip(columns, values, strict=True), 1):
            cell: Any = sheet.cell(row, number)
            look.put(cell, value, column.shape)
            look.style_input(cell, column.shape)
        look.fit_row(sheet, row, list(zip(values, widths, strict=True)))
    for number, column in enumerate(columns, 1):
        span = f"{column_name(number)}{_SCORE_HEAD + 1}:{column_name(number)}{last}"
        if column.needed:  # of a row that is there
            first, letter = _SCORE_HEAD + 1, column_name(number)
            look.mark(sheet.cell(_SCORE_HEAD, number))
            row_told = f"COUNTA($A{first}:${column_name(len(columns))}{first})>0"
            look.light(sheet, span, f"AND({row_told},LEN(TRIM(${letter}{first}))=0)")
        if isinstance(column.shape, Choice):
            look.offer(sheet, span, look.choices(column.shape), "从列表中选。")
        elif isinstance(column.shape, (Money, Score)):
            look.check_number(sheet, [span], column.shape)
    sheet.freeze_panes = sheet.cell(_SCORE_HEAD + 1, 2).coordinate
    look.page(sheet, f"{_SCORE_HEAD}:{_SCORE_HEAD}", "A:A")
