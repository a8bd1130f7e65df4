"""The nine tables of a packet (an .xlsx, or a published .docx) → accounts: read by titles and headings alone.

A document also tells in its texts what the unit is (职责, 机构设置, 公开平台) and why its figures differ: only what stands
there in the usual words is taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Literal

from budgetgen.classification import LATEST, SECTION_DIGITS, Classification, read_classification
from budgetgen.issues import Findings, Issue, Rule, SourceRef
from budgetgen.model import Accounts, Loaded, child_path, entry_path, item_path
from budgetgen.model.declarations import FieldSpec, ListOf, Money, Section, Shape, TableOf, Whole, fields_of
from budgetgen.model.sections import (
    GENERAL_PUBLIC_BUDGET,
    AgencyRunning,
    ChangeReasons,
    DisclosedUnit,
    Line,
    OfficialReception,
    OverseasTravel,
    SubordinateDuty,
    ThreePublic,
    ThreePublicItem,
    Unit,
    VehiclePurchase,
    VehicleRunning,
)
from budgetgen.money import plain_text
from budgetgen.office.package import Damaged, Package
from budgetgen.office.workbook_reader import Book
from budgetgen.published.detail import economic_details, line_of, make_lines, names_of, sources_of
from budgetgen.published.find import Found, Missing, find_tables, find_year
from budgetgen.published.grid import Grid, read_sheets
from budgetgen.published.totals import Compute, Stated, Tables, gather, settle
from budgetgen.published.word import read_tables
from budgetgen.records import record

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


@record
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
    """Read the nine tables of a document, the year on its cover, and what its texts tell of the unit and of reasons.

    Raises `Rejected` with every fault found where one of them is an error.
    """
    try:
        grids, cover, texts = read_tables(package)
    except Damaged as e:
        cause, mend = f"文件坏了，正文读不出来（{e}）。", "用 Word 或 WPS 打开，另存为 .docx 再试。"
        findings.error(Rule.FILE_KIND, cause, mend, SourceRef(package.file))
        grids, cover, texts = [], [], []
    findings.stop()
    return _read(package.file, grids, cover, findings, texts)


def _read(
    file: str, grids: Sequence[Grid], cover: Sequence[str], findings: Findings, texts: Sequence[str] = ()
) -> Disclosed:
    found, missing = find_tables(grids, findings)
    if not found:
        cause = "这个文件不是填报表，也没有找到公开表：没有一张表有“收入支出决算总表”这样的标题和表头。"
        findings.error(
            Rule.TABLE_MISSING, cause, "核对是不是选错了文件；要填报的，用 budgetgen new 生成填报表。", SourceRef(file)
        )
    findings.stop()
    return _disclosed(file, cover, texts, found, missing, findings)


def _disclosed(
    file: str,
    cover: Sequence[str],
    texts: Sequence[str],
    found: Mapping[str, Found],
    missing: list[Missing],
    findings: Findings,
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
    details, places = economic_details(tables, drafts, findings)
    sources |= places
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
        economic_detail=details,
        three_public=_three_public(tables, sources, findings),
    )
    _check_signs(accounts, sources, findings)
    accounts = _with_reasons(_with_unit(accounts, texts), texts, names)
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
        findings.note(Rule.BLANK, "“三公”经费支出决算表没有数，按 0 读取。", "有三公经费的，补上这张表。", row.place)
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
    facts = fields_of(type(accounts.unit))
    yield from (child_path("单位", key) for key in _UNIT_FACTS if getattr(accounts.unit, facts[key].name) is None)
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


# ---------------------------------------------------------------------------------------------- texts

_HEADING = re.compile(r"[一二三四五六七八九十]{1,3}、(?!.*。)|第[一二三四五六七八九十]部分")
_NUMBER = re.compile(
    r"(?P<mark>[（(][一二三四五六七八九十]{1,3}[）)]|[（(]\d{1,2}[）)]|\d{1,2}[）)．.、](?!\d)|[一二三四五六七八九十]{1,3}、)\s*"
)
_DUTIES = re.compile(
    r"(?:[一二三四五六七八九十]、|[（(]一[）)])?\s*(?:本?(?:部门|单位)|部门（单位）)?(?:的?主要)?(?:职责|职能|职能职责|职责职能)(?:情况)?"
)
_BODIES = re.compile(r"[一二三四五六七八九十]、.*(?:机构设置|内设机构|机构情况|单位构成).{0,8}")
_OF_UNIT = re.compile(r"(?P<unit>[^，。；：]{2,30})：(?P<text>.+)")
_NO_OFFICES = re.compile(r"(?:无|没有|未设(?:立|置)?)内设(?:机构|科室)")
_OFFICES = re.compile(r"内设[^。]*(?:[：:]|分别是|分别为|包括)(?P<names>[^。：:]+)")
_COUNT = re.compile(r"内设[^。：:\d]*(?P<count>\d{1,3})\s*个")
_OTHER = re.compile(r"[，。；]\s*另设(?P<other>[^。]+)")
_ALONE = re.compile(
    r"(?:无|没有)[^，。]{0,6}(?:下属|所属|二级)[^，。]{0,6}单位|(?:仅|只)(?:包括|包含|有|为)[^。、]*(?:本级|本部)"
)
_UNITS = re.compile(r"(?:构成|汇总|纳入|公开单位)[^。]*?(?:包括|分别是|分别为|包含)[：:]?(?P<names>[^。]+)")
_BETWEEN = re.compile(r"(?:、|，|；|以及)(?![^（(]*[）)])")
_AND_MORE = re.compile(r"等(?:\s*\d+\s*个.*)?$")
_PLATFORM = re.compile(
    r"决算(?:信息)?(?:已|将|均|按规定)*[在于](?P<where>[^，。；]*?(?:网|平台|公众号|专栏|门户)[^，。；]*?)(?:[中上]|进行|予以|向社会)*公开。"
)
_NAME_LENGTH = 40
_TO_FILL = "【"
"""What a draft prints where a text is missing begins so."""
_REASON = re.compile(
    r"(?:主要)?(?:原因(?:是|为)?|是因为|是由于)[：:，]?(?P<why>[^。]+?)(?=。|$|[，；](?:(?:与|较|比)上年|决算数))"
)
_ITEM = re.compile(r"(?:\d{1,3}[.．、])?(?P<names>[^，。]+[（(]类[）)][^，。]+[（(]款[）)][^，。]+)[（(]项[）)]")
_GROUPS = re.compile(r"[（(][类款项][）)]|[\s（）()]")
_TOTALS = (
    ("fiscal_grand_total", re.compile(r"(?:20\d\d年度?)?财政拨款收[、入]?支.{0,6}总计")),
    ("grand_total", re.compile(r"(?:20\d\d年度?)?收[、入]?支.{0,6}总计")),
    ("general_expenditure", re.compile(r"(?:20\d\d年度?)?(?:一般公共预算)?财政拨款支出.*占本年支出")),
)
_SPENT_ON = (
    ("overseas_travel", re.compile(r"因公出国")),
    ("vehicle_purchase", re.compile(r"公务用车购置(?!费?(?:用)?(?:支出)?[及和与、])")),
    ("vehicle_running", re.compile(r"公务用车运行")),
    ("official_reception", re.compile(r"公务接待")),
    ("total", re.compile(r"(?:20\d\d年度?)?“?三公”?经费")),
)


def _with_unit(accounts: Accounts, texts: Sequence[str]) -> Accounts:
    """The accounts with what the texts tell of the unit."""
    told = {**_duties(_section(texts, _DUTIES)), **_bodies(texts, accounts.unit.name)}
    places = (found["where"].strip() for t in texts if (found := _PLATFORM.search(t)))
    if platform := next((p for p in places if _TO_FILL not in p), ""):
        told["platform"] = platform
    return accounts.replaced(unit=accounts.unit.replaced(**told)) if told else accounts


def _section(texts: Sequence[str], heading: re.Pattern[str]) -> list[str]:
    """The paragraphs below the first such heading that has any (one of the contents has none), to the next heading or table."""
    for n, text in enumerate(texts):
        if heading.fullmatch(text):
            end = next((m for m in range(n + 1, len(texts)) if not texts[m] or _HEADING.match(texts[m])), len(texts))
            if end > n + 1:
                return list(texts[n + 1 : end])
    return []


def _duties(texts: Sequence[str]) -> dict[str, Any]:
    """职责引言, 职责 and 所属单位职责. Numbers of another form than the first one count parts of a duty."""
    if not texts or any(_TO_FILL in t for t in texts):
        return {}
    form = next((_form(t) for t in texts if _form(t)), "")
    if not form:
        return {"duties": list(texts)}
    lead: list[str] = []
    duties: list[str] = []
    others: list[SubordinateDuty] = []
    for text in texts:
        if _form(text) == form:
            duties.append(_NUMBER.sub("", text, count=1))
        elif not duties:
            lead.append(text)
        elif not _form(text) and (other := _OF_UNIT.fullmatch(text)):
            others.append(SubordinateDuty(unit=other["unit"], text=other["text"]))
        else:
            duties[-1] += text
    return {"duty_lead": "".join(lead), "duties": duties, "subordinate_duties": others}


def _form(text: str) -> str:
    """How the number before a paragraph is written: its marks without the digits; blank without a number."""
    number = _NUMBER.match(text)
    return re.sub(r"[一二三四五六七八九十]+", "一", re.sub(r"\d+", "1", number["mark"])) if number else ""


def _bodies(texts: Sequence[str], unit: str) -> dict[str, Any]:
    """内设机构 and 决算单位, each from the sentences that name them."""
    told: dict[str, Any] = {}
    whole = "\n".join(_section(texts, _BODIES))
    if _NO_OFFICES.search(whole):
        told["offices"] = []
    elif (found := _OFFICES.search(whole)) and (names := _names(found["names"].partition("另设")[0])):
        told["offices"] = names
        count = _COUNT.search(whole)
        if count and int(count["count"]) > len(names):
            told["office_count"] = int(count["count"])
    if "offices" in told and (other := _OTHER.search(whole)) and _TO_FILL not in other["other"]:
        told["other_offices"] = other["other"].strip()
    if _ALONE.search(whole):
        told["subordinates"] = []
    elif (found := _UNITS.search(whole)) and (names := _names(found["names"])):
        below = [n for n in names if n != unit and not re.search(r"(?:本级|机关|本部)[）)]?$", n)]
        told["subordinates"] = [DisclosedUnit(name=n) for n in below]
    return told


def _names(text: str) -> list[str]:
    """The names of an enumeration; none where it is no plain one."""
    parts = [p.strip() for p in _BETWEEN.split(_AND_MORE.sub("", text.strip()))]
    names = [p for p in parts if p]
    plain = all(len(n) <= _NAME_LENGTH and _TO_FILL not in n and "\n" not in n for n in names)
    return names if plain else []


def _with_reasons(accounts: Accounts, texts: Sequence[str], names: Classification) -> Accounts:
    """The accounts with the reasons that the texts give for 科目, totals, 三公经费 and 机关运行经费."""
    why = _item_reasons(texts)
    lines = [
        line.replaced(reason=why.get(_full_name(line, names))) if line.fund == GENERAL_PUBLIC_BUDGET else line
        for line in accounts.lines
    ]
    told: dict[str, Any] = {"lines": lines, "reasons": _total_reasons(texts)}
    if accounts.three_public is not None:
        told["three_public"] = _spent_reasons(accounts.three_public, texts)
    running = (r for t in texts if "机关运行经费支出" in t and len(t) > _NAME_LENGTH for _, r in _reasons(t))
    if reason := next(running, ""):
        told["agency_running"] = AgencyRunning(reason=reason)
    return accounts.replaced(**told)


def _reasons(text: str) -> Iterator[tuple[str, str]]:
    """The reasons of a paragraph, each with the words before it."""
    end = 0
    for found in _REASON.finditer(text):
        if _TO_FILL not in found["why"]:
            yield text[end : found.start()], found["why"].strip()
        end = found.end()


def _item_reasons(texts: Sequence[str]) -> dict[str, str]:
    """类, 款 and 项 by their names → the reason in the paragraph with this heading, or the one behind."""
    told: dict[str, str] = {}
    for text, after in pairwise((*texts, "")):
        if heading := _ITEM.match(text):
            own = text[heading.end() :].strip("。 ")
            if reason := next((r for _, r in _reasons(own or after)), ""):
                told.setdefault(_GROUPS.sub("", heading["names"]), reason)
    return told


def _full_name(line: Line, names: Classification) -> str:
    stated = (line.class_name, line.section_name, line.item_name)
    known = (names.name(line.code[:digits]) for digits in (3, 5, 7))
    return _GROUPS.sub("", "".join(own or name for own, name in zip(stated, known, strict=True)))


def _total_reasons(texts: Sequence[str]) -> ChangeReasons:
    """Why the totals changed; what repeats the first one is left to it."""
    told: dict[str, str] = {}
    for text in texts:
        field = next((f for f, opening in _TOTALS if opening.match(text)), "")
        reason = next((r for before, r in _reasons(text) if "上年" in before), "")
        if field and reason:
            told.setdefault(field, reason)
    first = told.get("grand_total")
    return ChangeReasons(**{f: r for f, r in told.items() if f == "grand_total" or r != first})


def _spent_reasons(spent: ThreePublic, texts: Sequence[str]) -> ThreePublic:
    """三公经费 with the reasons of each item and of their total: against 预算 or 上年, whichever is named last before."""
    told: dict[str, dict[str, str]] = {}
    for text in texts:
        bare = _NUMBER.sub("", text, count=1)
        part = next((p for p, opening in _SPENT_ON if opening.match(bare)), "")
        for before, reason in _reasons(bare) if part else ():
            budget, prior = before.rfind("预算"), before.rfind("上年")
            if budget != prior:
                field = "budget_reason" if budget > prior else "prior_reason"
                told.setdefault(part, {}).setdefault(field, reason)
    return spent.replaced(**{part: getattr(spent, part).replaced(**reasons) for part, reasons in told.items()})
