"""基本支出 by 经济分类: table 公开06, 人员经费 and 公用经费."""

from __future__ import annotations

from collections.abc import Sequence

from budgetgen.classification import PERSONNEL_CLASSES, RUNNING_CLASSES, Classification, class_code
from budgetgen.compute.book import Book, declare_list
from budgetgen.figures import CATALOGUE, Figure, Group, Series, Value

_COLUMN = "合计"
CATALOGUE.declare("经济分类.类[*].合计", "一般公共预算财政拨款基本支出：经济分类某类")
CATALOGUE.declare("经济分类.款[*].合计", "一般公共预算财政拨款基本支出：经济分类某款")
CATALOGUE.declare("经济分类.合计", "人员经费 + 公用经费")
CATALOGUE.declare("人员经费", "301 工资福利支出 + 303 对个人和家庭的补助")
CATALOGUE.declare("公用经费", "302 商品和服务支出 + 307 + 310 + 399")
_LABELS = {"编码": "经济分类编码", "名称": "经济分类名称"}
for _level in ("类", "款"):
    declare_list(f"经济分类.{_level}", f"有数的经济分类{_level}，按编码排列", _LABELS)
for _name, _kind in (("人员款", "人员经费"), ("公用款", "公用经费")):
    declare_list(_name, f"有数的{_kind}款，按编码排列", _LABELS)
    CATALOGUE.declare(f"{_name}[*].合计", f"{_kind}：某款")


def compute_economic(book: Book, facts: Group, names: Classification) -> dict[str, object]:
    """经济分类 (类, 款), 人员经费, 公用经费, and the lists of 款 that print an amount."""
    amounts = facts["基本支出经济分类"]
    assert isinstance(amounts, dict)
    sections = {code: _row(book, "款", code, [amounts[code]], names) for code in sorted(amounts)}
    classes: dict[str, Group] = {}
    for code in sorted({class_code(c) for c in sections}):
        parts = [r.value(_COLUMN) for c, r in sections.items() if class_code(c) == code]
        classes[code] = _row(book, "类", code, parts, names)
    by_class = Series("经济分类.类", classes, (_COLUMN,))
    personnel, running = (
        book.total(name, [by_class.row(c).value(_COLUMN) for c in codes])
        for name, codes in (("人员经费", PERSONNEL_CLASSES), ("公用经费", RUNNING_CLASSES))
    )
    return {
        "经济分类": Group("经济分类", {
            "类": by_class,
            "款": Series("经济分类.款", sections, (_COLUMN,)),
            "合计": book.total("经济分类.合计", [personnel, running]),
        }),
        "人员经费": personnel,
        "公用经费": running,
        "人员款": _shown(sections, PERSONNEL_CLASSES),
        "公用款": _shown(sections, RUNNING_CLASSES),
    }  # fmt: skip


def _row(book: Book, level: str, code: str, parts: Sequence[Value], names: Classification) -> Group:
    name = f"经济分类.{level}[{code}]"
    total = book.total(f"{name}.{_COLUMN}", parts)
    return Group(name, {"编码": code, "名称": names.economic_name(code), _COLUMN: total})


def _shown(sections: dict[str, Group], classes: Sequence[str]) -> list[Group]:
    rows = [r for c in classes for code, r in sections.items() if class_code(code) == c]
    return [r for r in rows if not isinstance(v := r.value(_COLUMN), Figure) or v]


def economic_accounts(economic: Group, classes: Sequence[str], names: Classification) -> list[Group]:
    """经济科目: each 类 followed by its 款, as table 06 lists them: those that published forms have, and any with money."""
    rows: list[Group] = []
    by_class, by_section = economic.series("类"), economic.series("款")
    for code in classes:
        rows.append(_listed(by_class, code, names))
        shown = {c for c in names.economic_sections(code) if names.economic[c].certainty == "document"}
        used = {c for c in by_section.codes() if class_code(c) == code}
        rows += [_listed(by_section, c, names) for c in sorted(shown | used)]
    return rows


def _listed(series: Series, code: str, names: Classification) -> Group:
    row = series.row(code)
    return Group(row.name, {"编码": code, "名称": names.economic_name(code), _COLUMN: row[_COLUMN]})
