"""docs/填报指南.md from the declarations: every field, where it is typed, and where its figure is found.

The tables and columns of 财决 are those that the notes under published
tables name (公开01–09 are made from 财决01, 03, 04, 01-1, 07, 08-1, 09, 11 and F03).
"""

from __future__ import annotations

from collections.abc import Iterator

from budgetgen.form import layout
from budgetgen.form.layout import Leaf
from budgetgen.model import Accounts
from budgetgen.model.declarations import fields_of
from budgetgen.model.walk import found_in

_HEAD = """\
# 填报指南

本页由程序的字段声明生成：`python -m budgetgen.reference`。每一项在填报表的哪张表、YAML 里叫什么、从哪里抄。

- 填报表：`budgetgen new 文件夹` 生成。黄色的格填写，灰色的格自动算出，变红的要核对，橙色的【待填写】要换掉。
- “键”是 YAML 里的名称，“名称”是填报表上和公开材料上的；填报表里两种写法都认。
- 金额按“单位”表里的金额单位（元或万元），只写数字。没有的写 0 或“无”；空着是没有填。
- 会计系统里的表按公开表下面注明的叫法：公开01 出自财决01表，公开02 财决03表，公开03 财决04表，公开04 财决01-1表，公开05 财决07表，公开06 财决08-1表，公开07 财决09表，公开08 财决11表，公开09 财决F03表。
"""


def guide_text(model: type[Accounts] = Accounts) -> str:
    """The page as its file holds it."""
    parts = [_HEAD]
    for sheet in layout.sheets_of(model):
        parts.append(f"\n## 工作表“{sheet}”\n\n")
        parts.append("| 名称 | 键 | 单位 | 必填 | 怎么填 | 从哪里抄 |\n|---|---|---|---|---|---|\n")
        parts += [_row(leaf, model) for leaf in _leaves(sheet, model)]
    return "".join(parts)


def _leaves(sheet: str, model: type[Accounts]) -> Iterator[Leaf]:
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
        yield from layout.form_rows(model)[sheet]
        if sheet == layout.OTHER:
            spec = fields_of(Accounts)[layout.STATED_KEY]
            yield Leaf((spec.key,), (spec.label,), spec)


def _under(columns: tuple[Leaf, ...], *keys: str) -> Iterator[Leaf]:
    """The columns of a table of 绩效自评 with the keys of the list that they are in."""
    above = (layout.EVALUATION, *keys)
    for leaf in columns:
        yield Leaf((*above, *leaf.keys), leaf.labels, leaf.spec, len(above))


def _row(leaf: Leaf, model: type[Accounts]) -> str:
    unit = leaf.unit or ("金额" if leaf.spec.unit else "")
    needed = "是" if leaf.spec.required else ""
    cells = (leaf.title, _key(leaf), unit, needed, leaf.spec.note, found_in(model, leaf.keys))
    return f"| {' | '.join(cell.replace('|', '｜') for cell in cells)} |\n"


def _key(leaf: Leaf) -> str:
    keys = [f"{key}[]" if leaf.listed == number else key for number, key in enumerate(leaf.keys, 1)]
    return f"`{'.'.join(keys)}`"
