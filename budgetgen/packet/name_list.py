"""The list of names as people read it: on the screen, and as `docs/名称表.md`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from budgetgen.layout import Profile
from budgetgen.layout.words import merged_settings, phrase_notes, settings_in
from budgetgen.packet.names import FILTERS, FUNCTIONS, USUAL_FILTERS, Name, facts, figures, search

_LEVEL = re.compile(r"(^|\.)(?:类|款)(?=$|\[)")


def _sections(profile: Profile) -> Iterator[tuple[str, str, list[Name]]]:
    """What the list is made of: title, what it is for, names."""
    yield "算出的数", "程序算好的，直接取用", list(figures())
    yield "填报的项", "单位填什么就是什么；没有填的印成【待填写】", list(facts())
    yield "函数", "写在标签里，如 {{ 占比(支出.基本, 支出.合计) }}", list(FUNCTIONS)
    yield "过滤器", "写在竖线后面，如 {{ 收入.合计|万元简 }}", [*FILTERS, *USUAL_FILTERS]
    phrases = [Name(f"短语.{name}", "", note) for name, note in phrase_notes(profile)]
    yield (
        f"短语（{profile.name}）",
        "说明/短语/ 里的文件，参数写名称，如 {{ 短语.占比(额=支出.基本, 总额=支出.合计) }}",
        phrases,
    )
    settings = [Name(f"设置.{s.name}", "", _valued(s.value, s.note)) for s in settings_in(merged_settings(profile))]
    yield f"设置（{profile.name}）", "说明/设置.j2 里的值", settings


def _valued(value: str, note: str) -> str:
    return f"{value}（{note}）" if note else value


def listed(profile: Profile, words: str = "") -> str:
    """The names in which all of `words` occur, a line each, under the titles of the list."""
    lines: list[str] = []
    for title, use, names in _sections(profile):
        if found := search(names, words):
            lines += [f"{title}：{use}", *(_line(n) for n in found), ""]
    return "\n".join(lines).rstrip() or f"没有找到“{words}”。"


def _line(name: Name) -> str:
    unit = f"（{name.unit}）" if name.unit else ""
    return f"  {name.name}{unit}  {name.note}".rstrip()


_HEAD = """\
# 名称表

模板里能用的名称。本表由程序生成，不要手改；名称、短语或设置有变动后重新生成：

```
budgetgen template vars --markdown > docs/名称表.md
```

在命令行里查更快：`budgetgen template vars --search 三公`。

- `[*]` 表示一行一行的：写 `{% for 行 in 收入.项 %}{{ 行.合计 }}{% endfor %}` 逐行取，或写编码取一行：`支出.类["201"].合计`。
- 有类、款、项三级的只列项；类、款的名称一样，把“项”换成“类”或“款”。`列示类` 的行同 `类`，`类` 下面的 `款`、`款` 下面的 `项` 也一样。
- 单位一栏：“元”是金额，印出来是万元；“%”是百分比；空白的是文字、列表或真假。
"""


def as_markdown(profile: Profile) -> str:
    """The whole list as `docs/名称表.md` holds it."""
    lines = [_HEAD]
    for title, use, names in _sections(profile):
        lines += [f"## {title}", "", f"{_cell(use)}。", "", "| 名称 | 单位 | 说明 |", "|---|---|---|"]
        lines += (f"| `{n.name}` | {n.unit} | {_cell(n.note)} |" for n in _lowest_level(names))
        lines.append("")
    return "\n".join(lines)


def _lowest_level(names: Iterable[Name]) -> Iterator[Name]:
    """The names without those of 类 and 款 that 项 has too."""
    kept = list(names)
    there = {n.name for n in kept}
    for name in kept:
        at_item = _LEVEL.sub(r"\1项", name.name, count=1)
        if at_item == name.name or at_item not in there:
            yield name


def _cell(text: str) -> str:
    """Text for a cell of a Markdown table: tags as code, no bar that would end the cell."""
    return re.sub(r"\{\{.*?\}\}|列表\|\S+|数\|\S+", lambda m: f"`{m[0]}`", text).replace("|", "\\|")
