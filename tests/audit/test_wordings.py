"""Sentences as places word them: what is heard in each, beside what looks like it and is none."""

from __future__ import annotations

import re

import pytest

from budgetgen.audit import audit
from budgetgen.audit.grammar import listen
from budgetgen.audit.hearing import Prose, hear
from budgetgen.audit.nine_tables import Nine
from budgetgen.classification import read_classification
from budgetgen.inversion.plain import plain
from budgetgen.published.document import Paragraph, Published

SECTIONS = {
    "总体": "一、收入支出决算总体情况说明",
    "收入": "二、收入决算情况说明",
    "财政": "四、财政拨款收入支出决算总体情况说明",
    "一般": "五、一般公共预算财政拨款支出决算情况说明",
    "三公": "七、财政拨款“三公”经费支出决算情况说明",
    "机关": "九、关于机关运行经费支出说明",
    "采购": "十一、关于政府采购支出说明",
    "资产": "十二、关于国有资产占用情况说明",
}


def document(section: str, *sentences: str) -> Published:
    paragraphs = [Paragraph(n, t, SECTIONS[section], "说明") for n, t in enumerate(sentences, start=1)]
    return Published("2023年度决算", paragraphs, [])


def heard(section: str, *sentences: str) -> Prose:
    return hear(document(section, *sentences), Nine({}), read_classification(2023))


def told(section: str, *sentences: str) -> list[tuple[str, str, str]]:
    """(rule, level, what is wrong) of sentences of one section."""
    return [(f.rule, f.level, f.stated) for f in audit(document(section, *sentences))]


@pytest.mark.parametrize(
    ("section", "sentence", "expected"),
    [
        ("总体", "2023年度收、支总计各是4125.49万元。与2022年相比，收、支总计各减少1267.86万元，下降23.51%。",
         {"收支总计": "4125.49", "收支总计.较上年.额": "1267.86", "收支总计.较上年.率": "23.51"}),
        ("财政", "2020年财政拨款收入总计1614.63万元，与2019年相比增加540.23万元，增长50.28%。",
         {"财政拨款收支总计": "1614.63", "财政拨款收支总计.较上年.额": "540.23"}),
        ("收入", "2022年本年收入合计4125.49万元，其中：一般公共预算财政拨款收入3859.16万元，占93.54%；其他收入266.33万元，占6.46%。",
         {"收入.合计": "4125.49", "财政拨款.收入.一般公共预算": "3859.16", "占比(收入.其他, 收入.合计)": "6.46"}),
        ("一般", "1.社会保障和就业（类）行政事业单位养老支出（款）机关事业单位基本养老保险缴费支出（项）：支出决算为67.64万元，完成预算89.53%。",
         {"一般公共预算.项[2080505].支出.合计": "67.64", "一般公共预算.项[2080505].完成.率": "89.53"}),
        ("一般", "一般公共服务支出（类）800万元，占90%；教育（类）支出88万元，占10%。",
         {"一般公共预算.类[201].支出.合计": "800", "一般公共预算.类[205].支出.合计": "88"}),
        ("三公", "公务用车购置及运行维护费支出3.33万元，完成预算33.3%，比上年决算数减少0.2万元，下降5.7%。",
         {"三公经费.决算.公务用车小计": "3.33", "三公经费.决算.公务用车小计.较上年.额": "0.2"}),
        ("三公", "2023年国内公务接待累计15批次、128人次。",
         {"三公经费.公务接待费.团组": "15", "三公经费.公务接待费.人次": "128"}),
        ("机关", "2023年度机关运行经费支出55.3万元，比2022年度增加5.3万元，增长10.6%。",
         {"机关运行经费.决算": "55.3", "机关运行经费.决算.较上年.率": "10.6"}),
        ("采购", "服务采购授予中小企业合同金额占服务支出金额的100%。",
         {"占比(政府采购.中小企业.服务, 政府采购.服务)": "100"}),
    ],
)  # fmt: skip
def test_what_is_heard(section: str, sentence: str, expected: dict[str, str]) -> None:
    said = {name: all_said[0].text for name, all_said in heard(section, sentence).said.items()}
    assert {name: said.get(name) for name in expected} == expected


def test_an_amount_that_nobody_knows_is_no_subject_of_the_rate_behind_it() -> None:
    """The rate is of the other amount: held against the first, it would be a false alarm."""
    prose = heard("三公", "公务接待费支出决算为1.00万元，其中某项开支0.50万元，占3.1%。")
    assert not any(name.startswith("占比") for name in prose.said)


# ------------------------------------------------------------------------------- mistakes beside their look-alikes


@pytest.mark.parametrize(
    ("section", "wrong", "right"),
    [
        # a rate inside the interval that printed digits leave, and one outside
        ("一般", "2023年度财政拨款支出年初预算为29.05万元，支出决算为27.07万元，完成年初预算的94.17%。",
         "2023年度财政拨款支出年初预算为29.05万元，支出决算为27.07万元，完成年初预算的93.17%。"),
        # a change on last year: the year before holds this year's amount, so the interval is narrow
        (
            "三公",
            "公务接待费支出决算为0.13万元，与上年相比减少0.61万元，下降81.40%。",
            "公务接待费支出决算为0.13万元，与上年相比减少0.61万元，下降82.40%。",
        ),
        # a direction, and a difference that rounds to nothing
        ("三公", "公务接待费支出预算为2.00万元，支出决算为1.00万元，完成预算的50%，决算数大于预算数的主要原因是接待增加。",
         "公务接待费支出预算为2.00万元，支出决算为2.00万元，完成预算的100%，决算数与预算数持平。"),
        # a rate of nothing, and a budget that is nothing
        ("三公", "公务用车购置费支出预算为0万元，支出决算为0万元，完成预算的100%。",
         "公务用车购置费支出预算为0万元，支出决算为10.00万元，决算数大于预算数的主要原因是更新车辆。"),
        # words of two directions in one clause, and a level that allows a small change
        ("总体", "2023年度收、支总计100.00万元，与上年相比，增加20.00万元，降低25%。",
         "2023年度收、支总计100.00万元，与上年基本持平。"),
        # a unit of money, and money that is rightly told in 元
        ("机关", "2023年度机关运行经费支出35.20元。", "2023年度机关运行经费支出35.20万元，人均标准800元。"),
        # another year, and years that are told rightly
        ("总体", "2022年度收、支总计100.00万元，2023年度预算已批复。",
         "2023年度收、支总计100.00万元。与2022年度相比，增加20.00万元，增长25%。"),
        ("总体", "2023年度收、支总计100.00万元。与2021年度相比，增加20.00万元，增长25%。",
         "2023年度收、支总计100.00万元，主要是2022年度结转的项目实施。"),
        # vehicles that don't add up, and kinds that are not all told
        ("资产", "截至2023年12月31日，共有车辆5辆，其中，机要通信用车1辆、执法执勤用车2辆。",
         "截至2023年12月31日，共有车辆5辆，其中，机要通信用车1辆、轿车4辆。"),
        # more people than groups can't be fewer
        ("三公", "全年安排因公出国（境）团组4个，累计3人次。", "全年安排因公出国（境）团组1个，累计3人次。"),
        # a doubled mark, a mark that only looks so
        ("总体", "2023年度收、支总计100.00万元。。", "2023年度收、支总计100.00万元……"),
        # a bracket that is not closed, and an ordinal with half a bracket
        ("总体", "2023年度收、支总计100.00万元（不含上年结转的资金。", "1）2023年度收、支总计100.00万元，比预计的多一些。"),
        # a leftover of the form, and a name in brackets
        ("机关", "2023年度机关运行经费支出35.20万元（如有，行政单位填写）。", "2023年度机关运行经费（含参公单位）支出35.20万元。"),
        # a reason that tells the contrary, and one that tells of both
        ("三公", "公务接待费支出预算为1.00万元，支出决算为2.00万元，完成预算的200%，决算数大于预算数的主要原因是压减了接待费用。",
         "公务接待费支出预算为1.00万元，支出决算为2.00万元，完成预算的200%，决算数大于预算数的主要原因是招商任务增加。"),
    ],
)  # fmt: skip
def test_a_mistake_and_what_looks_like_it(section: str, wrong: str, right: str) -> None:
    year = "本部门2023年度决算公开。"
    assert [t for t in told(section, year, wrong) if t[1] in ("错误", "疑点")]
    assert [t for t in told(section, year, right) if t[1] in ("错误", "疑点")] == []


def test_each_phrase_can_be_heard() -> None:
    """No phrase stands behind another that always takes its words."""
    text = plain("“三公”经费支出决算为1.00万元，完成预算的50%")
    phrases = [m[0] for _, m, _ in listen(text, "三公", "说明")]
    assert any("三公经费" in p for p in phrases)
    assert any(re.search("完成预算的50%", p) for p in phrases)
