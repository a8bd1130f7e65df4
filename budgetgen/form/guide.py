"""docs/填报指南.md from the declarations: every field, where it is typed, and where its figure is found.

`python -m budgetgen.form.guide` writes the file. The tables and columns of 财决 are those that the notes under published
tables name (公开01–09 are made from 财决01, 03, 04, 01-1, 07, 08-1, 09, 11 and F03).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from budgetgen import resources
from budgetgen.form import layout
from budgetgen.form.layout import Leaf
from budgetgen.model import Accounts
from budgetgen.model.declarations import fields_of

GUIDE = Path("docs", "填报指南.md")
_BY_FUND = "一般公共预算：财决07表；政府性基金：财决09表；国有资本经营：财决11表"
_INITIAL = "年初批复的部门预算（不在决算表里）"
_REASON = "自己写"
_F03 = "财决F03表《机构运行信息表》"
_PRIOR = "上年公开材料"
_WHERE: dict[tuple[str, ...], str] = {
    ("收支明细", "科目"): f"{_BY_FUND}；非财政拨款：财决03、04表。各表“科目编码”栏，项级",
    ("收支明细", "资金"): "看这个数在哪张表：07、09、11 表各是一种，其余是非财政拨款",
    ("收支明细", "收入", "财政拨款"): f"{_BY_FUND}。“本年收入”合计栏；总数核对财决03表“财政拨款收入”栏",
    ("收支明细", "收入"): "财决03表同名的栏",
    ("收支明细", "财政拨款收入分项"): "财决07表“本年收入”下“基本支出”“项目支出”栏",
    ("收支明细", "支出", "基本"): f"{_BY_FUND}。“本年支出”下“基本支出”栏；非财政拨款：财决04表减去这三张表",
    ("收支明细", "支出", "项目"): f"{_BY_FUND}。“本年支出”下“项目支出”栏；非财政拨款：财决04表减去这三张表",
    ("收支明细", "支出"): "财决04表同名的栏",
    ("收支明细", "年初结转"): f"{_BY_FUND}。“年初结转和结余”下同名的栏",
    ("收支明细", "年末结转"): f"{_BY_FUND}。“年末结转和结余”下同名的栏",
    ("收支明细", "年初预算"): _INITIAL,
    ("收支明细", "差异原因"): _REASON,
    ("使用非财政拨款结余",): "财决01表“使用非财政拨款结余（含专用结余）”行",
    ("结余分配",): "财决01表“结余分配”行",
    ("基本支出经济分类",): "财决08-1表各款的栏，合计行",
    ("三公经费", "预算差异原因"): _REASON,
    ("三公经费", "上年差异原因"): _REASON,
    ("三公经费", "年初预算"): _INITIAL,
    ("三公经费", "上年决算"): f"{_PRIOR}公开09表，或上年{_F03}",
    ("三公经费", "全年预算"): f"{_F03}“三公”经费支出的预算数栏",
    ("三公经费", "决算"): f"{_F03}“三公”经费支出的统计数（决算数）栏",
    ("三公经费",): f"{_F03}相关统计数；内容和名单自己写",
    ("上年", "收支总计"): f"{_PRIOR}公开01表总计，或上年财决01表",
    ("上年", "财政拨款收支总计"): f"{_PRIOR}公开04表总计，或上年财决01-1表",
    ("上年", "一般公共预算支出"): f"{_PRIOR}公开05表本年支出合计，或上年财决07表",
    ("机关运行经费", "决算"): f"{_F03}机关运行经费",
    ("机关运行经费", "年初预算"): _INITIAL,
    ("机关运行经费", "上年决算"): f"上年{_F03}",
    ("会议费", "合计"): "会议费的账（30215，基本支出和项目支出都算）；其中基本支出见财决08-1表",
    ("培训费", "合计"): "培训费的账（30216，基本支出和项目支出都算）；其中基本支出见财决08-1表",
    ("政府采购",): f"{_F03}政府采购支出信息",
    ("国有资产",): f"{_F03}国有资产占用情况",
    ("预算绩效",): "绩效自评报告和自评表",
    ("变动原因",): _REASON,
    ("绩效自评", "人员"): "编制文件和年末人员花名册",
    ("绩效自评", "基础数据", "三公经费"): "不用填；填了的与三公经费决算核对",
    ("绩效自评", "基础数据"): "上年和本年的部门预算、决算；决算里有的本年决算数不用填",
    ("绩效自评", "整体", "资金", "年初预算"): f"{_INITIAL}；不填用收支明细的年初预算之和",
    ("绩效自评", "整体", "资金", "全年预算"): "年末调整后的部门预算（年初批复加减追加、调减）",
    ("绩效自评", "整体", "资金", "执行"): "不用填；不填用本年支出合计",
    ("绩效自评", "整体", "资金"): "年末调整后的部门预算；支出两项不用填",
    ("绩效自评", "项目", "资金"): "项目的预算批复和项目明细账",
    ("绩效自评", "整体", "指标"): "绩效目标申报表的指标；完成值按实际，得分按评分标准",
    ("绩效自评", "整体", "权重"): "财政部门的自评表式样",
    ("绩效自评",): "绩效目标申报表和自评报告",
    ("数字核定",): "财政批复的决算表；与各部分之和只差尾数时才填",
}
"""Keys → where the figure is found; the longest that begins a field's keys counts."""
_HEAD = """\
# 填报指南

本页由程序的字段声明生成：`python -m budgetgen.form.guide`。每一项在填报表的哪张表、YAML 里叫什么、从哪里抄。

- 填报表：`budgetgen new 文件夹` 生成。黄色的格填写，灰色的格自动算出，变红的要核对，橙色的【待填写】要换掉。
- “键”是 YAML 里的名称，“名称”是填报表上和公开材料上的；填报表里两种写法都认。
- 金额按“单位”表里的金额单位（元或万元），只写数字。没有的写 0 或“无”；空着是没有填。
- 会计系统里的表按公开表下面注明的叫法：公开01 出自财决01表，公开02 财决03表，公开03 财决04表，公开04 财决01-1表，公开05 财决07表，公开06 财决08-1表，公开07 财决09表，公开08 财决11表，公开09 财决F03表。
"""


def guide_text() -> str:
    """The page as its file holds it."""
    parts = [_HEAD]
    for sheet in layout.SHEETS[1:]:
        parts.append(f"\n## 工作表“{sheet}”\n\n")
        parts.append("| 名称 | 键 | 单位 | 必填 | 怎么填 | 从哪里抄 |\n|---|---|---|---|---|---|\n")
        parts += [_row(leaf) for leaf in _leaves(sheet)]
    return "".join(parts)


def _leaves(sheet: str) -> Iterator[Leaf]:
    if sheet == layout.LINES:
        for leaf in layout.line_columns():
            yield Leaf((layout.LINES_KEY, *leaf.keys), leaf.labels, leaf.spec)
    elif sheet == layout.ECONOMIC:
        spec = fields_of(Accounts)[layout.ECONOMIC_KEY]
        yield Leaf((spec.key,), (spec.label,), spec)
    elif sheet == layout.THREE_PUBLIC:
        public = [leaf for leaf in layout.leaves(Accounts) if leaf.keys[0] == layout.PUBLIC_KEY and not leaf.listed]
        yield from public
    elif sheet == layout.PROJECTS:
        yield from _under(layout.project_columns(), layout.PROJECTS_KEY)
    elif sheet == layout.INDICATORS:
        yield from _under(layout.indicator_columns(), layout.WHOLE_KEY, layout.INDICATORS_KEY)
    elif sheet == layout.WEIGHTS:
        weights, _ = layout.find([layout.EVALUATION, layout.WHOLE_KEY, layout.WEIGHTS_KEY])
        assert weights is not None
        yield weights
    else:
        yield from layout.form_rows()[sheet]
        if sheet == layout.OTHER:
            spec = fields_of(Accounts)[layout.STATED_KEY]
            yield Leaf((spec.key,), (spec.label,), spec)


def _under(columns: tuple[Leaf, ...], *keys: str) -> Iterator[Leaf]:
    """The columns of a table of 绩效自评 with the keys of the list that they are in."""
    above = (layout.EVALUATION, *keys)
    for leaf in columns:
        yield Leaf((*above, *leaf.keys), leaf.labels, leaf.spec, len(above))


def _row(leaf: Leaf) -> str:
    unit = leaf.unit or ("金额" if leaf.spec.unit else "")
    needed = "是" if leaf.spec.required else ""
    cells = (leaf.title, _key(leaf), unit, needed, leaf.spec.note, where(leaf))
    return f"| {' | '.join(cell.replace('|', '｜') for cell in cells)} |\n"


def _key(leaf: Leaf) -> str:
    keys = [f"{key}[]" if leaf.listed == number else key for number, key in enumerate(leaf.keys, 1)]
    return f"`{'.'.join(keys)}`"


def where(leaf: Leaf) -> str:
    """Where a field's figure is found; for 三公经费 the item does not matter."""
    keys = (leaf.keys[0], *leaf.keys[2:]) if leaf.keys[0] == layout.PUBLIC_KEY else leaf.keys
    for length in range(len(keys), 0, -1):
        if keys[:length] in _WHERE:
            return _WHERE[keys[:length]]
    return _REASON if "原因" in leaf.keys[-1] else ""


def main() -> None:
    """Write the page where it is kept."""
    path = resources.root() / GUIDE
    path.parent.mkdir(exist_ok=True)
    path.write_text(guide_text(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
