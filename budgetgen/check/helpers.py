"""What written rules may call beside the catalogue's names: sums, counts, limits, cases."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from decimal import ROUND_DOWN, Decimal

from budgetgen.compute.scores import FULL, STANDARD, Scoring
from budgetgen.figures import NOUGHT, Blank, Figure, Group, Value
from budgetgen.input.spelling import half_width
from budgetgen.model import child_path
from budgetgen.money import ZERO, round_half_up

CHANGE_LIMIT = "增减率"
DEFAULT_LIMITS = {CHANGE_LIMIT: Decimal(30)}
"""Limits (%) where no 版式 sets another."""
_UNDONE = re.compile(
    "未(?:能|全部|按时|如期)?(?:完成|达|实现|开展|启动|实施)|没有(?:全部)?(?:完成|达到|开展)|尚未|不达标|不合格"
)
_ALL_DONE = re.compile("(?:无|没有)未(?:完成|达)")
_HALF_A_CENT = Figure("半分", Decimal(50), operation="固定")
_DATE = re.compile(r"(\d{4})[年./-](\d{1,2})(?:月|[./-](?=\d)|$)(?:(\d{1,2})日?)?")
_QUOTES = re.compile("[“”\"'‘’《》 　]")
_ENDINGS = re.compile("项目$")
HELPERS = {
    "合计(名称, 数, 数…)": "几个数之和；有一个没填就不比",
    "列和(名称, 列表, 键, 键…)": "列表各行这几项之和；有一行一项也没填就不比",
    "个数(名称, 列表, 路径)": "列表有几行",
    "连成一列(几个列表)": "几个列表的行，依次",
    "零": "0",
    "位置(行, 键)": "某一行里某一项的路径",
    "超限(变动)": "增减率超过版式的限额（增减率，不设是 30%），或从 0 变为有数",
    "全同(一组数, 另一组数)": "两组数个个相同，而且不都是 0",
    "等级标准(得分)": "得分所在的等级，按版式的评分；不设是 90 分起优，80 分起良，60 分起中，其余差",
    "半分": "50 元：万元两位小数四舍五入的误差",
    "同额(一个数, 另一个数)": "两个金额印成万元是同一个数",
    "满分": "100 分",
    "超过(一个数, 另一个数)": "前一个大于后一个；有一个没填就不算",
    "同位(核定数, 算出数)": "核定数按它写的小数位数（一位到两位）与算出数四舍五入相同",
    "截去(核定数, 算出数)": "核定数是算出数截去小数得来的",
    "说没完成(文字)": "文字说没有完成、没有达到",
    "同名(名称, 列表)": "列表里有名称相同的一行；引号、“项目”两字不算不同",
    "逐行(列表, 键)": "列表每一行这一项的路径和内容",
    "日数(文字, 末)": "日期、年月（2026年04月05日、2026-04）是第几天，两个相减就是隔了几天；年月按月初，写了“末”按月末；认不出的是 none",
    "在哪(数)": "这个数是由输入的哪些格、哪几行来的，如 收支明细 O6 到 O12",
    "数 is 已填": "填了",
}
"""Names that only rules see, for the reference."""


def helpers(limits: Mapping[str, Decimal], scoring: Scoring = STANDARD) -> dict[str, object]:
    """The functions by name, for a 版式 with these `limits` and this `scoring`."""
    limit = {**DEFAULT_LIMITS, **limits}[CHANGE_LIMIT]

    def beyond(change: object) -> bool:
        if not isinstance(change, Group) or change["平"]:
            return False
        rate = change["率"]
        return change["情形"] == "上年为零" if not isinstance(rate, Figure) else rate.value > limit

    functions: dict[str, Callable[..., object]] = {
        "合计": total, "列和": column_total, "个数": count, "连成一列": joined, "位置": place_of, "超限": beyond,
        "等级标准": lambda score: scoring.grade(score.value) if isinstance(score, Figure) else "",
        "同额": lambda one, other: one.printed == other.printed if _figures(one, other) else True,
        "逐行": cells_of, "日数": day_number,
        "全同": all_alike, "同位": is_rounded, "截去": is_cut, "超过": exceeds, "说没完成": is_undone, "同名": is_named,
    }  # fmt: skip
    return {**functions, "零": NOUGHT, "半分": _HALF_A_CENT, "满分": Figure("满分", FULL, "分", "固定")}


def _figures(*values: object) -> bool:
    return all(isinstance(value, Figure) for value in values)


def is_given(value: object) -> bool:
    """The test `已填`."""
    return not isinstance(value, Blank) and value is not None


def total(name: str, *values: Value) -> Value:
    """The sum of `values`, or the first gap among them."""
    parts: list[Figure] = []
    for value in values:
        if not isinstance(value, Figure):
            return value
        parts.append(value)
    unit = parts[0].unit if parts else NOUGHT.unit
    amount, margin = sum((p.value for p in parts), ZERO), sum((p.margin for p in parts), ZERO)
    return Figure(name, amount, unit, "合计", tuple(p for p in parts if p.value or p.margin), margin=margin)


def column_total(name: str, rows: object, *keys: str) -> Value:
    """The sum of what stands under `keys` in each row, or the gap of a row that has none of them."""
    if not isinstance(rows, Iterable) or isinstance(rows, Blank):
        return Blank(name)
    values: list[Value] = []
    for row in rows:
        given = [v for k in keys if isinstance(v := row.value(k), Figure)]
        if not given:
            return Blank(name)
        values += given
    return total(name, *values) if values else Blank(name)


def count(name: str, rows: object, path: str) -> Value:
    """How many rows a list has."""
    if not isinstance(rows, list):
        return Blank(path)
    return Figure(name, Decimal(len(rows)), "个", "计数", path=path)


def joined(lists: Iterable[Iterable[object]]) -> list[object]:
    """The rows of several lists, one after another."""
    return [row for rows in lists for row in rows]


def place_of(row: object, key: str = "") -> str:
    """The path of a row's field."""
    name = row.name if isinstance(row, Group) else ""
    return child_path(name, key) if key else name


def cells_of(rows: object, key: str) -> list[tuple[str, object]]:
    """The path and the content of `key` in each row of a list."""
    found = [row for row in rows if isinstance(row, Group)] if isinstance(rows, list) else []
    return [(place_of(row, key), row.lookup(key)) for row in found]


def day_number(text: object, end: str = "") -> int | None:
    """The number of a day; of a month without a day its first one, or its last where `end` is given. None: no date."""
    found = _DATE.fullmatch("".join(half_width(str(text)).split()))
    if not found:
        return None
    year, month, day = int(found[1]), int(found[2]), int(found[3] or 0)
    try:
        first = date(year, month, 1)
        last = (date(year + month // 12, month % 12 + 1, 1) - date(year, month, 1)).days
        return first.toordinal() + (day or (last if end else 1)) - 1 if day <= last else None
    except ValueError:
        return None


def all_alike(one: object, other: object) -> bool:
    """Whether two parts of the tree hold the same amounts under the same names, and any that is not 0."""
    amounts, others = dict(_amounts(one, "")), dict(_amounts(other, ""))
    return amounts == others and any(amounts.values())


def _amounts(node: object, name: str) -> Iterator[tuple[str, Decimal]]:
    if isinstance(node, Figure):
        yield name, node.value
    elif isinstance(node, Group):
        for key in node.names():
            yield from _amounts(node[key], f"{name}.{key}")
    elif isinstance(node, Mapping):
        for key, value in node.items():
            yield from _amounts(value, f"{name}[{key}]")
    elif isinstance(node, list):
        for row in node:
            yield from _amounts(row, row.name if isinstance(row, Group) else name)


def exceeds(one: object, other: object) -> bool:
    """Whether one figure is greater than another."""
    return isinstance(one, Figure) and isinstance(other, Figure) and one.value > other.value


def is_rounded(stated: object, computed: object) -> bool:
    """Whether a stated number is the computed one, rounded to the decimals it is written with (one or two)."""
    if not isinstance(stated, Figure) or not isinstance(computed, Figure):
        return True
    return round_half_up(computed.value, _places(stated.value)) == stated.value


def is_cut(stated: object, computed: object) -> bool:
    """Whether a stated number is the computed one with decimals cut off that should have been rounded."""
    if not isinstance(stated, Figure) or not isinstance(computed, Figure) or is_rounded(stated, computed):
        return False
    return any(computed.value.quantize(Decimal(1).scaleb(-p), ROUND_DOWN) == stated.value for p in (0, 1, 2))


def _places(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return min(2, max(1, -exponent)) if isinstance(exponent, int) else 2


def is_undone(text: object) -> bool:
    """Whether a text says that something was not done or not reached."""
    return isinstance(text, str) and bool(_UNDONE.search(text)) and not _ALL_DONE.search(text)


def is_named(name: object, rows: object) -> bool:
    """Whether a row of a list, or one of its texts, has this name."""
    known = rows if isinstance(rows, list) else []
    names = {_bare(str(row["名称"]) if isinstance(row, Group) else str(row)) for row in known}
    return _bare(str(name)) in names


def _bare(name: str) -> str:
    return _ENDINGS.sub("", _QUOTES.sub("", half_width(name)))
