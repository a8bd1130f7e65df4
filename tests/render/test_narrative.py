"""Narratives: every case of every sentence, in two whole units; and the light Markdown itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from budgetgen.pipeline import Built, build
from budgetgen.render.narrative import one_line, protect, read_markdown, to_blocks, without_tag_lines
from budgetgen.verify import read_paragraphs

CASES = Path(__file__).parent.parent / "cases"

EXAMPLE = """
2024年度收、支总计840.70万元。与上年相比，减少355.92万元，减少29.7%，主要是因为本单位授权管理机构区发展研究中心职级干部回原单位管理，相关预算及支出调整至原单位。
2024年度收入合计840.70万元，其中：财政拨款收入840.70万元，占100%；上级补助收入0万元，占0%；事业收入0万元，占0%；经营收入0万元，占0%；附属单位上缴收入0万元，占0%；其他收入0万元，占0%。
2024年度财政拨款支出840.70万元，占本年支出合计的100%，与上年相比，财政拨款支出减少355.92万元，减少29.7%，主要是因为本单位授权管理机构区发展研究中心职级干部回原单位管理，相关预算及支出调整至原单位。
4、一般公共服务支出（类）党委办公厅（室）及相关机构事务（款）一般行政管理事务（项）。
年初预算为20万元，支出决算为93.49万元，完成年初预算的467.5%，决算数大于年初预算数的主要原因是：党政二级网建设、因公出国、机关干部进小区等项目支出增加。
年初预算为40万元，支出决算为40万元，完成年初预算的100%。
年初预算为0万元，支出决算为10万元，决算数大于年初预算数的主要原因是：抗美援朝老兵口述史采集活动项目经费追加。
本单位无政府性基金收支。
公务用车购置费支出预算为0万元，支出决算为0万元。
因公出国（境）费支出预算为0万元，支出决算为5.38万元，决算数大于预算数的主要原因是临时因公出国经费追加，与上年相比增加5.38万元，增长的主要原因是临时因公出国参加党政领导干部培训班经费追加。
2024年本部门开支会议费0万元；开支培训费0万元。
本部门2024年度机关运行经费支出42.22万元，比上年决算数减少9.81万元，减少18.9%。主要原因是：厉行节约，运转支出减少。
"""

EVERYTHING = """
某市某局贯彻落实上级方针政策，主要职责是：
（一）负责甲事。
（一）内设机构设置。某市某局内设机构包括：办公室、财务科。另设机关党委。
（二）决算单位构成。某市某局2024年单位决算汇总公开单位仅包括某市某局本级。
2024年度收、支总计285.60万元。与上年相比，增加85.60万元，增长42.8%，主要是因为新增政府性基金项目。
2024年度财政拨款收、支总计270.00万元，与上年持平。
2024年度一般公共预算财政拨款支出193.00万元，占本年支出合计的73.2%，与上年相比，一般公共预算财政拨款支出增加193.00万元，主要是因为上年为新设单位。
年初预算为10万元，支出决算为10万元，完成年初预算的100%。
年初预算为5万元，支出决算为0万元，完成年初预算的0%，决算数小于年初预算数的主要原因是：项目取消。
2024年度政府性基金预算财政拨款年初结转和结余1.00万元，收入50.00万元，支出49.00万元，年末结转和结余2.00万元。其中：基本支出0万元，项目支出49.00万元。具体情况如下：
1、城乡社区支出（类）国有土地使用权出让收入安排的支出（款）城市建设支出（项）。
支出决算为49万元。
2024年度国有资本经营预算财政拨款收入8.00万元，支出8.00万元。其中：基本支出0万元，项目支出8.00万元。具体情况如下：
公务接待费支出预算为0万元，支出决算为0万元，与上年相比减少1万元，减少100%，减少的主要原因是没有接待任务。
公务用车购置费支出预算为20万元，支出决算为18万元，完成预算的90%，决算数小于预算数的主要原因是集中采购节约，与上年相比增加18万元，增长的主要原因是更新报废车辆。
公务用车运行维护费支出预算为3万元，支出决算为3万元，完成预算的100%，与上年持平。
1、因公出国（境）费支出决算为5万元，全年安排因公出国（境）团组2个，累计5人次，主要包括：赴甲国考察团支出3万元，主要用于考察交流；赴乙国培训团支出2万元。
2、公务接待费支出决算为0万元，全年共接待来访团组0个、来宾0人次。
本单位2024年度机关运行经费支出30.00万元，与上年决算数持平。
2024年本单位开支会议费1.2万元，用于召开年度工作会，人数80人，内容为部署工作；开支培训费2万元，用于开展业务培训班，人数50人，内容为业务学习。
举办读书节，人数200人，开支0.8万元，内容为全民阅读。
第一段，含 *星号* 和 # 号，金额<10&>5。
第二段。
一、财政拨款收入：指从同级财政部门取得的资金。
"""


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Built:
    built = build(CASES / "everything.yaml", tmp_path_factory.mktemp("everything"))
    assert built.files, [str(i) for i in built.issues]
    return built


@pytest.mark.parametrize("sentence", EXAMPLE.split())
def test_the_example_says(built: Built, sentence: str) -> None:
    assert sentence in read_paragraphs(built.packet.document.data)


@pytest.mark.parametrize("sentence", EVERYTHING.strip().split("\n"))
def test_a_unit_with_everything_says(everything: Built, sentence: str) -> None:
    assert sentence in read_paragraphs(everything.packet.document.data)


def test_a_unit_with_everything_raises_nothing(everything: Built) -> None:
    assert [str(i) for i in everything.issues] == []
    assert not everything.draft


# ------------------------------------------------------------------------------------------------ light Markdown


def test_empty_lines_part_paragraphs_and_line_breaks_are_for_the_eye() -> None:
    text = "## 一、总体\n\n甲，\n  乙。\n \n\n### （一）细目\n丙\n"
    assert list(read_markdown(text)) == [
        ("heading 2", "一、总体"),
        ("公文正文", "甲，乙。"),
        ("heading 3", "（一）细目丙"),
    ]


def test_values_are_never_markdown() -> None:
    (_, words), *rest = read_markdown(protect("# 不是标题 **不是粗体**"))
    xml = to_blocks([("公文正文", words)], {"公文正文": "a"})
    assert rest == []
    assert "# 不是标题 **不是粗体**" in xml
    assert "<w:b/>" not in xml


def test_bold_and_gaps_become_runs() -> None:
    xml = to_blocks([("公文正文", "甲**乙**【待填写：变动原因】丙")], {"公文正文": "a"})
    assert '<w:r><w:rPr><w:b/></w:rPr><w:t xml:space="preserve">乙</w:t></w:r>' in xml
    assert '<w:highlight w:val="yellow"/></w:rPr><w:t xml:space="preserve">【待填写：变动原因】</w:t>' in xml


@pytest.mark.parametrize(
    ("source", "folded"),
    [
        ("{% if 甲 %}\n乙\n{% endif %}\n", "{% if 甲 \n%}乙\n{% endif \n%}"),
        ("  {# 说明 #}\n甲", "{# 说明 \n#}甲"),
        ("{% if 甲 %}{{ 乙 }}{% endif %}\n\n丙", "{% if 甲 %}{{ 乙 }}{% endif %}\n\n丙"),
        ("{% set 甲 = 1 %} {% set 乙 = 2 %}\n丙", "{% set 甲 = 1 %} {% set 乙 = 2 \n%}丙"),
    ],
)
def test_lines_of_tags_alone_are_no_lines(source: str, folded: str) -> None:
    assert without_tag_lines(source) == folded
    assert without_tag_lines(source).count("\n") == source.count("\n")


def test_one_line_drops_breaks_and_their_blanks_only() -> None:
    assert one_line(" 甲 乙，\n   丙 ") == "甲 乙，丙"
