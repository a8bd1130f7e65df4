"""The rulebook for people: one rule whole, and all of them as a page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from budgetgen.check.book import KEYS, Rulebook, Written
from budgetgen.check.helpers import DEFAULT_LIMITS, HELPERS
from budgetgen.check.rules import Rule
from budgetgen.issues import REGISTER
from budgetgen.resources import config

_FAMILIES = {
    "WITHIN": "一处之内",
    "CROSS": "各处之间",
    "YEAR": "两年之间",
    "COMPLETE": "齐全",
    "TEXT": "文字",
    "CODE": "科目",
    "SCORE": "绩效评分",
    "DEPT": "部门汇总",
    "INPUT": "读数据文件",
    "PROFILE": "版式",
    "TEMPLATE": "模板",
    "OUTPUT": "写文件",
    "VERIFY": "读回核对",
    "PDF": "转 PDF",
    "BATCH": "批量",
    "EXPLAIN": "查数和规则",
}
_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}")
_NAME = re.compile(r'[\w.]+(?:\["\d+"\][\w.]*)*')
_OTHER = "其他"
_SEVERAL = "按情形"


def explain_rule(rule_id: str, book: Rulebook) -> str:
    """One rule whole, in words of users. KeyError where there is none of that id."""
    rule = book.rules.get(rule_id)
    told: Iterable[tuple[str, str]]
    if rule is None:
        known = REGISTER[rule_id]
        told = (("依据", known.source), ("级别", known.level or _SEVERAL), ("改法", known.mend))
        title = known.title
    else:
        told, title = _told(rule), rule.title
    return "\n".join([f"{rule_id} {title}", *(f"{key}：{value}" for key, value in told if value)]) + "\n"


def _told(rule: Rule | Written) -> Iterator[tuple[str, str]]:
    """What there is to say of a rule to those who keep it, not to those who write it."""
    yield "依据", rule.source
    yield "级别", _level(rule)
    if isinstance(rule, Rule):
        yield "改法", "照问题里说的改"
        return
    if rule.left and rule.right and all(map(_is_name, (rule.left, rule.right))):
        yield "比较", f"{rule.left} {rule.relation} {rule.right}"
    yield "说明", _TAG.sub("…", rule.cause)
    yield "改法", _TAG.sub("…", rule.mend)
    yield "版式", "、".join(rule.profiles)
    if not Path(rule.place.file).resolve().is_relative_to(config().resolve()):
        yield "写在", str(rule.place)


def _is_name(expression: str) -> bool:
    """Whether a side is nothing but a name of the catalogue."""
    return bool(_NAME.fullmatch(expression))


def rules_page(book: Rulebook) -> str:
    """The page of all rules."""
    lines = ["# 勾稽规则", "", *_HOW, "", *_keys()]
    for family in (*_FAMILIES, _OTHER):
        rules = [r for r in book.rules.values() if _family(r.id) == family]
        more = {i: known for i, known in REGISTER.items() if _family(i) == family}
        if rules or more:
            lines += [
                "",
                f"## {_FAMILIES.get(family, _OTHER)}",
                "",
                "| 编号 | 规则 | 级别 | 怎么改 | 依据 |",
                "|---|---|---|---|---|",
            ]
            rows = {r.id: (r.title, _level(r), _mend(r), r.source) for r in rules}
            rows |= {i: (k.title, k.level or _SEVERAL, k.mend, k.source) for i, k in more.items()}
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
