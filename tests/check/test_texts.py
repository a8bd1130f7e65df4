"""Each rule on texts with a text that breaks it and its nearest look-alike, drawn side by side."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budgetgen.check import text_corpus as texts_of
from budgetgen.check.rules import RULES
from budgetgen.check.text_corpus import Words, words
from budgetgen.classification import read_classification
from budgetgen.compute import compute
from budgetgen.figures import Figure
from budgetgen.issues import Issue, Level, Rejected
from budgetgen.model import Loaded
from budgetgen.reading import load, loads

ROOT = Path(__file__).parent.parent.parent
TEXT_RULES = [rule for name, rule in sorted(RULES.items()) if name.startswith("TEXT-")]
UNIT = """
年度: 2024
金额单位: 万元
单位:
  名称: 天明市东区文化局
  类型: 部门
  职责: ["{职责}"]
  内设机构: [办公室, 机要室]
  决算单位: [天明市东区图书馆]
  公开平台: "{平台}"
收支明细:
- 科目: 2070101
  收入: {{财政拨款: 100}}
  支出: {{基本: 100}}
  年初预算: 120
  差异原因: "{少}"
- 科目: 2070102
  收入: {{财政拨款: 40.70}}
  支出: {{项目: 40.70}}
  年初预算: 20
  差异原因: "{多}"
基本支出经济分类: {{30101: 80, 30201: 20}}
三公经费:
  因公出国费: {{年初预算: 0, 全年预算: 0, 决算: 0, 上年决算: 0}}
  公务用车购置费: {{年初预算: 0, 全年预算: 0, 决算: 0, 上年决算: 0}}
  公务用车运行维护费: {{年初预算: 3, 全年预算: 3, 决算: 3, 上年决算: 3}}
  公务接待费: {{年初预算: 2, 全年预算: 2, 决算: 1.25, 上年决算: 1.25, 内容: "{内容}"}}
上年: {{收支总计: 150, 财政拨款收支总计: 150, 一般公共预算支出: 130}}
预算绩效:
  评价项目: ["{项目}"]
  整体绩效: "{绩效}"
  应用情况: "{应用}"
  整体自评: {{全年预算数: 150, 得分: 95, 等级: 优}}
变动原因: {{收支总计: "{总计}", 一般公共预算支出: "{一般}"}}
"""
PLAIN = {
    "职责": "负责全区文化工作。",
    "平台": "东区门户网站",
    "少": "人员退休",
    "多": "新开了图书馆",
    "内容": "外地来访",
    "项目": "文化下乡",
    "绩效": "全年任务都已完成。",
    "应用": "用于安排下年预算。",
    "总计": "退休人员多",
    "一般": "项目结转",
}

LONG = "送戏下乡六十场，惠及群众三万人，放映电影九百场。"
HAN = "".join(map(chr, range(0x4E10, 0x4E10 + 201)))
CASES = [
    # rule       field   breaks it                                     its nearest look-alike
    ("TEXT-001", "绩效", "全年完成XX项目。", "全年完成XXL号展柜采购。"),
    ("TEXT-001", "绩效", "举办活动××场。", "展厅长3×2米。"),
    ("TEXT-001", "绩效", "20X4年任务完成。", "2024年任务完成。"),
    ("TEXT-001", "少", "待填写", "等待安置人员减少"),
    ("TEXT-001", "绩效", "完成任务（如有未完成的，一级预算部门填写）。", "完成任务（如有未完成的，下年继续）。"),
    ("TEXT-001", "职责", "负责____工作。", "负责A_B两处的工作。"),
    ("TEXT-001", "绩效", "此处填写绩效情况。", "此处新建图书馆一座。"),
    ("TEXT-002", "绩效", "（注意：本段按实际情况写）完成任务。", "引导读者注意防火。"),
    ("TEXT-002", "绩效", "满意度精确到个位数。", "定位精确到每个书架。"),
    ("TEXT-002", "绩效", "示例：全年任务都已完成。", "建成示例性书屋两处。"),
    ("TEXT-002", "绩效", "主要用于（按用途分类）送戏。", "主要用于送戏，按用途分类管理。"),
    ("TEXT-002", "少", "大于/小于预算的原因", "报名大于预期"),
    ("TEXT-003", "绩效", "2023年度任务都已完成。", "2024年度任务都已完成。"),
    ("TEXT-003", "多", "2023年新开了图书馆", "与2023年相比新开了图书馆"),
    ("TEXT-003", "绩效", "2023年送戏六十场。", "入选全省2023年十件实事。"),
    ("TEXT-003", "多", "2023年图书馆项目", "2023年真抓实干奖励资金项目"),
    ("TEXT-003", "绩效", "根据2019年度的办法评价。", "根据《2019年度评价办法》评价。"),
    ("TEXT-003", "绩效", "2023年、2024年增长。", "2023年—2024年增长。"),
    ("TEXT-003", "绩效", "二〇二三年任务都已完成。", "二〇二四年任务都已完成。"),
    ("TEXT-003", "绩效", "2025年送戏六十场。", "2025年度预算已细化。"),
    ("TEXT-003", "绩效", "2022年度任务都已完成。", "自2022年度以来建成书屋。"),
    ("TEXT-004", "绩效", "天明市西区档案局完成了任务。", "天明市东区文化局完成了任务。"),
    ("TEXT-004", "绩效", "天明市西区图书馆服务中心完成了任务。", "天明市财政局组织了评价。"),
    ("TEXT-004", "绩效", "天明市西区服务中心完成了任务。", "协调市科技局办展，围绕市委中心工作。"),
    ("TEXT-004", "多", "天明市西区文旅局新开图书馆", "天明市文旅局追加项目"),
    ("TEXT-004", "绩效", "我委完成了任务。", "我局完成了任务。"),
    ("TEXT-004", "绩效", "本中心完成了任务。", "本办法已执行。"),
    ("TEXT-005", "绩效", "全年支出合计140.71万元。", "全年支出合计140.70万元。"),
    ("TEXT-005", "绩效", "支出合计141.7万元。", "支出合计140.7万元。"),
    ("TEXT-005", "绩效", "支出合计140.7元。", "支出合计0.014亿元。"),
    ("TEXT-005", "绩效", "其中基本支出1,000,001元。", "其中基本支出1,000,000元。"),
    ("TEXT-005", "绩效", "其中项目支出41.70万元。", "“送戏”项目支出41.70万元。"),
    ("TEXT-005", "绩效", "“三公”经费4.52万元。", "上年“三公”经费4.52万元。"),
    ("TEXT-005", "绩效", "人员经费占基本支出的81%。", "人员经费占基本支出的80%。"),
    ("TEXT-005", "绩效", "预算执行率95%。", "预算执行率93.8%。"),
    ("TEXT-006", "绩效", "支出合计140.70元。", "支出合计1407000元。"),
    ("TEXT-006", "绩效", "全年投入40.70元。", "每人每天补助40.7元。"),
    ("TEXT-006", "绩效", "全年文化经费12.50，用于下乡。", "全年文化经费12.50万元，用于下乡。"),
    ("TEXT-006", "绩效", "投入12.5万，用于下乡。", "惠及12.5万人，用于下乡。"),
    ("TEXT-007", "绩效", "完成全年的的任务。", "达到了目的的活动有三场。"),
    ("TEXT-007", "绩效", "全年任务都已完成。。", "全年任务都已完成……"),
    ("TEXT-007", "绩效", "送戏、，放映都已完成。", "“送戏”、“放映”都已完成。"),
    ("TEXT-007", "绩效", "形成的的制度有三项。", "形成的的确是制度。"),
    ("TEXT-007", "绩效", "组织组织了六十场演出。", "与读者研究研究。"),
    ("TEXT-008", "绩效", "落实《办法的要求。", "落实《办法》的要求。"),
    ("TEXT-008", "绩效", "办好“书香节的活动。", "办好“书香‘节’”的活动。"),
    ("TEXT-008", "绩效", "新建书屋（两处。", "新建书屋(两处）。"),
    ("TEXT-008", "绩效", "新建书屋两处）。", "1）新建书屋；2）送戏下乡。"),
    ("TEXT-009", "绩效", "（一）送戏。（三）放映。", "（一）送戏。（二）放映。"),
    ("TEXT-009", "绩效", "一是送戏，三是放映。", "一是送戏，二是放映，三是展览。"),
    ("TEXT-009", "绩效", "1.送戏；3.放映。", "1.5万人次；3.5万册。"),
    ("TEXT-009", "绩效", "1、送戏；2、放映；2、展览。", "1、送戏；2、放映。1、展览；2、讲座。"),
    ("TEXT-009", "绩效", "①送戏③放映。", "①送戏②放映。"),
    ("TEXT-009", "绩效", "十、送戏；一、放映；三、展览。", "十、送戏；十二、放映。"),
    ("TEXT-009", "职责", "（一）负责全区文化工作。", "一手抓文化，一手抓旅游。"),
    ("TEXT-010", "少", "人员增加，工资支出增加", "人员减少，工资支出减少"),
    ("TEXT-010", "多", "厉行节约，压减了项目经费", "追加了图书馆经费"),
    ("TEXT-010", "少", "追加图书馆经费", "上年追加图书馆经费"),
    ("TEXT-010", "少", "新增图书馆经费", "新增图书馆经费结转下年"),
    ("TEXT-010", "少", "增加的专项资金已下达", "增加的专项资金已调剂到其他科目"),
    ("TEXT-010", "总计", "新增文化下乡经费", "人员支出减少，同时新增文化下乡经费"),
    ("TEXT-011", "多", PLAIN["少"], "人员退休后返聘"),
    ("TEXT-011", "一般", PLAIN["总计"], "退休人员返聘"),
    ("TEXT-012", "应用", LONG, LONG[:-1] + "多。"),
    ("TEXT-013", "项目", "国安机要保密经费", "档案经费"),
    ("TEXT-013", "绩效", "完成密码设备更新。", "已作保密审查。"),
    ("TEXT-013", "职责", "负责涉密文件管理。", "负责机要、保密工作。"),
    ("TEXT-014", "绩效", "受助人11010519491231002X。", "受助人110105194912310021。"),
    ("TEXT-015", "绩效", "联系人13812345678。", "书号138123456789。"),
    ("TEXT-015", "绩效", "咨询0731-22886666。", "办好12345市长热线。"),
    ("TEXT-015", "绩效", "来信wenhua@example.com。", "价格@每册三角。"),
    ("TEXT-015", "绩效", "联系电话：22886666。", "借阅图书22886666册。"),
    ("TEXT-016", "少", "略", "省略了一场演出"),
    ("TEXT-016", "项目", HAN[:61], HAN[:60]),
    ("TEXT-016", "多", HAN[:201], HAN[:200]),
]  # fmt: skip
ERRORS = {"TEXT-001", "TEXT-014"}
NOTES = {"TEXT-016"}
BESIDE = {"TEXT-012": {"绩效": LONG}}
"""What else the input says for a rule that holds two texts against each other."""


def unit(**changed: str) -> Loaded:
    return loads(UNIT.format(**(PLAIN | changed)), "unit.yaml")


def found(loaded: Loaded) -> list[Issue]:
    computed = compute(loaded.accounts, read_classification(loaded.accounts.year))
    return [issue for rule in TEXT_RULES for issue in rule.find(loaded, computed)]


def names(issues: list[Issue]) -> list[str]:
    return [i.rule for i in issues]


def test_a_plain_unit_breaks_nothing() -> None:
    assert found(unit()) == []


@pytest.mark.parametrize(("rule", "field", "breaks", "holds"), CASES, ids=[f"{c[0]} {n}" for n, c in enumerate(CASES)])
def test_rule(rule: str, field: str, breaks: str, holds: str) -> None:
    beside = BESIDE.get(rule, {})
    (issue,) = found(unit(**{**beside, field: breaks}))
    assert issue.rule == rule
    assert issue.level is (Level.ERROR if rule in ERRORS else Level.NOTE if rule in NOTES else Level.WARNING)
    assert issue.cause
    assert issue.mend
    assert issue.path
    assert issue.place is not None
    assert found(unit(**{**beside, field: holds})) == []


def test_every_rule_has_a_case() -> None:
    assert {case[0] for case in CASES} == {rule.id for rule in TEXT_RULES}


# ------------------------------------------------------------------------------------------ what is said


def said(**changed: str) -> str:
    (issue,) = found(unit(**changed))
    return str(issue)


def test_both_readings_are_told() -> None:
    assert said(绩效="支出合计140.71万元。") == (
        "unit.yaml:31 警告 TEXT-005 预算绩效.整体绩效：“支出合计140.71万元。”，而支出.合计是 140.70 万元。 "
        "改成相同的数，或不在文字里写这个数。"
    )
    assert said(少="工资支出增加") == (
        "unit.yaml:16 警告 TEXT-010 收支明细[2070101].差异原因：“工资支出增加”说的是增加，"
        "而数是 120.00 万元 → 100.00 万元，减少。 核对原因是不是填错了行，或沿用了上年的。"
    )
    assert (
        "在这里解释增加（20.00 万元 → 40.70 万元，增加），在 收支明细 2070101（行政运行）的差异原因 又解释减少"
        in said(多=PLAIN["少"])
    )


def test_an_identity_number_is_not_repeated() -> None:
    assert "11010519491231002X" not in said(绩效="受助人11010519491231002X。")


def test_one_text_is_told_once_by_a_rule() -> None:
    assert names(found(unit(绩效="XX局完成××件，2023年度、2022年度任务完成。"))) == ["TEXT-001", "TEXT-003"]


def test_a_year_in_a_projects_name_is_not_another_year() -> None:
    project = "2023年送戏下乡经费"
    assert found(unit(项目=project, 多=f"{project}项目追加")) == []
    assert names(found(unit(项目="送戏下乡经费", 多=f"{project}项目追加"))) == ["TEXT-003"]


def test_a_year_long_past_is_only_noted() -> None:
    assert said(绩效="维修2012年的书屋。").startswith("unit.yaml:31 提示 TEXT-003")


def test_the_platform_may_tell_how_the_unit_is_reached() -> None:
    assert found(unit(平台="东区门户网站，电话0731-22886666")) == []


def test_guests_and_hosts_are_other_units() -> None:
    assert found(unit(内容="天明市西区档案局来访")) == []


def test_a_text_that_waits_to_be_filled_is_told_elsewhere() -> None:
    assert found(unit(少="【待填写：原因】")) == []


# ------------------------------------------------------------------------------------------ 绩效自评


ANNEX = """
绩效自评:
  报告:
    整体绩效: {报告}
  项目:
  - 名称: 甲项目
    预期目标: {目标}
    完成情况: 已按计划完成
    指标:
    - {{一级: 产出指标, 三级: {三级}, 指标值: {三级}, 完成值: 已完成}}
  - 名称: 乙项目
    预期目标: 按计划做好
    完成情况: {完成}
    指标:
    - {{一级: 产出指标, 三级: {三级}, 指标值: {三级}, 完成值: 已完成}}
"""


def annexed(**said: str) -> list[tuple[str, str]]:
    plain = {"报告": "各项工作按计划完成。", "目标": "做好各项工作", "完成": "各项工作做好了", "三级": "演出场次"}
    text = UNIT.format(**PLAIN) + ANNEX.format(**(plain | said))
    return [(i.rule, i.path) for i in found(loads(text, "unit.yaml"))]


def test_the_annex_is_read_paragraph_by_paragraph() -> None:
    assert annexed() == []
    assert annexed(报告="联系人13812345678。") == [("TEXT-015", "绩效自评.报告.整体绩效[1].段落[1]")]


def test_what_a_project_did_is_not_copied_from_another() -> None:
    copied = annexed(目标=LONG, 完成=LONG)
    assert copied == [("TEXT-012", "绩效自评.项目[乙项目].完成情况[1]")]


def test_indicators_may_say_the_same() -> None:
    assert annexed(三级=LONG) == []


def test_a_report_may_tell_again_what_part_three_told() -> None:
    assert annexed(报告=LONG, 目标=LONG) == []


def test_a_project_of_a_secret_name_is_told_once() -> None:
    assert annexed(目标="做好涉密设备更新") == [("TEXT-013", "绩效自评.项目[甲项目].预期目标[1]")]
    assert len(annexed(目标="做好涉密设备更新", 三级="涉密设备台数")) == 2


# ------------------------------------------------------------------------------------------ real inputs


EXPECTED = {
    "examples/tianyuan-party-office/unit.yaml": [
        ("TEXT-012", "绩效自评.项目[因公出国经费].完成情况[1]"),
        ("TEXT-012", "绩效自评.项目[综合调研及深化改革工作经费].预期目标[1]"),
        ("TEXT-012", "绩效自评.项目[三个高地专项工作经费（改革组）].完成情况[1]"),
        ("TEXT-012", "绩效自评.项目[抗美援朝老兵口述史采集活动].预期目标[1]"),
        ("TEXT-013", "预算绩效.评价项目[1]"),
        ("TEXT-013", "绩效自评.项目[国安机要保密经费].名称"),
    ],
    "examples/performance-2020/unit.yaml": [],
    "examples/municipal-government-office/unit.yaml": [("TEXT-012", "预算绩效.整体自评.目标完成情况.数量指标")],
    "examples/policy-research-office/unit.yaml": [],
    "examples/science-museum-intent/unit.yaml": [],
    "examples/invented-water-bureau/unit.yaml": [],
    "examples/shiquan-street-budget/unit.yaml": [("TEXT-003", "预算明细[12].原因"), ("TEXT-013", "预算明细[9].原因")],
    "examples/wanli-street-budget/unit.yaml": [],
    "tests/cases/budget.yaml": [],
    "tests/cases/everything.yaml": [],
    "tests/cases/intent.yaml": [],
    "tests/cases/nothing.yaml": [],
}
FILES = [p for pattern in ("examples/*/unit.yaml", "tests/cases/*.yaml") for p in sorted(ROOT.glob(pattern))]


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_real_inputs_raise_only_what_their_readmes_name(path: Path) -> None:
    issues = found(load(path))
    assert [(i.rule, i.path) for i in issues] == EXPECTED[path.relative_to(ROOT).as_posix()]
    assert all(i.level < Level.ERROR for i in issues)


# ------------------------------------------------------------------------------------------ any text


MARKS = "，。；：、（）()《》“”‘’【】0123456789.一二三年月是、万元％%@-_ ×X○的了在支出合计经费减少增加追加追加办公室局市县区\n"
ANY = st.text(alphabet=st.one_of(st.sampled_from(MARKS), st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"))))


@given(text=ANY, reason=ANY)
def test_no_text_makes_a_rule_fail(text: str, reason: str) -> None:
    loaded = unit()
    performance = loaded.accounts.performance
    assert performance is not None
    reasons = loaded.accounts.reasons.replaced(grand_total=reason or None)
    accounts = loaded.accounts.replaced(performance=performance.replaced(results=text), reasons=reasons)
    for issue in found(Loaded(accounts, loaded.sources)):
        assert issue.cause


@pytest.mark.parametrize(
    "piece",
    ["一", "X", "（", "1.", "20", "支出", "追加", "2023年", "中共市", "（如有", "请按", "本年支出合计1", "a@", "13800", "、", "的", "①",
     "增加经费减少支出", "支出有所也均都", "天明市东区"],
)  # fmt: skip
def test_time_grows_with_length_alone(piece: str) -> None:
    def cost(length: int) -> float:
        loaded = unit(绩效="好。", 少="人员退休")
        performance = loaded.accounts.performance
        assert performance is not None
        text = (piece * length)[:length]
        changed = performance.replaced(results=text)
        reasons = loaded.accounts.reasons.replaced(grand_total=text)
        started = time.process_time()
        found(Loaded(loaded.accounts.replaced(performance=changed, reasons=reasons), loaded.sources))
        return time.process_time() - started

    # Four times the length: four times the work, and sixteen times where it grows with the square.
    assert cost(40_000) < 10 * (cost(10_000) + 0.01)


def test_the_lists_are_read_whole() -> None:
    data = words()
    assert all(data.lists.values())
    assert data.patterns["重字式样"].search("完成。。")
    assert not data.patterns["重字式样"].search("完成。")


def test_every_figure_that_the_lists_name_is_there() -> None:
    loaded = load(ROOT / "tests" / "cases" / "everything.yaml")
    tree = compute(loaded.accounts, read_classification(loaded.accounts.year)).tree
    named = [n for entries in words().labelled.values() for e in entries for n in (*e.names, *e.parts, *e.wholes)]
    assert named
    for name in named:
        assert isinstance(tree.at(name), Figure), name


def test_texts_are_gathered_once_for_all_rules() -> None:
    loaded = unit()
    assert texts_of.corpus(loaded) is texts_of.corpus(loaded)


def test_all_rules_together_cost_less_than_reading_the_file() -> None:
    started = time.process_time()
    loaded = load(ROOT / "examples" / "tianyuan-party-office" / "unit.yaml")
    reading = time.process_time() - started
    computed = compute(loaded.accounts, read_classification(2024))
    spent = []
    for _ in range(5):
        fresh = Loaded(loaded.accounts.replaced(), loaded.sources)
        started = time.process_time()
        for rule in TEXT_RULES:
            list(rule.find(fresh, computed))
        spent.append(time.process_time() - started)
    assert min(spent) < reading


# ------------------------------------------------------------------------------------------ texts.yaml itself


def read_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str) -> Words:
    text = (ROOT / "config" / "checks" / "texts.yaml").read_text(encoding="utf-8")
    assert text.count(old) == 1
    (tmp_path / "texts.yaml").write_text(text.replace(old, new), encoding="utf-8")
    monkeypatch.setattr("budgetgen.check.text_corpus.config", lambda *_: tmp_path / "texts.yaml")
    return words.__wrapped__()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("- '年年度'", "- '年年度('", "“重字式样”里的“年年度(”不是正则表达式"),
        ("叠词:", "叠字:", "没有“叠字”这个键，是否想写“叠词”？"),
        ("叠词:", "# 叠词:", "没有写“叠词”。"),
        ("  数: [收支总计, 财政拨款收支总计, 上年.收支总计, 上年", "  书: [收支总计, 上年", "没有“书”这个键"),
    ],
)
def test_a_fault_of_the_lists_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, message: str
) -> None:
    with pytest.raises(Rejected) as raised:
        read_words(tmp_path, monkeypatch, old, new)
    assert message in str(raised.value)
    assert "texts.yaml" in str(raised.value)


def test_a_pattern_keeps_its_own_back_references(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pattern = read_words(tmp_path, monkeypatch, "- '年年度'", r"- '(甲|乙)\1(丙|丁)\2'").patterns["重字式样"]
    assert pattern.search("甲甲丁丁")
    assert not pattern.search("甲乙丁丁")
    assert pattern.search("完，，成")
    assert not pattern.search("完，成")
