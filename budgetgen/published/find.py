"""The tables as any 版式 prints them (FIELDS 4), and where a file has them: by title and headings, never by order."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile

from budgetgen.issues import Findings, Rule
from budgetgen.published.grid import MAX_ROWS, Cell, Grid
from budgetgen.records import record

_END = "(?:决算)?(?:明细)?(?:总)?(?:批复)?(?:决算)?表"
_SUM = "(?:合计|小计|总计)"
_SPENT = f"本年支出/{_SUM}|本年支出(?:合计)?|{_SUM}"


@record
class Kind:
    """A table, by the number that it has nationally. `columns`: what a column holds → the pattern of its heading.

    `marks` are labels that no other table has all of: where the title is lost, they say which sheet is likely. One that
    only some places print is `rare`, and missed by nobody.
    """

    number: str
    name: str
    title: re.Pattern[str]
    marks: tuple[str, ...]
    columns: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    rare: bool = False


def _kind(
    number: str, name: str, title: str, marks: str, columns: Mapping[str, str] | None = None, *, rare: bool = False
) -> Kind:
    patterns = {key: re.compile(f"(?:.*/)?(?:{heading})") for key, heading in (columns or {}).items()}
    return Kind(number, name, re.compile(title if rare else f"{title}{_END}"), tuple(marks.split()), patterns, rare)


_OPENING = {
    "年初结转.合计": f"年初(?:财政拨款)?结转和结余(?:/{_SUM})?",
    "年初结转.基本": "年初(?:财政拨款)?结转和结余/基本支出结转(?:和结余)?",
    "年初结转.项目": "年初(?:财政拨款)?结转和结余/项目支出结转(?:和结余)?",
}
_RECEIVED = {
    "收入.合计": f"本年收入(?:合计|/{_SUM})?",
    "收入.基本": "本年收入/基本支出",
    "收入.项目": "本年收入/项目支出",
}
_FLOWS = {
    **_OPENING,
    **_RECEIVED,
    "支出.合计": _SPENT,
    "支出.基本": "(?:本年支出/)?基本支出",
    "支出.项目": "(?:本年支出/)?项目支出",
    "年末结转.合计": f"年末(?:财政拨款)?结转和结余(?:/{_SUM})?",
    "年末结转.基本": "年末(?:财政拨款)?结转和结余/基本支出结转(?:和结余)?",
    "年末结转.项目结转": "年末(?:财政拨款)?结转和结余/(?:.*/)?项目支出结转",
    "年末结转.项目结余": "年末(?:财政拨款)?结转和结余/(?:.*/)?项目支出结余",
}
REVENUE = {
    "合计": f"本年收入合计|本年收入/{_SUM}|{_SUM}",
    "财政拨款": f"财政拨款(?:收入)?(?:/{_SUM})?",
    "上级补助": f"上级补助(?:收入)?(?:/{_SUM})?",
    "事业": f"事业收入(?:/{_SUM})?",
    "经营": f"经营收入(?:/{_SUM})?",
    "附属单位上缴": f"附属单位上缴(?:收入)?(?:/{_SUM})?",
    "其他": f"其他收入(?:/{_SUM})?",
}
EXPENDITURE = {
    "合计": f"本年支出合计|本年支出/{_SUM}|{_SUM}",
    "基本": f"基本支出(?:/{_SUM})?",
    "项目": f"项目支出(?:/{_SUM})?",
    "上缴上级": "上缴上级(?:支出)?",
    "经营": "经营支出",
    "对附属单位补助": "对附属单位补助(?:支出)?",
}
_FUND_HEADS = {
    "一般公共预算": "一般公共预算财政拨款",
    "政府性基金": "政府性基金(?:预算)?财政拨款",
    "国有资本经营": "国有资本经营(?:预算)?财政拨款",
}
_PART_HEADS = {"合计": _SUM, "基本": "基本支出", "项目": "项目支出"}
_BY_FUND = {f"{f}.{p}": f"{head}/{part}" for f, head in _FUND_HEADS.items() for p, part in _PART_HEADS.items()}
_DETAIL = {"合计": f"(?:本年支出/)?{_SUM}", "基本": "(?:本年支出/)?基本支出", "项目": "(?:本年支出/)?项目支出"}
BY_FUND, BY_ITEM, PROJECTS, CAPITAL_FLOWS = "11", "12", "13", "14"
"""Tables that only some places print: what all funds spent by 经济分类; what each 项 of 一般公共预算 spent on which 款, and
of that 项目支出; what came in and went out of 国有资本经营预算, beside its 支出."""
_ITEMS = {
    "合计": _SUM,
    "因公出国费": "因公出国（境）费用?",
    "公务用车小计": f"公务用车购置(?:费)?[及和]运行(?:维护)?费(?:/{_SUM})?",
    "公务用车购置费": "公务用车购置费",
    "公务用车运行维护费": "公务用车运行(?:维护)?费",
    "公务接待费": "公务接待费",
}
_THREE_PUBLIC = {
    **{f"全年预算.{k}": f"(?:全年)?预算数?/{'' if k == '合计' else '(?:.*/)?'}(?:{h})" for k, h in _ITEMS.items()},
    **{f"决算.{k}": f"(?:支出)?决算数?/{'' if k == '合计' else '(?:.*/)?'}(?:{h})" for k, h in _ITEMS.items()},
}

KINDS = (
    _kind(BY_FUND, "财政拨款支出决算明细表", "财政拨款支出决算明细表",
          "经济分类科目编码 经济分类科目名称 一般公共预算财政拨款 政府性基金预算财政拨款 国有资本经营预算财政拨款",
          {**_BY_FUND, "合计": _SUM}, rare=True),
    _kind(BY_ITEM, "一般公共预算财政拨款支出决算明细表", "一般公共预算财政拨款支出决算明细表",
          "功能分类科目 支出经济分类科目", _DETAIL, rare=True),
    _kind(PROJECTS, "一般公共预算财政拨款项目支出决算表", "一般公共预算财政拨款项目支出决算(?:明细)?表",
          "功能分类科目 支出经济分类科目", _DETAIL, rare=True),
    _kind(CAPITAL_FLOWS, "国有资本经营预算财政拨款收入支出决算表", "国有资本经营(?:预算)?财政拨款收入支出决算表",
          "科目名称 本年支出 基本支出 项目支出", _FLOWS, rare=True),
    _kind("01", "收入支出决算总表", "收入支出", "项目 本年收入合计 本年支出合计 结余分配 总计"),
    _kind("02", "收入决算表", "收入", "科目名称 上级补助收入 事业收入 经营收入 其他收入", REVENUE),
    _kind("03", "支出决算表", "支出", "科目名称 基本支出 项目支出 上缴上级支出 经营支出", EXPENDITURE),
    _kind("04", "财政拨款收入支出决算总表", "财政拨款收入支出",
          "项目 本年收入合计 本年支出合计 一般公共预算财政拨款 国有资本经营预算财政拨款"),
    _kind("05", "一般公共预算财政拨款支出决算表", "一般公共预算财政拨款(?:收入)?支出", "科目名称 本年支出 基本支出 项目支出", _FLOWS),
    _kind("06", "一般公共预算财政拨款基本支出决算明细表", "一般公共预算财政拨款基本支出",
          "工资福利支出 商品和服务支出 人员经费合计 公用经费合计"),
    _kind("07", "政府性基金预算财政拨款收入支出决算表", "政府性基金(?:预算)?财政拨款(?:收入)?支出",
          "科目名称 年初结转和结余 本年收入 本年支出 年末结转和结余", _FLOWS),
    _kind("08", "国有资本经营预算财政拨款支出决算表", "国有资本经营(?:预算)?财政拨款(?:收入)?支出",
          "科目名称 本年支出 基本支出 项目支出", _FLOWS),
    _kind("09", "财政拨款“三公”经费支出决算表", "(?:一般公共预算)?(?:财政拨款)?三公经费(?:收入)?支出",
          "预算数 决算数 公务接待费 公务用车购置费 小计", _THREE_PUBLIC),
)  # fmt: skip
_LEAD = re.compile(
    r"^(?:附(?:件|表)?[0-9]*[：.、]?|公开[0-9]{1,2}表?[：.、]?|表[一二三四五六七八九0-9]+[：.、]?|[0-9]{4}年度?|[0-9]{1,2}[.、])+"
)
_QUOTES = str.maketrans(dict.fromkeys("“”\"'‘’《》", ""))


def titled(label: str) -> tuple[Kind, ...]:
    """The tables that `label` is the title of: of two, what the table holds says which it is."""
    bare = _LEAD.sub("", label.translate(_QUOTES))
    return tuple(k for k in KINDS if k.title.fullmatch(bare))


CONTINUED = re.compile("续表?[）)]?$|^[（(]?续")
_HEAD_ROWS = 20
"""Titles stand in the first rows of a sheet."""
_UNIT = re.compile(r"(?<!编制)(?<!填报)单位：?（?(?:人民币)?(万元|元|千元|百元|亿元)")
_OWNER = re.compile(r"(部门|编制单位|填报单位|部门（单位）|单位名称|单位)：(.*?)(?:金额单位.*|单位：[万千百亿]?元.*)?")
_NEEDED = frozenset({"02", "03", "05"})
CAPITAL = "08"
_ENOUGH = 3
_YEAR = re.compile(r"(?<![0-9])(20[0-9]{2})\s*年?度")


@dataclass(frozen=True)
class Found:
    """One of the nine tables: its grid, the row of its title, its 金额单位 and the unit that it names."""

    kind: Kind
    grid: Grid
    row: int
    money_unit: str
    owner: str
    owner_kind: str = ""
    """单位 where the table says so before the name; 部门 stands before many a unit's."""


@record
class Missing:
    """A table that was not found, and the sheet that is probably meant for it (blank where none is)."""

    kind: Kind
    likely: str


def find_tables(grids: Sequence[Grid], findings: Findings) -> tuple[dict[str, Found], list[Missing]]:
    """The tables by number, and those that are missing; two grids with one title are an error.

    A table that a page cut in two, with its heading again or without, is one.
    """
    found: dict[str, Found] = {}
    grids = _whole(grids)
    for grid in grids:
        at = _title(grid)
        if at is None:
            continue
        kind, row = at
        if kind.number in found:
            cause = f"“{kind.name}”有两处：{found[kind.number].grid.place.cell} 和 {grid.place.cell}。"
            findings.error(Rule.TABLE_TWICE, cause, "删掉不要的一张。", grid.place)
            continue
        head = [c for r in grid.rows[: row + _HEAD_ROWS] for c in r if c.own and c.text]
        found[kind.number] = Found(kind, grid, row, _money_unit(head), *_owner(head))
    if CAPITAL_FLOWS in found and CAPITAL not in found:
        found[CAPITAL] = replace(found.pop(CAPITAL_FLOWS), kind=next(k for k in KINDS if k.number == CAPITAL))
    missing = [Missing(k, _likely(k, grids, found)) for k in KINDS if k.number not in found and not k.rare]
    _tell(found, missing, findings)
    return found, missing


def find_year(texts: Sequence[str]) -> int | None:
    """The year that `texts` (cover, titles, file name) name; None where they name none, or two."""
    years = {int(y) for text in texts for y in _YEAR.findall(text)}
    return years.pop() if len(years) == 1 else None


def _title(grid: Grid) -> tuple[Kind, int] | None:
    """The table whose title stands over the headings that it must have; a list of titles has none below."""
    last: tuple[Kind, int] | None = None
    for row, cells in enumerate(grid.rows[:_HEAD_ROWS]):
        for cell in cells:
            likely = titled(cell.label) if cell.own and cell.text else ()
            fitting = (k for k in likely if len(_below(grid, row) & set(k.marks)) >= _ENOUGH - 1)
            if kind := next(fitting, None):
                last = kind, row
    return last


def _below(grid: Grid, row: int) -> set[str]:
    return {c.label for r in grid.rows[row + 1 :] for c in r}


def _likely(kind: Kind, grids: Sequence[Grid], found: Mapping[str, Found]) -> str:
    taken = {id(f.grid) for f in found.values()}
    best, sheet = 0, ""
    for grid in grids:
        labels = {c.label for r in grid.rows[:60] for c in r}
        score = len(labels & set(kind.marks))
        if id(grid) not in taken and score >= max(_ENOUGH, len(kind.marks) - 1) and score > best:
            best, sheet = score, grid.place.cell
    return sheet


def _money_unit(head: Sequence[Cell]) -> str:
    return next((m[1] for c in head if (m := _UNIT.search(c.label))), "")


def _owner(head: Sequence[Cell]) -> tuple[str, str]:
    """The unit that the rows above a table name, and its kind where they tell it."""
    for cell in head:
        found = _OWNER.fullmatch(cell.label)
        if found and found[2] and not _UNIT.search(cell.label[: len(found[2]) + 3]):
            return found[2], found[1] if found[1] == "单位" else ""
    return "", ""


def _tell(found: Mapping[str, Found], missing: Sequence[Missing], findings: Findings) -> None:
    for number in sorted(found):
        table = found[number]
        cause = f"{table.kind.name}：{table.grid.place.cell}。"
        findings.note(Rule.TABLE_FOUND, cause, "", table.grid.place)
    if not found:
        return
    place = next(iter(found.values())).grid.place
    for gap in missing:
        hint = f"，“{gap.likely}”像是它，但没有这个标题" if gap.likely else ""
        cause = f"没有找到{gap.kind.name}{hint}。"
        mend = f"在表的最上面写标题“{gap.kind.name}”，或补上这张表。"
        tell = findings.error if gap.kind.number in _NEEDED else findings.warn
        tell(Rule.TABLE_MISSING, cause, mend, type(place)(place.file))


def _whole(grids: Sequence[Grid]) -> list[Grid]:
    """The grids with those put together again that a page of a document cut in two."""
    whole: list[Grid] = []
    for grid in grids:
        lead = [row[0].text for row in grid.rows[: grid.above or 0]]
        cut = grid.above is not None and whole and all(CONTINUED.search(text) for text in lead)
        both = joined(whole[-1], grid) if cut else None
        whole[-1:] = [both] if both else [*whole[-1:], grid]
    return whole


def joined(first: Grid, second: Grid) -> Grid | None:
    """`first` with the rows of `second` behind it; None where `second` is a table of its own.

    A heading that is repeated stands once.
    """
    rows = second.rows[second.above :]
    if not rows or len(rows[0]) != len(first.rows[0]) or _titles(rows) - _titles(first.rows):
        return None
    head = [[c.label for c in row] for row in rows]
    begun = next((n for n in range(len(first.rows)) if _heads(head[0]) and first.labels(n) == head[0]), None)
    again = 0
    if begun is not None:
        below = range(begun, len(first.rows))
        again = sum(1 for _ in takewhile(lambda pair: first.labels(pair[0]) == pair[1], zip(below, head, strict=False)))
    return replace(first, rows=[*first.rows, *rows[again:]][:MAX_ROWS])


def goes_on(first: Grid, second: Grid) -> bool:
    """Whether a table right behind another is its rest: the heading is repeated, or it begins amid the rows of codes.

    A table that has come to its total is done.
    """
    ours, theirs = first.rows[first.above or 0 :], second.rows[second.above or 0 :]
    if not ours or not theirs or {c.label for c in ours[-1]} & _ENDED:
        return False
    head = [c.label for c in theirs[0]]
    repeated = _heads(head) and any([c.label for c in row] == head for row in ours)
    return repeated or (_LISTED.match(head[0]) is not None and any(_LISTED.match(row[0].label) for row in ours))


_ENDED = frozenset(("总计", "总分", "收入总计", "支出总计"))
_LISTED = re.compile(r"(?:\d{3}|\d{5}|\d{7})$|[二三四五六七八九十]+、")


def _heads(labels: Sequence[str]) -> bool:
    """Whether a row can be a heading: words, and no numbers."""
    words = {label for label in labels if label}
    return bool(words) and not any(word[0].isdigit() or word[0] in "-－" for word in words)


def _titles(rows: Sequence[Sequence[Cell]]) -> set[str]:
    """The numbers of the tables that rows are titled as."""
    return {kind.number for row in rows for c in row if c.own and c.text for kind in titled(c.label)}
