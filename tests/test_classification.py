"""The code tables as of a year: names before and after a rename, and which 类 the full tables list."""

from __future__ import annotations

import pytest

from budgetgen.classification import numeral, read_classification

RENAMES = """
207    2018  文化体育与传媒支出        2019  文化旅游体育与传媒支出
210    2018  医疗卫生与计划生育支出    2019  卫生健康支出
215    2019  资源勘探信息等支出        2020  资源勘探工业信息等支出
220    2018  国土海洋气象等支出        2019  自然资源海洋气象等支出
20805  2019  行政事业单位离退休        2020  行政事业单位养老支出
"""

ORDINALS = """
一 201  二 202  三 203  四 204  五 205  六 206  七 207  八 208  九 210  十 211  十一 212  十二 213  十三 214
十四 215  十五 216  十六 217  十七 219  十八 220  十九 221  二十 222  二十一 223  二十二 224  二十三 229
二十四 231  二十五 232  二十六 234
"""


@pytest.mark.parametrize("line", RENAMES.strip().splitlines())
def test_a_code_has_the_name_of_its_year(line: str) -> None:
    code, until, before, since, after = line.split()
    assert read_classification(int(until)).name(code) == before
    assert read_classification(int(since)).name(code) == after
    assert read_classification(2024).name(code) == after


def test_an_economic_code_has_the_name_of_its_year() -> None:
    assert read_classification(2010).economic_name("30217") == "招待费"
    assert read_classification(2024).economic_name("30217") == "公务接待费"


def test_the_classes_of_2024_have_their_ordinals() -> None:
    tables = read_classification(2024)
    pairs = ORDINALS.split()
    assert [tables.ordinal(code) for code in pairs[1::2]] == pairs[::2]
    assert tables.disclosed == tuple(pairs[1::2])


def test_a_class_that_a_year_did_not_have_has_no_ordinal() -> None:
    before = read_classification(2018)
    assert before.ordinal("224") == before.ordinal("234") == ""
    assert read_classification(2019).ordinal("224") == "二十一"
    assert read_classification(2024).ordinal("230") == ""


def test_every_year_reads() -> None:
    for year in range(2000, 2101):
        tables = read_classification(year)
        assert list(tables.disclosed) == sorted(tables.disclosed)
        assert all(tables.ordinal(code) == numeral(n) for n, code in enumerate(tables.disclosed, 1))
