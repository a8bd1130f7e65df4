"""The names that templates may use: all of them known, none of them missing from the list."""

from __future__ import annotations

import pytest
from jinja2.defaults import DEFAULT_FILTERS, DEFAULT_NAMESPACE

from budgetgen.expression import environment
from budgetgen.packet.names import FILTERS, FUNCTIONS, USUAL_FILTERS, KnownNames, facts, figures
from budgetgen.packet.render import GLOSSARY

KNOWN = KnownNames()


def test_every_filter_and_function_of_ours_is_told() -> None:
    env = environment()
    ours = {n for n in env.filters if not n.startswith("_")} - set(DEFAULT_FILTERS)
    assert ours | {"join"} == {n.name for n in FILTERS}
    assert {n.name for n in USUAL_FILTERS} <= set(env.filters)
    told = {n.name.partition("(")[0] for n in FUNCTIONS}
    assert set(env.globals) - set(DEFAULT_NAMESPACE) <= told
    assert {"经济科目", GLOSSARY, "说明", "表", "目录"} <= told


def test_every_name_of_the_list_is_known_and_has_a_note() -> None:
    for name in (*facts(), *figures()):
        assert KNOWN.unknown(name.name) == "", name
    assert [n.name for n in figures() if not n.note] == []


@pytest.mark.parametrize(
    "name",
    [
        "收入.合计", "支出.类[*].合计", "支出.类[*].款[*].项[*].基本", "支出.列示类[*].名称", "单位.名称", "会议费.会议[*].人数",
        "三公经费.决算.合计.较上年.率", "政府采购[*].货物", "收入.类[*].款名称", "经济科目()", "固定名词解释[*].名词", "年度",
    ],
)  # fmt: skip
def test_names_that_there_are(name: str) -> None:
    assert KNOWN.unknown(name) == ""


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("收入.合汁", "“收入”中没有“合汁”这个名称，是否想写“合计”？"),
        ("支出.类[*].款[*].合记", "“支出.款[*]”中没有“合记”这个名称，是否想写“合计”？"),
        ("三公经费.决算.合计.较上年.律", "“三公经费.决算.合计.较上年”中没有“律”这个名称"),
        ("收入.合计.额", "“收入.合计”中没有“额”这个名称"),
        ("年渡", "没有“年渡”这个名称，是否想写“年度”？"),
    ],
)
def test_names_that_there_are_not(name: str, cause: str) -> None:
    assert KNOWN.unknown(name) == cause
