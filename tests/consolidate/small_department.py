"""A small department as text: 本级, two units and their department, changed by replacing parts of them."""

from __future__ import annotations

from pathlib import Path

UNIT = (Path(__file__).parents[1] / "cases" / "nothing.yaml").read_text(encoding="utf-8")
OTHER_LINE = """- 科目: 2080502
  资金: 非财政拨款
  收入: {收入}
  支出: {支出}
"""
DEPARTMENT = """\
年度: 2024
金额单位: 万元
单位:
  名称: 某县某局
  类型: 部门
  职责: [负责丙事。]
  内设机构: 无
  本级数据: 本级.yaml
  决算单位:
  - {名称: 某县甲站, 数据: 甲站/unit.yaml}
  - {名称: 某县乙站, 数据: 乙站/unit.yaml}
  公开平台: 某县政府门户网站
预算绩效:
  整体自评: {全年预算数: 100, 得分: 100, 等级: 优, 目标完成情况: {数量指标: 全部完成}, 主要问题及原因: 无, 改进措施: 继续坚持}
  应用情况: 无。
变动原因: {收支总计: 年中追加专项}
"""
MORE = "变动原因: {收支总计: 新增其他资金, 财政拨款收支总计: 追加专项, 一般公共预算支出: 追加专项}\n"
_LINE = "- {科目: 2080501, 收入: {财政拨款: 1}, 支出: {项目: 1}, 年初预算: 0, 差异原因: 追加专项}\n"
ONE_MORE = ("基本支出经济分类", f"{_LINE}{MORE}基本支出经济分类")
"""A line of one more 科目, with reasons for what it changes."""
Changes = dict[str, list[tuple[str, str]]]


def unit(name: str) -> str:
    return UNIT.replace("某县某办", name)


def other_money(revenue: str, spending: str, *payments: str) -> list[tuple[str, str]]:
    """Changes that give a unit a line of other money, and payments that it states."""
    line = OTHER_LINE.replace("{收入}", revenue).replace("{支出}", spending)
    stated = f"内部往来: [{', '.join(payments)}]\n" if payments else ""
    return [("基本支出经济分类", f"{line}{stated}{MORE}基本支出经济分类")]


def payment(kind: str, partner: str, amount: str) -> str:
    return f"{{往来: {kind}, 对方: {partner}, 科目: 2080502, 金额: {amount}}}"


def write_department(folder: Path, changes: Changes | None = None) -> Path:
    """Write the department's four files with `changes` (file → old and new texts); its own file."""
    texts = {
        "部门.yaml": DEPARTMENT,
        "本级.yaml": unit("某县某局本级"),
        "甲站/unit.yaml": unit("某县甲站"),
        "乙站/unit.yaml": unit("某县乙站"),
    }
    for file, replaced in (changes or {}).items():
        for old, new in replaced:
            assert texts[file].count(old) == 1, (file, old)
            texts[file] = texts[file].replace(old, new)
    for file, text in texts.items():
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder / "部门.yaml"
