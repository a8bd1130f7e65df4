"""Forms and YAML files with the mistakes that people make: the first message stands at the right cell or line, in words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from shared import SHARED

from budgetgen.check.report import by_cause, is_to_fill
from budgetgen.issues import Level
from budgetgen.model.wording import path_words
from budgetgen.pipeline import Examined, examine

pytestmark = pytest.mark.skipif(SHARED is None, reason="the broken files are not here")
FORMS: dict[str, tuple[str, str]] = {
    "budgetblank": ("收支明细!Y9", "年初预算"),
    "dash": ("收支明细!H6", "不是金额"),
    "datecode": ("单位!D6", "不在 2000 到 2100 之间"),
    "dates": ("收支明细!G6", "这一格是日期"),
    "delrow2": ("其他事项!D56", "政府采购"),
    "delrow3": ("收支明细", "找不到表头"),
    "delsheet": ("", "没有工作表“三公经费”"),
    "dup": ("收支明细!A15", "写了两次"),
    "errval": ("收支明细!G6", "错误值"),
    "extracol": ("收支明细!AD5", "不认识"),
    "forgotcode": ("收支明细!A12", "科目"),
    "formula_ref": ("收支明细!G6", "没有算出结果"),
    "fundtypo": ("收支明细!C13", "政府性基金"),
    "futureyear": ("单位!D6", "多半打错了"),
    "half": ("收支明细!G9", "收支不平衡"),
    "kuan": ("经济分类!C84", "写了两次"),
    "merged": ("收支明细!G6", "合并单元格"),
    "neg": ("收支明细!O9", "是负数"),
    "noname": ("单位!D6", "年度"),
    "noreason": ("收支明细!Z7", "差异原因"),
    "pct": ("其他事项!D128", "带了单位"),
    "people": ("三公经费!I8", "带了单位"),
    "reason2": ("收支明细!Z7", "印两遍"),
    "reasonperiod": ("收支明细!Z7", "印两遍"),
    "renhead": ("收支明细!O5", "支出·基本支出"),
    "renrow": ("其他事项!D21", "是否想写“决算”"),
    "rensheet": ("", "是不是改了名"),
    "sparse": ("单位!D15", "公开平台"),
    "textnum": ("收支明细!G8", "不是金额"),
    "total": ("收支明细!A15", "合计行"),
    "unit": ("单位!D7", "是不是应当是万元"),
    "wan_in_eco": ("经济分类!C7", "差一万倍"),
    "wrongcode2": ("收支明细!A9", "不是项级科目"),
    "wrongcode3": ("收支明细!A9", "科目表里没有"),
    "year2": ("单位!D6", "带了单位"),
    "yuan1": ("收支明细!O9", "差一万倍"),
    "yuan2": ("收支明细!P11", "差一万倍"),
    "yuan3": ("收支明细!P11", "差一万倍"),
}
READ_AS_MEANT = ("cellnote", "insertrow", "pasteformat", "sheetspace", "spaces", "zero_text")
"""What people do to a form that changes nothing that it says."""
YAML: dict[str, tuple[int, str]] = {
    "brace": (34, "全角"),
    "comma": (34, "逗号"),
    "date": (36, "日期"),
    "dupkey": (157, "写了两次"),
    "empty": (1, "空的"),
    "fullcolon": (7, "全角"),
    "fullcolon2": (36, "全角"),
    "indent": (35, "对不齐"),
    "nospace": (8, "没有空格"),
    "quote": (37, "两个冒号"),
    "tab": (11, "制表符"),
    "typo": (152, "是否想写“机关运行经费”"),
    "unitodd": (8, "是否想写“元”"),
    "unitwrong": (34, "元以下只到分"),
}
ALWAYS = {"CODE-013", "COMPLETE-010", "INPUT-053"}
"""What the form without a mistake is told as well."""
_ENGLISH = re.compile(r"(?<![A-Za-z!])[A-Za-z]{3,}(?![A-Za-z]*\.(?:xlsx|yaml))")
_KNOWN = {"Excel", "WPS", "YAML", "UTF", "Tab", "BOM", "GBK", "REF", "xlsx", "yaml", "budgetgen", "standard", "new"}
_PATH = re.compile(r"[一-鿿]\.[一-鿿]|[一-鿿]\[")


def first(seen: Examined) -> tuple[str, int, str]:
    """Cell, line and words of what a person sees first."""
    wrong = [i for i in seen.issues if not is_to_fill(i) and i.rule not in ALWAYS]
    grave = [c.head for c in by_cause(wrong) if c.head.stops or not seen.to_fill]
    if grave:
        place = grave[0].place
        words = f"{path_words(grave[0].path)}：{grave[0].cause}"
        return (place.cell if place else ""), (place.line if place else 0), words
    place = seen.to_fill[0].place
    return (place.cell if place else ""), (place.line if place else 0), seen.to_fill[0].words


@pytest.mark.parametrize("name", FORMS)
def test_a_form_is_told_at_its_cell_in_words_of_the_form(name: str) -> None:
    assert SHARED is not None
    seen = examine(SHARED / "broken" / "forms" / f"{name}.xlsx")
    cell, _, words = first(seen)
    assert (cell, FORMS[name][1] in words) == (FORMS[name][0], True), words
    reads_well(seen)


@pytest.mark.parametrize("name", READ_AS_MEANT)
def test_what_changes_nothing_is_told_nothing(name: str) -> None:
    assert SHARED is not None
    seen = examine(SHARED / "broken" / "forms" / f"{name}.xlsx")
    assert [str(i) for i in seen.issues if i.level > Level.NOTE] == []
    assert seen.to_fill == ()


@pytest.mark.parametrize("name", YAML)
def test_a_yaml_file_is_told_at_its_line(name: str) -> None:
    assert SHARED is not None
    seen = examine(SHARED / "broken" / "yaml" / f"{name}.yaml")
    _, line, words = first(seen)
    assert (line, YAML[name][1] in words) == (YAML[name][0], True), words
    reads_well(seen)


def reads_well(seen: Examined) -> None:
    """No path, no word of English, and no two messages of one rule at one cell."""
    for issue in seen.issues:
        said = f"{path_words(issue.path)}：{issue.cause}{issue.mend}"
        said = re.sub(r"“[^”]*”|\S+\.(?:xlsx|yaml)\S*|budgetgen \S+|\S*/\S*", "", said)
        assert not _PATH.search(said), said
        assert set(_ENGLISH.findall(said)) <= _KNOWN, said
    told = [(i.rule, i.path, i.place, i.cause) for i in seen.issues if i.path]
    assert len(told) == len(set(told))


def test_every_file_is_in_the_table() -> None:
    assert SHARED is not None
    rest = {"good", "beyond", "delrow", "lastyear", "swapcols", "swaphead", "wrongcode"}
    names = {p.stem for p in Path(SHARED / "broken" / "forms").glob("*.xlsx")}
    assert names == {*FORMS, *READ_AS_MEANT, *rest}
    assert {p.stem for p in Path(SHARED / "broken" / "yaml").glob("*.yaml")} == {*YAML, "bom", "gbk", "next"}
