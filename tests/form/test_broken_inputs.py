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
Told = tuple[tuple[str, str], ...]
"""Cells (or lines) and words that must stand there, the first of them before all else."""
FORMS: dict[str, Told] = {
    "beyond": (("收支明细!Z70", "没有说清事由"),),  # the row is read, as far down as it stands
    "budgetblank": (("收支明细!Y9", "年初预算"),),
    "dash": (("收支明细!H6", "“-”不是金额"), ("收支明细!H7", "“/”不是金额"), ("三公经费!B6", "“—”不是金额")),
    "datecode": (("单位!D6", "这一格是日期"),),
    "dates": (("收支明细!G6", "这一格是日期"),),
    "delrow": (("三公经费!A6", "没有“公务用车购置费”这一行"),),  # it stood below this cell
    "delrow2": (("其他事项", "政府采购·工程（没有这一行"),),
    "delrow3": (("收支明细", "找不到表头"),),
    "delsheet": (("", "没有工作表“三公经费”"),),
    "dup": (("收支明细!A15", "2080501 写了两次，前一次在 dup.xlsx 收支明细!A6"),),
    "errval": (("收支明细!G6", "错误值"),),
    "extracol": (("收支明细!AD5", "“备注”这一列不认识"),),
    "forgotcode": (("收支明细!A12", "科目"),),
    "formula_ref": (("收支明细!G6", "没有算出结果"), ("收支明细!G7", "没有算出结果")),
    "fundtypo": (("收支明细!C13", "是否想写“政府性基金”"),),
    "futureyear": (("单位!D6", "2042"),),
    "half": (("收支明细!O9", "收支不平衡"),),  # where the row's balance and 经济分类 meet
    "kuan": (("经济分类!C84", "“30299”写了两次"),),
    "lastyear": (("上年数!D5", "本年的数填进了上年"), ("三公经费!K8", "2022 年"), ("文字!D28", "2023 年")),
    "merged": (("收支明细!G6", "G6:G7 是合并单元格"),),
    "neg": (("收支明细!O9", "是负数"),),
    "noname": (("单位!D6", "年度"), ("单位!D7", "金额单位"), ("单位!D8", "名称")),
    "noreason": (("收支明细!Z7", "差异原因"),),
    "pct": (("其他事项!D128", "“96.5分”带了单位"),),
    "people": (("三公经费!I8", "“6辆”带了单位"), ("三公经费!G9", "“286.5”不是整数")),
    "reason2": (("收支明细!Z7", "印两遍"), ("文字!D53", "印两遍")),
    "reasonperiod": (("收支明细!Z7", "印两遍"),),
    "renhead": (("收支明细!O5", "支出·基本支出"), ("收支明细!Y5", "年初预算")),
    "renrow": (("其他事项!B21", "是否想写“决算”"), ("其他事项!B22", "年初预算"), ("其他事项!B23", "上年决算")),
    "rensheet": (("", "有一张“三公”，是不是改了名"),),
    "sparse": (("单位!D15", "公开平台"), ("经济分类!C7", "经济分类"), ("上年数!D5", "收支总计")),
    "swapcols": (("收支明细!P6", "多半填反了"),),
    "swaphead": (("收支明细!O6", "多半填反了"),),
    "textnum": (("收支明细!G8", "“62。3”不是金额"), ("收支明细!G10", "“3200万元”带了单位")),
    "total": (("收支明细!A15", "合计行，没有读"),),
    "unit": (("单位!D7", "是不是应当是万元"),),
    "wan_in_eco": (("经济分类!C7", "差一万倍"),),
    "wrongcode": (("收支明细!A9", "没有列行政运行"),),
    "wrongcode2": (("收支明细!A9", "不是项级科目"),),
    "wrongcode3": (("收支明细!A9", "科目表里没有 2139301"),),
    "year2": (("单位!D6", "“2024年度”带了单位"),),
    "yuan1": (("收支明细!O9", "差一万倍"),),
    "yuan2": (("收支明细!P11", "差一万倍"),),
    "yuan3": (("收支明细!P11", "差一万倍"), ("其他事项!D126", "全年预算数 9999999.00 万元")),
}
READ_AS_MEANT = ("good", "cellnote", "insertrow", "pasteformat", "sheetspace", "spaces", "zero_text")
"""What people do to a form that changes nothing that it says."""
LATER = ("lastyear",)
"""What is not told first: the year in texts and sums is doubted, and below what its sums lack."""
YAML: dict[str, Told] = {
    "bom": (("0", "带 BOM"),),
    "brace": (("34", "冒号是全角的"),),
    "comma": (("34", "“326，1440”的逗号位置不对"), ("35", "逗号")),
    "date": (("36", "像是日期"),),
    "dupkey": (("157", "“三公经费”写了两次"),),
    "empty": (("1", "文件是空的"),),
    "fullcolon": (("7", "冒号是全角的"),),
    "fullcolon2": (("36", "冒号是全角的"),),
    "gbk": (("0", "GBK"),),
    "indent": (("35", "对不齐"),),
    "next": (("210", "写的是 2024 年，本套材料是 2025 年度"), ("221", "2024 年"), ("260", "2024 年")),
    "nospace": (("8", "冒号后面没有空格"),),
    "quote": (("37", "一行里有两个冒号"),),
    "tab": (("11", "制表符"),),
    "typo": (("152", "是否想写“机关运行经费”"),),
    "unitodd": (("8", "没有“亿元”这个选项"),),
    "unitwrong": (("8", "是不是应当是万元"),),
}
ALWAYS = {"CODE-013", "COMPLETE-010", "INPUT-053"}
"""What the form without a mistake is told as well."""
_ENGLISH = re.compile(r"(?<![A-Za-z!])[A-Za-z]{3,}(?![A-Za-z]*\.(?:xlsx|yaml))")
_KNOWN = {"Excel", "WPS", "YAML", "UTF", "Tab", "BOM", "GBK", "REF", "xlsx", "yaml", "budgetgen", "standard", "new"}
_PATH = re.compile(r"[一-鿿]\.[一-鿿]|[一-鿿]\[")


def told(seen: Examined) -> list[tuple[str, str]]:
    """Cell or line and words of what a person sees, as it is printed."""
    wrong = by_cause(i for i in seen.issues if not is_to_fill(i) and i.rule not in ALWAYS)
    grave, rest = ([i for c in wrong if c.head.stops is stops for i in c.all] for stops in (True, False))
    said = [(i.place, f"{path_words(i.path)}：{i.cause}") for i in grave]
    said += [(item.place, item.words) for item in seen.to_fill]
    said += [(i.place, f"{path_words(i.path)}：{i.cause}") for i in rest]
    return [
        (place.cell or (str(place.line) if place.file.endswith("yaml") else "") if place else "", w)
        for place, w in said
    ]


def stands(told: list[tuple[str, str]], wanted: Told, *, first: bool = True) -> None:
    """Each of `wanted` is told at its place in its words, the `first` before all else."""
    for number, (at, words) in enumerate(wanted):
        among = told[:1] if first and number == 0 else told
        assert any(place == at and words in said for place, said in among), (at, words, told)


@pytest.mark.parametrize("name", FORMS)
def test_a_form_is_told_at_its_cell_in_words_of_the_form(name: str) -> None:
    assert SHARED is not None
    seen = examine(SHARED / "broken" / "forms" / f"{name}.xlsx")
    stands(told(seen), FORMS[name], first=name not in LATER)
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
    stands(told(seen), YAML[name])
    reads_well(seen)


def test_a_row_far_below_is_read() -> None:
    assert SHARED is not None
    seen = examine(SHARED / "broken" / "forms" / "beyond.xlsx")
    assert seen.loaded is not None
    assert seen.loaded.accounts.lines[-1].code == "2130306"


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
    names = {p.stem for p in Path(SHARED / "broken" / "forms").glob("*.xlsx")}
    assert names == {*FORMS, *READ_AS_MEANT}
    assert {p.stem for p in Path(SHARED / "broken" / "yaml").glob("*.yaml")} == set(YAML)
