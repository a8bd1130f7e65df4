"""The rulebook for people: one rule whole, and all of them as a page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from budgetgen.check.book import KEYS, Rulebook, Written
from budgetgen.check.helpers import DEFAULT_LIMITS, HELPERS
from budgetgen.check.rules import Rule
from budgetgen.consolidate import RULES as CONSOLIDATING

_FAMILIES = {
    "WITHIN": "一处之内",
    "CROSS": "各处之间",
    "YEAR": "两年之间",
    "COMPLETE": "齐全",
    "TEXT": "文字",
    "CODE": "科目",
    "SCORE": "绩效评分",
    "DEPT": "部门汇总",
}
FUNCTION = "程序里的函数"
_OTHER = "其他"
_SEVERAL = "按情形"
AFTERWARDS: Mapping[str, tuple[str, str, str]] = {
    "CHECK-001": ("规则写得通", "错误", "规则文件里的表达式读不懂，或用了没有的名称"),
    "COMPLETE-001": ("要打印的数都填了", "错误", "表格或句子要用这个数；确实没有的填 0。不能关闭、不能豁免"),
    "COMPLETE-002": ("要打印的文字都填了", "警告", "句子要用这段文字；没有填的写成草稿。不能关闭、不能豁免"),
    "COMPLETE-010": ("填了的都印得出来", "提示", "这个版式的表和句子里没有用到的项目，填了也不公开"),
    "COMPLETE-008": ("豁免都用得上", "提示", "没有用到的豁免应删去"),
    "COMPLETE-009": ("没填的内容不能豁免", "警告", "没填的内容不能公开"),
    "YEAR-009": ("上年文件读得出来", "错误", "上年文件是相对本文件的路径，本身没有错误"),
    **CONSOLIDATING,
}
"""What is found beside the rules: id → title, level, source."""


def explain_rule(rule_id: str, book: Rulebook) -> str:
    """One rule whole, or what is near where there is none of that id (KeyError)."""
    if rule_id in AFTERWARDS:
        title, level, source = AFTERWARDS[rule_id]
        return f"{rule_id} {title}\n级别：{level}\n依据：{source}\n"
    rule = book.rules[rule_id]
    lines = [f"{rule.id} {rule.title}", *(f"{key}：{value}" for key, value in _told(rule))]
    return "\n".join(lines) + "\n"


def _told(rule: Rule | Written) -> Iterator[tuple[str, str]]:
    """What there is to say of a rule, in the words of its file."""
    yield "依据", rule.source
    yield "级别", _level(rule)
    if isinstance(rule, Rule):
        yield "写法", FUNCTION
        return
    values = (rule.each, rule.when, rule.left, rule.relation, rule.right, rule.require)
    for key, value in zip(("逐个", "当", "左", "关系", "右", "要求"), values, strict=True):
        if value:
            yield key, value
    yield "说明", rule.cause
    if rule.mend:
        yield "改法", rule.mend
    if rule.profiles:
        yield "版式", "、".join(rule.profiles)
    yield "写在", str(rule.place)


def rules_page(book: Rulebook) -> str:
    """The page of all rules."""
    lines = ["# 勾稽规则", "", *_HOW, "", *_keys()]
    for family in (*_FAMILIES, _OTHER):
        rules = [r for r in book.rules.values() if _family(r.id) == family]
        more = {i: t for i, t in AFTERWARDS.items() if _family(i) == family}
        if rules or more:
            lines += [
                "",
                f"## {_FAMILIES.get(family, _OTHER)}",
                "",
                "| 编号 | 规则 | 级别 | 怎么改 | 依据 |",
                "|---|---|---|---|---|",
            ]
            rows = {r.id: (r.title, _level(r), _mend(r), r.source) for r in rules}
            rows |= {i: (title, level, "", source) for i, (title, level, source) in more.items()}
            lines += [_row(i, *cells) for i, cells in sorted(rows.items())]
    return "\n".join(lines) + "\n"


_HOW = (
    "由 `python -m budgetgen.reference` 生成，不要手改。一条规则的全文：`budgetgen explain CROSS-012`。",
    "",
    (
        "比两个数时，每个输入数按写到的位数有误差（元：0；万元两位小数：± 50 元），合计的误差是各数之和。差额在误差之内的只是尾差，总是“提示”；"
        "超出误差的按规则的级别报。级别是“错误”的，不改好就不写出文件。"
    ),
    "",
    (
        "- 版式改级别或关闭一条：`profiles/<版式>.yaml` 的 `规则:` 下写 `CROSS-012: 关闭`（或 提示、警告、错误）。限额写在 `限额:` 下，如 "
        f"`增减率: {DEFAULT_LIMITS['增减率']}`。"
    ),
    "- 自己加规则：在自己的模板文件夹里放 `checks/任意名.yaml`，写法同 `config/checks/`；编号与自带的相同，就以自己的为准。",
    '- 单位豁免一处：数据文件里写 `豁免: [{规则: CROSS-015, 路径: "收支明细[2080506]", 原因: …}]`，检查报告里仍列出，注明原因。',
)


def _keys() -> Iterator[str]:
    yield from ("## 怎么写", "", "一条规则以编号为键，下面写：", "", "| 键 | 写什么 |", "|---|---|")
    yield from (_row(key, note) for key, note in KEYS.items())
    yield from ("", "表达式里用名称表中的名称，另有：", "", "| 名称 | 意思 |", "|---|---|")
    yield from (_row(f"`{name}`", note) for name, note in HELPERS.items())


def _row(*cells: str) -> str:
    return "| " + " | ".join(c.replace("|", "\\|").replace("\n", " ") for c in cells) + " |"


def _family(rule_id: str) -> str:
    family = rule_id.partition("-")[0]
    return family if family in _FAMILIES else _OTHER


def _level(rule: Rule | Written) -> str:
    return rule.level.label if rule.level else _SEVERAL


def _mend(rule: Rule | Written) -> str:
    """How the rule's issues are mended; one whose words hang on the case says so in the issue itself."""
    return "见问题" if isinstance(rule, Rule) or "{" in rule.mend else rule.mend
