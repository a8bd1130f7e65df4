"""Writes the 填报表.xlsx, empty or filled, from the declarations. Formulas are none newer than Excel 2007's, no macros."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from budgetgen.classification import LATEST, read_classification
from budgetgen.form import layout, look
from budgetgen.form.form_sheets import write_form
from budgetgen.form.score_sheets import write_indicators, write_projects, write_weights
from budgetgen.form.table_sheets import LinesSheet, write_codes, write_economic, write_public
from budgetgen.input.unbind import unbind
from budgetgen.issues import Findings, Rule, SourceRef
from budgetgen.model import Accounts

_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")
_GUIDE = (
    ("怎么填", ""),
    ("1", "先填“单位”表：年度、金额单位（元或万元，全部金额都用它）、名称、类型。"),
    ("2", "填“收支明细”：一个项级科目、一种资金一行；输入编码后，旁边显示名称和所属款、类。合计、小计都不用填。"),
    ("3", "填“经济分类”：一般公共预算基本支出按款填，合计应与基本支出相等。"),
    ("4", "填“三公经费”“上年数”“其他事项”“文字”。鼠标停在表头上有说明。"),
    ("5", "做绩效自评的，填“绩效自评”“绩效指标”“绩效权重”“绩效项目”；只做绩效自评的，只填“单位”和这四张表。"),
    ("6", "保存后运行：budgetgen build 填报表.xlsx。有错误会指出是哪张表哪一格，如 收支明细!F12。"),
    ("要点", ""),
    ("黄色", "要填的格。空着就是没有填；没有的事写 0 或“无”，不要空着。收支明细、经济分类里空着的金额当作 0。"),
    ("橙色", "写着【待填写】的格：上年填过的，或公开表里没有的。换成今年的；没有的写 0 或“无”。上年的说法在“说明”里或批注里，只供参考。"),
    ("灰色", "自动算出或不用填的格，程序不读。"),
    ("红色", "收入与支出（连同年初、年末结转）不相等，或经济分类合计与基本支出不相等，要核对。"),
    ("列和行", "可以插入、移动、隐藏列，可以插入行；表头、事项、项目的名称不要改，数据里不要合并单元格。"),
    ("金额", "只写数字，不写单位。可以用公式，公式要算出结果后保存。"),
    ("名单", "职责、会议、团组等有几项的，按“序号”编号，一项一号；不够时插入行，照样写事项、项目和序号。"),
)  # fmt: skip


def write_form_book(
    accounts: Accounts | None,
    profiles: Sequence[str],
    *,
    profile: str = "",
    pending: Collection[str] = (),
    notes: Mapping[str, str] | None = None,
) -> bytes:
    """The 填报表: filled from `accounts`, or empty with `profile` in place.

    `profiles` are the 版式 to choose from, `pending` paths that are still to be filled in, `notes` last year's texts by
    path: they stand as notes on the cells and are never read. The same input gives the same bytes. Rejected where a
    text is longer than a cell may be.
    """
    said = notes or {}
    data: dict[str, Any] = unbind(accounts, pending, cells=True) if accounts else {}
    if profile and not accounts:
        data["版式"] = profile
    _check_lengths(data)
    book = Workbook()
    guide = book.active
    assert isinstance(guide, Worksheet)
    guide.title = layout.GUIDE
    _write_guide(guide)
    sheets = {name: book.create_sheet(name) for name in (*layout.SHEETS[1:], layout.CODES)}
    codes = read_classification(accounts.year if accounts else LATEST)
    listed = write_codes(sheets[layout.CODES], codes, profiles)
    places: dict[tuple[str, ...], str] = {}
    for name in layout.FORMS:
        places |= write_form(sheets[name], name, data, listed, said)
    given = data.get(layout.LINES_KEY)
    lines = LinesSheet(sheets[layout.LINES], given if isinstance(given, list) else [], said)
    lines.write(places["使用非财政拨款结余",], places["结余分配",])
    write_economic(sheets[layout.ECONOMIC], data.get(layout.ECONOMIC_KEY, {}), codes, lines.basic_of_general_budget)
    write_public(sheets[layout.THREE_PUBLIC], data.get(layout.PUBLIC_KEY, {}), said)
    evaluation = data.get(layout.EVALUATION, {})
    write_indicators(sheets[layout.INDICATORS], evaluation)
    write_weights(sheets[layout.WEIGHTS], evaluation)
    write_projects(sheets[layout.PROJECTS], evaluation)
    return _saved(book)


def _saved(book: Workbook) -> bytes:
    moment = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
    book.properties.created = book.properties.modified = moment
    book.properties.creator = "budgetgen"
    assert book.calculation is not None
    book.calculation.fullCalcOnLoad = True
    stream = BytesIO()
    book.save(stream)
    return _without_clock(stream)


def _without_clock(stream: BytesIO) -> bytes:
    """The same package with no moment of saving in it."""
    result = BytesIO()
    with zipfile.ZipFile(stream) as source, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            part = source.read(name)
            if name == "docProps/core.xml":
                part = _MODIFIED.sub(rb"\g<1>2000-01-01T00:00:00Z", part)
            target.writestr(zipfile.ZipInfo(name), part, zipfile.ZIP_DEFLATED)
    return result.getvalue()


def _write_guide(sheet: Worksheet) -> None:
    look.title(sheet, "部门决算公开填报表", "由它生成九张公开表和决算公开文本。")
    look.columns(sheet, (10, 110))
    for row, (mark, text) in enumerate(_GUIDE, 4):
        for column, value in enumerate((mark, text), 1):
            cell: Any = sheet.cell(row, column)
            look.put(cell, value)
            look.style_fixed(cell)
            if not text:
                cell.font = look.BOLD
        look.fit_row(sheet, row, [(text, 110)])
    look.page(sheet, "1:1")


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
