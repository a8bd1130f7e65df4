"""The nine tables of a packet: every cell as a statement, and what must hold within and between the tables."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from budgetgen.audit.relations import Relation, adds_up, equal
from budgetgen.audit.stated import BLANK, CENT, Statement, number_of, unit_of
from budgetgen.classification import CLASS_DIGITS, ITEM_DIGITS, SECTION_DIGITS, Classification
from budgetgen.published.document import Published, Table
from budgetgen.published.find import BY_FUND, BY_ITEM, CAPITAL_FLOWS, KINDS, PROJECTS, titled
from budgetgen.published.grid import Cell, Grid

_TABLE_NUMBER = re.compile(r"(?:公开|批复)0?(\d{1,2})表")
_CODE = re.compile(r"\d{3}|\d{5}|\d{7}")
_ORDINAL = re.compile(r"^[一二三四五六七八九十]+、")
_HEAD, _MANY = 8, 80
_ENOUGH = 2
"""So many labels of a kind confirm a title; so many parts make a sum."""
_TITLE_WORDS = 4
_TOTALS = ("合计", "总计")
PREFIX = {
    "02": "收入", "03": "支出", "05": "一般公共预算", "07": "政府性基金", "08": "国有资本经营",
    BY_FUND: "财政拨款.经济分类", BY_ITEM: "一般公共预算.经济分类", PROJECTS: "一般公共预算.项目支出明细", CAPITAL_FLOWS: "国有资本经营收支",
}  # fmt: skip
_SUMS: dict[str, dict[str, tuple[str, ...]]] = {
    "02": {"合计": ("财政拨款", "上级补助", "事业", "经营", "附属单位上缴", "其他")},
    "03": {"合计": ("基本", "项目", "上缴上级", "经营", "对附属单位补助")},
    "05": {
        "年初结转.合计": ("年初结转.基本", "年初结转.项目"),
        "收入.合计": ("收入.基本", "收入.项目"),
        "支出.合计": ("支出.基本", "支出.项目"),
    },
}
_SUMS["07"] = _SUMS["08"] = _SUMS[CAPITAL_FLOWS] = _SUMS["05"]
_SUMS[BY_ITEM] = {"合计": ("基本", "项目")}
_SUMS[PROJECTS] = {}
_SUMS[BY_FUND] = {
    "合计": ("一般公共预算.合计", "政府性基金.合计", "国有资本经营.合计"),
    **{f"{fund}.合计": (f"{fund}.基本", f"{fund}.项目") for fund in ("一般公共预算", "政府性基金", "国有资本经营")},
}
_FUNDS = {"一般公共预算": "一般公共预算", "政府性基金": "政府性基金", "国有资本经营": "国有资本经营"}
_PERSONNEL, _RUNNING = ("301", "303"), ("302", "307", "309", "310", "311", "312", "313", "399")
_THREE = {
    "合计": "合计",
    "因公出国费": "因公出国费",
    "公务用车小计": "公务用车小计",
    "公务用车购置费": "公务用车购置费",
    "公务用车运行维护费": "公务用车运行维护费",
    "公务接待费": "公务接待费",
}


@dataclass
class Nine:
    """The tables by number and how each is called, their statements by name, the rows by code, and what they must satisfy."""

    tables: dict[str, Table] = field(default_factory=dict)
    called: dict[str, str] = field(default_factory=dict)
    said: dict[str, Statement] = field(default_factory=dict)
    rows: dict[str, dict[str, int]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    relations: list[Relation] = field(default_factory=list)

    def item_codes(self) -> list[str]:
        """The 项 of all tables, in order."""
        return sorted({c for rows in self.rows.values() for c in rows if len(c) == ITEM_DIGITS})

    def get(self, name: str) -> Statement | None:
        """The statement of a name, if a cell makes it."""
        return self.said.get(name)


def class_name(text: str) -> str:
    """The name of a 类 without its ordinal, （类） and 支出 at the end."""
    bare = _ORDINAL.sub("", re.sub(r"\s+|（类）|\(类\)|[“”‘’]", "", text))
    return bare.removesuffix("支出")


_LEVEL = {CLASS_DIGITS: "类", SECTION_DIGITS: "款", ITEM_DIGITS: "项"}


def cell_name(prefix: str, code: str, key: str) -> str:
    """The catalogue's name of a column for a 类, 款 or 项, or for 合计: 支出.项[2010301].基本, 支出.基本."""
    return f"{prefix}.{key}" if code == "合计" else f"{prefix}.{_LEVEL[len(code)]}[{code}].{key}"


def economic_code(name: str) -> str:
    """The code in the name of a cell of 06; blank for others."""
    found = re.fullmatch(r"经济分类\.[类款]\[(\d+)\]\.合计", name)
    return found[1] if found else ""


def find_nine(document: Published) -> dict[str, Table]:
    """The nine tables by title, by number (公开03表), or by the labels that no other table has."""
    found: dict[str, Table] = {}
    for table in document.tables:
        number = _number(table)
        if number and number not in found:
            found[number] = table
    return found


def _number(table: Table) -> str:
    head = [c.label for row in table.rows[:_HEAD] for c in row if c.own and c.text]
    near = [re.sub(r"\s+", "", text) for text in table.above] + head
    labels = {c.label for row in table.rows[:_MANY] for c in row}
    by_title = [kind for label in near for kind in titled(label)[::-1]]
    numbers = [f"{int(m[1]):02}" for label in near if (m := _TABLE_NUMBER.search(label))]
    by_number = [k for number in numbers for k in KINDS if k.number == number and not k.rare]
    for kind in [*reversed(by_title), *reversed(by_number)]:
        if len(labels & set(kind.marks)) >= _ENOUGH:
            return kind.number
    by_marks = [k.number for k in KINDS if not k.rare and set(k.marks) <= labels]
    return by_marks[0] if len(by_marks) == 1 else ""


def _called(number: str, table: Table) -> str:
    """How a table is called: by the number that is printed on it, which is a place's own, else by its usual one."""
    head = [c.label for row in table.rows[:_HEAD] for c in row if c.own and c.text]
    printed = next((m[1] for label in (*head, *table.above[::-1]) if (m := _TABLE_NUMBER.search(label))), number)
    return f"公开{int(printed):02}"


def read_nine(document: Published, codes: Classification) -> Nine:
    """Every cell of the nine tables, and the relations between them."""
    tables = find_nine(document)
    nine = Nine(tables, {number: _called(number, table) for number, table in tables.items()})
    for number, table in nine.tables.items():
        reader = {"01": _summary, "04": _summary, "06": _economic, "09": _three_public}.get(number, _classified)
        reader(nine, number, table)
    _within(nine)
    _between(nine, codes)
    return nine


def _state(nine: Nine, name: str, table: Table, number: str, row: int, column: int, label: str) -> Statement | None:
    if column >= len(table.rows[row]):
        return None
    text = table.rows[row][column].text.strip()
    value = number_of(text)
    if value is None or name in nine.said:
        return None
    printed = re.sub(r"\s+", "", text) if value or "0" in text else BLANK
    quote = table.line(row)
    fine = CENT if not value else unit_of(printed)
    where = f"{nine.called[number]} {label}"
    said = Statement(name, value, printed, where, quote, fine, (table.number, row, column))
    nine.said[name] = said
    return said


def _headings(table: Table, last: int) -> list[str]:
    grid = Grid("", table.grid.place, table.rows)
    return [grid.heading(column, 0, last) for column in range(len(table.rows[0]))]


def _code_of(row: Sequence[Cell]) -> str:
    texts = [c.label for c in row[:3] if c.own]
    if texts and _CODE.fullmatch(texts[0]):
        parts = [texts[0], *[t for t in texts[1:] if re.fullmatch(r"\d\d", t)]]
        return "".join(parts) if len(texts[0]) == CLASS_DIGITS else texts[0]
    return ""


def _total_row(row: Sequence[Cell]) -> bool:
    words = [c.label for c in row if c.own and re.search("[一-龥]", c.text)]
    return "合计" in [c.label for c in row[:5] if c.own] and len(words) - words.count("无") <= _TITLE_WORDS


def _classified(nine: Nine, number: str, table: Table) -> None:
    """02, 03, 05, 07, 08: a row a 科目, columns by their headings."""
    kind = next(k for k in KINDS if k.number == number)
    begin = next((r for r, row in enumerate(table.rows) if _code_of(row)), None)
    total = next((r for r, row in enumerate(table.rows) if _total_row(row) and _amounts(row)), None)
    starts = [r for r in (begin, total) if r is not None]
    if not starts:
        return
    first = min(starts)
    headings = _headings(table, first + 1 if total == first and _mixed(table.rows[first]) else first)
    columns: dict[int, str] = {}
    for column, heading in enumerate(headings):
        cleaned = "/".join(w for w in heading.split("/") if not re.fullmatch(r"\d{1,2}", w))
        hits = [key for key, pattern in kind.columns.items() if pattern.fullmatch(cleaned)]
        if hits and hits[0] not in columns.values():
            columns[column] = hits[0]
    rows = nine.rows.setdefault(number, {})
    for r, row in enumerate(table.rows):
        code = "合计" if r == total else _code_of(row)
        if not code or r < first or code in rows:
            continue
        rows[code] = r
        label = next((c.label for c in row if c.own and re.search("[一-龥]", c.text)), "")
        if code != "合计":
            nine.names.setdefault(code, label)
        for column, key in columns.items():
            name = cell_name(PREFIX[number], code, key)
            heading = key.rpartition(".")[2]
            _state(nine, name, table, number, r, column, f"{'' if code == '合计' else code + ' '}{label} {heading}")


def _mixed(row: Sequence[Cell]) -> bool:
    return any(c.label in ("类", "款", "项") for c in row)


def _amounts(row: Sequence[Cell]) -> list[int]:
    return [n for n, c in enumerate(row) if re.fullmatch(r"\s*-?\d[\d,，\s]*\.\d+\s*", c.text)]


def _summary(nine: Nine, number: str, table: Table) -> None:
    """01 and 04: a label, its line number and its amounts, twice in a row."""
    begin = next((r for r, row in enumerate(table.rows) if any(_ORDINAL.match(c.label) for c in row)), None)
    if begin is None:
        return
    headings = _headings(table, begin)
    lines = {n for n, h in enumerate(headings) if "行次" in h.split("/")}
    prefix = "总表" if number == "01" else "财政拨款总表"
    heads = [n for n, h in enumerate(headings) if h.split("/")[-1:] != ["栏次"] and "项目" in h.split("/")]
    right = max(lines) - 1 if len(lines) > 1 else heads[-1] if len(heads) > 1 else len(headings) // 2
    for r, row in enumerate(table.rows[begin:], start=begin):
        side, label, fresh = "收入", "", False
        for column, cell in enumerate(row):
            if not cell.own or column in lines:
                continue
            if re.search("[一-龥]", cell.text) and cell.label != "无":
                side = "支出" if column >= right else "收入"
                label, fresh = _ORDINAL.sub("", cell.label), True
            elif label:
                fund = next(
                    (f for w, f in _FUNDS.items() if headings[column].split("/")[-2:] and w in headings[column]), ""
                )
                fund = fund if number == "04" and side == "支出" else ""
                key = f"{prefix}.{side}.{label}" + (f".{fund}" if fund else "")
                if fresh or fund:
                    _state(nine, key, table, number, r, column, f"{label}{' ' + fund if fund else ''}")
                fresh = False


def _economic(nine: Nine, number: str, table: Table) -> None:
    for r, row in enumerate(table.rows):
        for c, cell in enumerate(row):
            if not cell.own:
                continue
            if re.fullmatch(r"3\d\d(\d\d)?", cell.label) and c + 2 < len(row):
                name = row[c + 1].label
                nine.names.setdefault(cell.label, name)
                _state(nine, cell_name("经济分类", cell.label, "合计"), table, number, r, c + 2, f"{cell.label} {name}")
            elif cell.label in ("人员经费合计", "公用经费合计"):
                end = next(
                    (n for n in range(c + 1, len(row)) if row[n].own and re.search("[一-龥]", row[n].text)), len(row)
                )
                own = [n for n in range(c + 1, end) if row[n].own]
                after = next((n for n in own if row[n].label), own[0] if own else None)
                if after is not None:
                    _state(nine, cell.label.removesuffix("合计"), table, number, r, after, cell.label)


def _three_public(nine: Nine, number: str, table: Table) -> None:
    kind = next(k for k in KINDS if k.number == "09")
    data = [r for r, row in enumerate(table.rows) if _amounts(row)]
    if not data:
        return
    headings = _headings(table, data[-1])
    for column, heading in enumerate(headings):
        cleaned = "/".join(w for w in heading.split("/") if not re.fullmatch(r"\d{1,2}|栏次", w))
        key = next((k for k, pattern in kind.columns.items() if pattern.fullmatch(cleaned)), None)
        if key:
            measure, _, item = key.partition(".")
            _state(nine, f"三公经费.{measure}.{item}", table, number, data[-1], column, f"{measure} {item}")


# ------------------------------------------------------------------------------------------------ relations


def _within(nine: Nine) -> None:
    for number, prefix in PREFIX.items():
        rows = nine.rows.get(number, {})
        if rows:
            _columns(nine, number, prefix, rows)
    _summary_sums(nine, "总表")
    _summary_sums(nine, "财政拨款总表")
    _economic_sums(nine)
    for measure in ("全年预算", "决算"):
        part = {k: nine.get(f"三公经费.{measure}.{k}") for k in _THREE}
        _sum(nine, part["合计"], [part["因公出国费"], part["公务用车小计"], part["公务接待费"]], "AUDIT-001")
        _sum(nine, part["公务用车小计"], [part["公务用车购置费"], part["公务用车运行维护费"]], "AUDIT-001")


def _sum(nine: Nine, total: Statement | None, parts: Sequence[Statement | None], rule: str) -> None:
    there = [p for p in parts if p is not None]
    if total is not None and there and len(there) == len(parts):
        nine.relations.append(adds_up(total, there, rule))


def _columns(nine: Nine, number: str, prefix: str, rows: Mapping[str, int]) -> None:
    keys = {n.partition("].")[2] or n.removeprefix(f"{prefix}.") for n in nine.said if n.startswith(f"{prefix}.")}
    codes = [c for c in rows if c != "合计"]
    lowest = [c for c in codes if not any(o != c and o.startswith(c) for o in codes)]
    for key in sorted(keys):
        cell = {c: nine.get(cell_name(prefix, c, key)) for c in codes}
        total = nine.get(f"{prefix}.{key}")
        bottom = [s for c in lowest if (s := cell[c]) is not None]
        if total is not None and bottom:
            nine.relations.append(adds_up(total, bottom, "AUDIT-001"))
        for code in codes:
            inner = [s for c in lowest if c != code and c.startswith(code) and (s := cell[c]) is not None]
            own = cell[code]
            if own is not None and inner:
                nine.relations.append(adds_up(own, inner, "AUDIT-001"))
    for whole, parts in _SUMS[number].items():
        for code in rows:
            total = nine.get(cell_name(prefix, code, whole))
            there = [s for p in parts if (s := nine.get(cell_name(prefix, code, p))) is not None]
            if total is not None and len(there) >= _ENOUGH:
                nine.relations.append(adds_up(total, there, "AUDIT-002"))


_SIDES = (("收入", "本年收入合计", ("使用非财政", "年初")), ("支出", "本年支出合计", ("结余分配", "年末")))


def _summary_sums(nine: Nine, prefix: str) -> None:
    """01 and 04: each side adds up, in each fund's column too; both sides have one total."""
    funds = [f".{f}" for f in _FUNDS] if prefix != "总表" else []
    for side, year, more in _SIDES:
        for fund in ("", *(funds if side == "支出" else [])):
            _side_sums(nine, f"{prefix}.{side}.", fund, year, more)
    for name, said in list(nine.said.items()) if funds else ():
        parts = [s for f in funds if (s := nine.get(name + f)) is not None]
        if name.startswith(f"{prefix}.支出.") and len(parts) == len(funds):
            nine.relations.append(adds_up(said, parts, "AUDIT-002"))
    left, right = (
        next((s for n, s in nine.said.items() if re.fullmatch(f"{prefix}\\.{side}\\.(?:{side})?总计", n)), None)
        for side in ("收入", "支出")
    )
    if left is not None and right is not None:
        nine.relations.append(equal(left, right, "AUDIT-003"))


def _side_sums(nine: Nine, prefix: str, fund: str, year: str, more: tuple[str, ...]) -> None:
    """One column of one side: its lines make the year's sum, that and the carry-over make the total."""
    own = {
        label: s
        for n, s in nine.said.items()
        if n.startswith(prefix) and n.endswith(fund) and "." not in (label := n[len(prefix) : len(n) - len(fund)])
    }
    total = next((s for n, s in own.items() if n.endswith("总计")), None)
    subtotal = own.get(year)
    if subtotal is None:
        return
    lines = list(own.values())
    above = lines[: lines.index(subtotal)]
    if above:
        nine.relations.append(adds_up(subtotal, above, "AUDIT-001"))
    if total is not None:
        rest = [s for n, s in own.items() if n.startswith(more)]
        nine.relations.append(adds_up(total, [subtotal, *rest], "AUDIT-001"))


def _economic_sums(nine: Nine) -> None:
    cell = {c: s for n, s in nine.said.items() if (c := economic_code(n))}
    for code, said in cell.items():
        inner = [
            s for c, s in cell.items() if len(code) == CLASS_DIGITS and len(c) == SECTION_DIGITS and c.startswith(code)
        ]
        if inner:
            nine.relations.append(adds_up(said, inner, "AUDIT-001"))
    for name, classes in (("人员经费", _PERSONNEL), ("公用经费", _RUNNING)):
        total = nine.get(name)
        parts = [cell[c] for c in classes if c in cell]
        if total is not None and parts:
            nine.relations.append(adds_up(total, parts, "AUDIT-001"))
    basic, people, running = nine.get("一般公共预算.支出.基本"), nine.get("人员经费"), nine.get("公用经费")
    if basic and people and running:
        nine.relations.append(adds_up(basic, [people, running], "AUDIT-003"))


def totals_of(nine: Nine) -> list[Statement]:
    """The totals that are one amount in a packet without carry-over and without other money than 一般公共预算."""
    names = (
        "总表.收入.本年收入合计", "总表.支出.本年支出合计", "总表.收入.总计", "总表.支出.总计",
        "总表.收入.一般公共预算财政拨款收入", "收入.合计", "收入.财政拨款", "支出.合计", "财政拨款总表.收入.本年收入合计",
        "财政拨款总表.支出.本年支出合计", "财政拨款总表.支出.本年支出合计.一般公共预算", "财政拨款总表.收入.总计",
        "财政拨款总表.支出.总计", "财政拨款总表.支出.总计.一般公共预算", "财政拨款总表.收入.一般公共预算财政拨款", "一般公共预算.支出.合计",
    )  # fmt: skip
    return [s for n in names if (s := nine.get(n)) is not None]


def _majority(pairs: Sequence[tuple[Statement, Statement]]) -> bool:
    """Whether two lists of numbers are meant to be the same: most of them are."""
    same = sum(abs(a.value - b.value) <= CENT for a, b in pairs)
    return len(pairs) > 0 and same * 2 > len(pairs)


_SAME_TOTALS = (
    ("总表.收入.本年收入合计", "收入.合计"),
    ("总表.支出.本年支出合计", "支出.合计"),
    ("财政拨款总表.支出.本年支出合计.一般公共预算", "一般公共预算.支出.合计"),
    ("总表.收入.一般公共预算财政拨款收入", "财政拨款总表.收入.一般公共预算财政拨款"),
    ("财政拨款总表.支出.本年支出合计", "财政拨款.经济分类.合计"),
    ("一般公共预算.支出.合计", "财政拨款.经济分类.一般公共预算.合计"),
    ("政府性基金.支出.合计", "财政拨款.经济分类.政府性基金.合计"),
    ("国有资本经营.支出.合计", "财政拨款.经济分类.国有资本经营.合计"),
)
_SAME_ROWS = (
    ("收入", "合计", "支出", "合计", "结转 他款"),
    ("收入", "财政拨款", "一般公共预算", "支出.合计", "结转 他款"),
    ("支出", "合计", "一般公共预算", "支出.合计", "他款"),
    ("支出", "基本", "一般公共预算", "支出.基本", "他款"),
    ("支出", "项目", "一般公共预算", "支出.项目", "他款"),
    ("收入", "合计", "一般公共预算", "支出.合计", "结转 他款"),
    ("收入", "合计", "一般公共预算", "收入.合计", "他款"),
    ("一般公共预算", "收入.合计", "一般公共预算", "支出.合计", "结转"),
    ("一般公共预算", "收入.基本", "一般公共预算", "支出.基本", "结转"),
    ("一般公共预算", "收入.项目", "一般公共预算", "支出.项目", "结转"),
    ("一般公共预算", "支出.合计", "一般公共预算.经济分类", "合计", ""),
    ("一般公共预算", "支出.基本", "一般公共预算.经济分类", "基本", ""),
    ("一般公共预算", "支出.项目", "一般公共预算.经济分类", "项目", ""),
    ("一般公共预算", "支出.项目", "一般公共预算.项目支出明细", "项目", ""),
    ("国有资本经营", "支出.合计", "国有资本经营收支", "支出.合计", ""),
    ("国有资本经营", "支出.基本", "国有资本经营收支", "支出.基本", ""),
    ("国有资本经营", "支出.项目", "国有资本经营收支", "支出.项目", ""),
)
"""Columns (a table's prefix and key, twice) that are the same amounts, and what makes them unlike where there is any."""
_CARRIED = re.compile(
    r"(?:总表|财政拨款总表)\.(?:收入|支出)\.(?:年初|年末|使用非财政|结余分配)|一般公共预算\.年[初末]结转"
)
_OTHER = re.compile(
    r"收入\.(?:上级补助|事业|经营|附属单位上缴|其他)$|支出\.(?:上缴上级|经营|对附属单位补助)$"
    r"|总表\.收入\.(?:政府性基金|国有资本|上级|事业|经营|附属|其他)|(?:政府性基金|国有资本经营)\.(?:收入|支出)\.合计$"
    r"|财政拨款总表\.支出\.[^.]+\.(?:政府性基金|国有资本经营)$"
)
_NO_SLIP = 2
"""So many cells of other money are no slip of one."""


def unlike(nine: Nine) -> set[str]:
    """What keeps the totals of a packet from being one amount: 结转 (carried over), 他款 (other than 一般公共预算)."""
    carried = any(s.value for n, s in nine.said.items() if _CARRIED.match(n))
    other = sum(bool(s.value) for n, s in nine.said.items() if _OTHER.match(n))
    return {*(("结转",) if carried else ()), *(("他款",) if other >= _NO_SLIP else ())}


def _between(nine: Nine, codes: Classification) -> None:
    """The same amount in several tables: all totals where most of them agree, columns where most of their rows do."""
    totals = totals_of(nine)
    counted = Counter(s.value for s in totals)
    why = unlike(nine)
    if not why and counted and counted.most_common(1)[0][1] * 2 > len(totals):
        nine.relations += [equal(a, b, "AUDIT-003") for n, a in enumerate(totals) for b in totals[n + 1 :]]
    else:
        told = ((nine.get(one), nine.get(two)) for one, two in _SAME_TOTALS)
        nine.relations += [equal(a, b, "AUDIT-003") for a, b in told if a and b]
    rows = sorted({c for rows in nine.rows.values() for c in rows if c != "合计"})
    for one, left, two, right, unless in _SAME_ROWS:
        if why.intersection(unless.split()):
            continue
        named = ((cell_name(one, c, left), cell_name(two, c, right)) for c in rows)
        pairs = [(a, b) for x, y in named if (a := nine.get(x)) and (b := nine.get(y))]
        if _majority(pairs):
            first, second = nine.get(f"{one}.{left}"), nine.get(f"{two}.{right}")
            pairs += [(first, second)] if first and second else []
            nine.relations += [equal(a, b, "AUDIT-004") for a, b in pairs]
    _classes(nine, codes)


def _classes(nine: Nine, codes: Classification) -> None:
    """A 类 in 01 and 04 against the rows of 03 and 05."""
    for prefix, suffix, column in (
        ("总表", "", "支出.项[{}].合计"),
        ("财政拨款总表", ".一般公共预算", "一般公共预算.项[{}].支出.合计"),
    ):
        number = "03" if prefix == "总表" else "05"
        items = [c for c in nine.rows.get(number, {}) if len(c) == ITEM_DIGITS]
        grouped: dict[str, list[Statement]] = defaultdict(list)
        for code in items:
            said = nine.get(column.format(code))
            if said is not None:
                grouped[class_name(codes.name(code[:3]))].append(said)
        pairs = []
        for name, said in nine.said.items():
            if (
                name.startswith(f"{prefix}.支出.")
                and name.endswith(suffix)
                and name.removeprefix(f"{prefix}.支出.").removesuffix(suffix).count(".") == 0
            ):
                label = class_name(name.removesuffix(suffix).rpartition(".")[2])
                if label in grouped:
                    pairs.append(adds_up(said, grouped[label], "AUDIT-004"))
        if sum(r.holds for r in pairs) * 2 >= len(pairs):
            nine.relations += pairs


def missing_rows(nine: Nine) -> Iterator[tuple[str, str, str, int]]:
    """(table without the row, code, table with it, row there): rows of 02, 03, 05 that the two others have."""
    there = {n: {c for c in nine.rows.get(n, {}) if len(c) == ITEM_DIGITS} for n in ("02", "03", "05")}
    if not all(there.values()) or unlike(nine):
        return
    for number, codes in there.items():
        a, b = (n for n in there if n != number)
        lacking = sorted((there[a] & there[b]) - codes)
        if lacking and len(lacking) * 3 <= len(there[a]):
            for code in lacking:
                yield number, code, a, nine.rows[a][code]
