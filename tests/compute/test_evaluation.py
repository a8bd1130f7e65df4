"""绩效自评: rates, scores, totals and grades; what is stated over what is computed; what numbers alone propose."""

from __future__ import annotations

from decimal import Decimal

import pytest

from budgetgen.classification import read_classification
from budgetgen.compute import compute
from budgetgen.compute.scores import STANDARD, Scoring, judge
from budgetgen.figures import Blank, Figure, Group
from budgetgen.reading import loads

ALONE = """\
年度: 2024
金额单位: 万元
单位: {名称: 甲局, 类型: 部门}
"""
ACCOUNTS = f"""\
{ALONE}收支明细:
- {{科目: 2012601, 收入: {{财政拨款: 60}}, 支出: {{基本: 60}}, 年初预算: 70}}
- {{科目: 2012699, 收入: {{财政拨款: 40}}, 支出: {{项目: 40}}, 年初预算: 0}}
"""


def evaluated(text: str, head: str = ALONE, scoring: Scoring = STANDARD) -> Group:
    indented = "\n".join(f"  {line}" for line in text.strip().splitlines())
    accounts = loads(f"{head}绩效自评:\n{indented}\n", "unit.yaml").accounts
    return compute(accounts, read_classification(2024), scoring).tree.group("绩效自评")


def number(group: Group, path: str) -> Decimal:
    found = group.value(path)
    assert isinstance(found, Figure), found
    return found.value


@pytest.mark.parametrize(
    ("budget", "actual", "rate", "score"),
    [
        ("35", "30.54", "87.257", "8.73"),  # rounded, not cut
        ("100", "100", "100", "10"),
        ("100", "120", "120", "10"),  # never above its points
        ("0", "0", "100", "10"),  # nothing of nothing
        ("0", "5", "0", "0"),
        ("8", "0.26", "3.25", "0.33"),
    ],
)
def test_the_money_scores_its_points_by_the_rate(budget: str, actual: str, rate: str, score: str) -> None:
    whole = evaluated(f"整体: {{资金: {{年初预算: 1, 全年预算: {budget}, 执行: {actual}}}}}").group("整体")
    assert round(number(whole, "执行率"), 3) == Decimal(rate)
    assert number(whole, "执行得分") == Decimal(score)


TABLE = """
整体:
  资金: {年初预算: 30, 全年预算: 40, 执行: 38}
  权重: {产出指标: 60, 效益指标: 30}
  指标:
  - {一级: 产出指标, 二级: 数量指标, 三级: 办件, 指标值: ≥100件, 完成值: 120件, 分值: 40, 得分: 40}
  - {一级: 产出指标, 二级: 质量指标, 三级: 合格, 指标值: 合格, 完成值: 合格, 分值: 20, 得分: 19.5}
  - {一级: 效益指标, 二级: 社会效益指标, 三级: 满意率, 指标值: 95%以上, 完成值: 76%, 分值: 30}
  - {一级: 效益指标, 二级: 生态效益指标, 三级: 无}
"""


def test_scores_are_summed_and_graded() -> None:
    """9.5 + 40 + 19.5 + 30 × 76 ÷ 95 = 24 make 93."""
    whole = evaluated(TABLE).group("整体")
    assert number(whole, "分值合计") == 100
    assert number(whole, "总分") == 93
    assert whole["等级"] == "优"
    rows = whole["指标"]
    assert isinstance(rows, list)
    assert [(r["自动得分"], r["有指标"]) for r in rows] == [(False, True), (False, True), (True, True), (False, False)]
    assert (rows[3]["分值"], rows[3]["得分"]) == ("", "")


def test_rows_stand_under_their_kinds() -> None:
    firsts = evaluated(TABLE).group("整体")["一级"]
    assert isinstance(firsts, list)
    assert [(f["名称"], f["行数"], number(f, "权重"), number(f, "分值")) for f in firsts] == [
        ("产出指标", 2, 60, 60),
        ("效益指标", 2, 30, 30),
    ]
    assert [[(s["名称"], s["行数"]) for s in f["二级"]] for f in firsts] == [
        [("数量指标", 1), ("质量指标", 1)],
        [("社会效益指标", 1), ("生态效益指标", 1)],
    ]


def test_what_is_stated_is_printed_and_what_is_computed_stands_beside_it() -> None:
    stated = TABLE + "  核定: {执行率: 94.9, 执行得分: 9.49, 总分: 92, 等级: 良}\n"
    whole = evaluated(stated).group("整体")
    assert [number(whole, n) for n in ("执行率", "执行得分", "总分")] == [Decimal("94.9"), Decimal("9.49"), 92]
    assert [number(whole, f"算出.{n}") for n in ("执行率", "执行得分", "总分")] == [
        95,
        Decimal("9.5"),
        Decimal("92.99"),
    ]
    assert (whole["等级"], whole.at("算出.等级")) == ("良", "优")


def test_a_place_scores_as_it_likes() -> None:
    place = Scoring(Decimal(20), (("优秀", Decimal(95)), ("合格", Decimal(60)), ("不合格", Decimal(0))))
    whole = evaluated(TABLE, scoring=place).group("整体")
    assert number(whole, "执行得分") == 19
    assert whole["等级"] == "优秀"  # 102.5: that the points are 110 is a rule's business
    assert [place.grade(Decimal(n)) for n in ("95", "94.99", "60", "59.99")] == ["优秀", "合格", "合格", "不合格"]


def test_a_secret_project_shows_its_money_alone() -> None:
    project = "- {名称: 甲, 涉密: 是, 资金: {当年财政拨款: {年初预算: 1, 全年预算: 2, 执行: 1}}, 权重: {产出指标: 90}}"
    (found,) = rows(evaluated(f"项目:\n{project}")["项目"])
    assert (found["公开"], found["指标"]) == (False, [])
    assert number(found, "资金.执行") == 10000
    assert (found["总分"], found["等级"]) == ("", "")


def test_what_the_accounts_know_need_not_be_given() -> None:
    told = evaluated("整体: {资金: {全年预算: 110}}\n基础数据: {公用经费: {本年预算: 7}}", ACCOUNTS)
    money = told.group("整体.资金")
    assert [number(money, n) for n in ("年初预算", "全年预算", "执行")] == [700000, 1100000, 1000000]
    assert [number(money, f"支出.{n}") for n in ("基本支出", "项目支出")] == [600000, 400000]
    assert number(told, "基础数据.项目支出.本年决算") == 400000


def test_an_evaluation_alone_knows_no_accounts() -> None:
    told = evaluated("整体: {资金: {全年预算: 110}}")
    assert told["只有自评"] is True
    assert isinstance(told.at("整体.资金.执行"), Blank)
    assert told.at("基础数据.项目支出.本年决算") == ""


def test_projects_are_summed_by_when_they_were_arranged() -> None:
    """Those of the budget are told by it, those added later by what they were given."""
    told = evaluated("""
项目:
- {名称: 甲, 资金: {当年财政拨款: {年初预算: 30, 全年预算: 25, 执行: 20}, 其他资金: {年初预算: 5, 全年预算: 5, 执行: 4}}}
- {名称: 乙, 安排: 年中追加, 资金: {全年预算: 10, 执行: 9}}
""")
    sums = {
        n: [number(told, f"{n}.{m}") / 10000 for m in ("预算", "支出")] for n in ("年初项目", "追加项目", "项目合计")
    }
    assert sums == {"年初项目": [35, 24], "追加项目": [10, 9], "项目合计": [40, 33]}


def test_part_three_takes_the_result_from_the_table() -> None:
    accounts = loads(
        f"{ACCOUNTS}绩效自评:\n  整体: {{资金: {{全年预算: 110}}}}\n  项目: [{{名称: 甲}}]\n", "u.yaml"
    ).accounts
    tree = compute(accounts, read_classification(2024)).tree
    assert number(tree, "预算绩效.整体自评.全年预算数") == 1100000
    assert number(tree, "预算绩效.整体自评.执行数") == 1000000
    assert tree.at("预算绩效.评价项目") == ["甲"]


def test_a_day_is_printed_as_people_write_it() -> None:
    assert evaluated("落款日期: 2021-04-08")["落款日期"] == "2021年4月8日"
    assert evaluated("落款日期: 二〇二一年四月")["落款日期"] == "二〇二一年四月"


def rows(found: object) -> list[Group]:
    assert isinstance(found, list)
    return found


MET, SILENT = "1", None


@pytest.mark.parametrize(
    ("target", "reached", "kind", "share"),
    [
        ("≥95%", "97%", "", MET),
        ("≥95%", "94.9%", "", "0.9989"),
        ("95%以上", "95%", "", MET),
        ("＞95％", "95％", "", SILENT),  # not more, but all of the number
        ("≥80 篇", "123", "", MET),
        ("70篇以上", "140余篇", "", MET),
        ("150篇以上", "140余篇", "", SILENT),  # at least 140 says nothing of 150
        ("=100%", "100%", "", MET),
        ("=100%", "100%，全部完成", "", SILENT),
        ("≤50元", "48元", "", MET),
        ("≤50元", "60元", "", "0.8333"),
        ("不超过3次", "4次", "", "0.75"),
        ("500", "600", "产出指标数量指标", MET),
        ("500", "450", "产出指标数量指标", "0.9"),  # a bare number is a least
        ("441.84", "441.33", "成本指标", MET),
        ("441.84", "450", "成本指标", SILENT),
        ("5天", "8天", "", SILENT),
        ("5天", "3天", "", MET),
        ("1,200件", "1300件", "", MET),
        ("95%", "0.97", "", SILENT),  # another unit
        ("10次", "20篇", "", SILENT),
        ("有提升", "提升了", "", SILENT),
        ("2024年12月31日前", "已完成", "", SILENT),
        ("", "", "", SILENT),
    ],
)
def test_numbers_are_judged(target: str, reached: str, kind: str, share: str | None) -> None:
    judged = judge(target, reached, kind)
    assert (judged and str(round(judged.share, 4).normalize())) == share
    assert (judged and judged.met) == (share and share == MET)
