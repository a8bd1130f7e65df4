"""The nine tables of a packet (an .xlsx, or a published .docx) → accounts: read by titles and headings alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from budgetgen.classification import LATEST, SECTION_DIGITS, read_classification
from budgetgen.issues import Findings, Issue, Rule, SourceRef
from budgetgen.model import Accounts, Loaded, child_path, entry_path, item_path
from budgetgen.model.declarations import FieldSpec, ListOf, Money, Section, Shape, TableOf, Whole, fields_of
from budgetgen.model.sections import (
    GENERAL_PUBLIC_BUDGET,
    OfficialReception,
    OverseasTravel,
    ThreePublic,
    ThreePublicItem,
    Unit,
    VehiclePurchase,
    VehicleRunning,
)
from budgetgen.money import plain_text
from budgetgen.office.package import Damaged, Package
from budgetgen.office.workbook_reader import Book
from budgetgen.published.detail import line_of, make_lines, names_of, sources_of
from budgetgen.published.find import Found, Missing, find_tables, find_year
from budgetgen.published.grid import Grid, read_sheets
from budgetgen.published.totals import Compute, Stated, Tables, gather, settle
from budgetgen.published.word import read_tables

_ITEMS: Mapping[str, tuple[str, type[ThreePublicItem]]] = {
    "overseas_travel": ("因公出国费", OverseasTravel),
    "vehicle_purchase": ("公务用车购置费", VehiclePurchase),
    "vehicle_running": ("公务用车运行维护费", VehicleRunning),
    "official_reception": ("公务接待费", OfficialReception),
}
_MEASURES = {"adjusted_budget": "全年预算", "actual": "决算"}
_UNIT_FACTS = ("职责", "内设机构", "决算单位")
_SECTIONS = ("上年", "机关运行经费", "会议费", "培训费", "政府采购", "国有资产")
_TOLD = frozenset({"全年预算", "决算"})
"""What table 09 has of each item."""


@dataclass(frozen=True)
class Disclosed:
    """What nine tables tell.

    `accounts` hold no total; `stated` are all totals that the tables print. `unknown` are paths that the accounts
    must have and the tables do not tell: what stands there is a stand-in, to be written as 【待填写】.
    """

    accounts: Accounts
    sources: Mapping[str, SourceRef]
    stated: tuple[Stated, ...]
    found: Mapping[str, Found]
    missing: tuple[Missing, ...]
    unknown: tuple[str, ...]
    issues: tuple[Issue, ...]

    def settled(self, compute: Compute) -> Loaded:
        """The accounts with those totals as 数字核定 that their parts contradict or round differently.

        `compute` gives the figures of accounts by name: this layer computes nothing itself.
        """
        done = settle(self.accounts, self.stated, compute)
        return Loaded(
            done.accounts, {**self.sources, **done.places}, (*self.issues, *done.issues), pending=self.unknown
        )


def read_sheets_of(book: Book, findings: Findings) -> Disclosed:
    """Read the nine tables of a workbook; its sheets may be any that hold them.

    Raises `Rejected` with every fault found where one of them is an error.
    """
    return _read(book.file, read_sheets(book), [], findings)


def read_document(package: Package, findings: Findings) -> Disclosed:
    """Read the nine tables of a document. Texts outside of them are not read, but for the year on the cover.

    Raises `Rejected` with every fault found where one of them is an error.
    """
    try:
        grids, cover = read_tables(package)
    except Damaged as e:
        cause, mend = f"文件坏了，正文读不出来（{e}）。", "用 Word 或 WPS 打开，另存为 .docx 再试。"
        findings.error(Rule.FILE_KIND, cause, mend, SourceRef(package.file))
        grids, cover = [], []
    findings.stop()
    return _read(package.file, grids, cover, findings)


def _read(file: str, grids: Sequence[Grid], cover: Sequence[str], findings: Findings) -> Disclosed:
    found, missing = find_tables(grids, findings)
    if not found:
        cause = "这个文件不是填报表，也没有找到公开表：没有一张表有“收入支出决算总表”这样的标题和表头。"
        findings.error(
            Rule.TABLE_MISSING, cause, "核对是不是选错了文件；要填报的，用 budgetgen new 生成填报表。", SourceRef(file)
        )
    findings.stop()
    return _disclosed(file, cover, found, missing, findings)


def _disclosed(
    file: str, cover: Sequence[str], found: Mapping[str, Found], missing: list[Missing], findings: Findings
) -> Disclosed:
    titles = [c.text for f in found.values() for c in f.grid.rows[f.row] if c.own]
    year = find_year(cover) or find_year(titles) or find_year([file])
    names = read_classification(year or LATEST)
    unit = _unit(found, findings)
    tables = gather(found, unit, names, findings)
    drafts = make_lines(tables, findings)
    owner = next((f.owner for f in found.values() if f.owner), "")
    is_unit = any(f.owner_kind == "单位" for f in found.values())
    own = names_of(tables, names)
    sources = {"": SourceRef(file)}
    for draft in drafts:
        sources |= sources_of(draft)
    economic = tables.economic
    amounts = (
        {k: v for k, v in economic.amounts.items() if len(k) == SECTION_DIGITS and k.isdigit() and v}
        if economic
        else {}
    )
    if economic:
        sources |= {f"基本支出经济分类[{k}]": economic.places[k] for k in amounts}
    accounts = Accounts(
        year=year or LATEST,
        money_unit=unit,
        unit=Unit(
            name=owner or "【待填写：单位名称】",
            kind="单位" if is_unit else "部门",
            listed_classes=[c for c in tables.listed if _is_nil(c, tables)],
        ),
        lines=[line_of(d, own) for d in drafts],
        non_fiscal_surplus_used=tables.facts.get("使用非财政拨款结余"),
        surplus_distribution=tables.facts.get("结余分配"),
        economic=dict(sorted(amounts.items())),
        three_public=_three_public(tables, sources, findings),
    )
    _check_signs(accounts, sources, findings)
    unknown = (*_unknown(file, findings, year=year, owner=owner, is_unit=is_unit), *tables.unfilled, *_untold(accounts))
    findings.stop()
    totals = tuple(s for s in tables.totals if s.name not in {"使用非财政拨款结余", "结余分配"})
    return Disclosed(accounts, sources, totals, found, tuple(missing), unknown, findings.issues())


def _is_nil(code: str, tables: Tables) -> bool:
    spent = tables.by_code.get("03")
    return spent is None or not any(c.startswith(code) for c in spent.rows)


def _unit(found: Mapping[str, Found], findings: Findings) -> Literal["元", "万元"]:
    """The 金额单位 of the file: that of its tables, which must agree where one is silent."""
    told = {f.money_unit for f in found.values() if f.money_unit}
    strange = told - {"元", "万元"}
    silent = [f for f in found.values() if not f.money_unit]
    place = next(iter(found.values())).grid.place
    if strange:
        cause = f"金额单位是{'、'.join(sorted(strange))}，只认元和万元。"
        findings.error(Rule.TABLE_UNIT, cause, "换算成元或万元。", place)
    elif not told:
        findings.error(Rule.TABLE_UNIT, "没有一张表写明金额单位。", "在表上方写“单位：万元”或“单位：元”。", place)
    elif silent and len(told) > 1:
        findings.error(
            Rule.TABLE_UNIT, "这张表没有写明金额单位，别的表有元也有万元。", "在表上方写明。", silent[0].grid.place
        )
    for table in silent if len(told) == 1 else ():
        cause = f"这张表没有写明金额单位，按别的表是{next(iter(told))}。"
        findings.note(Rule.TABLE_UNIT, cause, "在表上方写明。", table.grid.place)
    findings.stop()
    return "万元" if "万元" in told else "元"


def _unknown(file: str, findings: Findings, *, year: int | None, owner: str, is_unit: bool) -> tuple[str, ...]:
    paths = [] if is_unit else ["单位.类型"]
    if not owner:
        paths.append("单位.名称")
    if year is None:
        paths.append("年度")
    if paths:
        cause = f"表里没有{'、'.join(paths)}。"
        findings.warn(Rule.TABLE_UNTOLD, cause, "在写出的文件里填上。", SourceRef(file))
    return tuple(paths)


def _three_public(tables: Tables, sources: dict[str, SourceRef], findings: Findings) -> ThreePublic | None:
    row = tables.three_public
    if row is None or row.place is None:
        return None
    if not row.amounts and not row.unfilled:
        findings.note(Rule.BLANK, "公开09 没有数，按 0 读取。", "有三公经费的，补上这张表。", row.place)
    items: dict[str, Any] = {}
    for name, (key, model) in _ITEMS.items():
        amounts: dict[str, Any] = {}
        for field, measure in _MEASURES.items():
            amounts[field] = None if f"{measure}.{key}" in row.unfilled else row.get(f"{measure}.{key}")
            if place := row.places.get(f"{measure}.{key}"):
                sources[f"三公经费.{key}.{measure}"] = place
        items[name] = model(**amounts)
    return ThreePublic(**items)


def _untold(accounts: Accounts) -> Iterator[str]:
    """The paths of facts and figures that no table prints. Reasons are not among them: few are needed, and build says which."""
    yield from (child_path("单位", key) for key in _UNIT_FACTS)
    for index, line in enumerate(accounts.lines):
        if line.fund == GENERAL_PUBLIC_BUDGET:
            yield child_path(item_path("收支明细", index, line), "年初预算")
    if accounts.three_public is not None:
        for key, spec in fields_of(type(accounts.three_public)).items():
            yield from (p for p in _numbers(spec, child_path("三公经费", key)) if p.rpartition(".")[2] not in _TOLD)
    for key in _SECTIONS:
        yield from _numbers(fields_of(Accounts)[key], key)


def _numbers(section: FieldSpec, path: str) -> Iterator[str]:
    """The figures that stand directly in a section."""
    assert isinstance(section.shape, Section)
    for key, spec in fields_of(section.shape.model).items():
        if isinstance(spec.shape, (Money, Whole)):
            yield child_path(path, key)


def _check_signs(accounts: Accounts, sources: Mapping[str, SourceRef], findings: Findings) -> None:
    """Every negative amount, with its cell."""
    for path, amount, signed in _amounts(Section(Accounts), accounts, ""):
        if amount < 0:
            told = f"{path} 是负数（{plain_text(amount.wan_yuan, strip_zeros=True)} 万元）"
            place = sources.get(path) or sources.get("")
            if signed:
                findings.warn(Rule.NEGATIVE, f"{told}。", "红字冲减才会是负数，请核对。", place, path)
            else:
                findings.error(Rule.NEGATIVE, f"{told}，这里不能为负。", "核对后填 0 或正数。", place, path)


def _amounts(shape: Shape, value: Any, path: str) -> Iterator[tuple[str, Any, bool]]:
    """(path, amount, whether it may be below zero) of everything below `value`."""
    if value is None:
        return
    match shape:
        case Money(signed):
            yield path, value, signed
        case TableOf(_, Money(signed)):
            yield from ((entry_path(path, key), amount, signed) for key, amount in value.items())
        case Section(model):
            for key, spec in fields_of(model).items():
                yield from _amounts(spec.shape, getattr(value, spec.name), child_path(path, key))
        case ListOf(item):
            for index, one in enumerate(value):
                yield from _amounts(item, one, item_path(path, index, one))
