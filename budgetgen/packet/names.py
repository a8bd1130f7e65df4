"""The names that templates may use: what is computed, what is filled in, functions and filters; and the list of them that people read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import budgetgen.compute  # noqa: F401 - it declares the figures
from budgetgen.figures import CATALOGUE, YUAN
from budgetgen.issues import near_miss
from budgetgen.layout import Profile
from budgetgen.layout.scaffold import merged_settings, phrase_notes, settings_in
from budgetgen.model import Accounts, Declared, child_path
from budgetgen.model.declarations import Choice, FieldSpec, Lines, ListOf, Money, Section, Shape, TableOf, fields_of
from budgetgen.packet.render import GLOSSARY
from budgetgen.records import record

ITEM = "[*]"


@record
class Name:
    """One name: `unit` is 元, %, a counter, or blank for what is no number."""

    name: str
    unit: str
    note: str


FUNCTIONS = (
    Name("占比(部分, 总额)", "%", "部分占总额的百分比；总额为零时是 0"),
    Name("并排(列表, 列表…)", "", "几个列表并排成行，短的补空行，用于一行有几栏的表"),
    Name('经济科目("301", "303")', "", "这些经济分类和它们的款，每行有 编码、名称、合计；公开表列的和有数的都在"),
    Name(GLOSSARY, "", "版式固定的名词解释（列表）"),
    Name(f"{GLOSSARY}{ITEM}.名词", "", "名词"),
    Name(f"{GLOSSARY}{ITEM}.解释", "", "解释"),
    Name('说明("收入")', "", '只用在 决算公开.docx：放一篇说明，独占一段，写作 {{p 说明("收入") }}；标题不进目录的，写 说明("收入", 目录=false)'),
    Name('表("公开01")', "", '只用在 决算公开.docx：放一张表，独占一段，写作 {{p 表("公开01") }}；不要表上的标题，写 表("公开01", 题=false)'),
    Name('图("公章.png", 宽="3cm")', "", "放一张图片（png、jpg），从版式或数据文件的文件夹里取；高=、说明= 可写可不写"),
    Name("图号()", "", "只用在文本里：图的号，从 1 起一次一号；没有印的图不占号"),
    Name("目录()", "", "只用在 决算公开.docx：放目录，独占一段，写作 {{p 目录() }}"),
)  # fmt: skip
FILTERS = (
    Name("万元", YUAN, "金额写成万元，两位小数：840.70。金额|万元(true) 同 万元简，金额|万元(true, true) 加千分位"),
    Name("万元简", YUAN, "金额写成万元，去掉末尾的零：840.7"),
    Name("元", YUAN, "金额写成元，两位小数"),
    Name("百分比", "%", "百分比写成几位小数：数|百分比(1)"),
    Name("中文数字", "", "1 写成 一，12 写成 十二"),
    Name("补齐", "", "列表不足几行时补空行：列表|补齐(9)"),
    Name("join", "", '列表连成一句：列表|join("、")'),
)
USUAL_FILTERS = (
    Name("map", "", '取列表每行的一项：人员款|map(attribute="名称")'),
    Name("selectattr", "", '只留某项不为零的行：车辆|selectattr("数量")'),
    Name("rejectattr", "", "只留某项为零的行"),
    Name("list", "", "map、selectattr 之后再取几行、再相加时要先写它"),
    Name("length", "", "列表有几行"),
    Name("count", "", "同 length"),
    Name("e", "", "写不写一样：文字总是照印"),
    Name("first", "", "列表的第一行"),
    Name("last", "", "列表的最后一行"),
    Name("sort", "", '排序：列表|sort(attribute="合计")'),
    Name("default", "", "没有传参数时用什么：简|default(false)"),
    Name("replace", "", '换字：名称|replace("（款）", "")'),
    Name("trim", "", "去掉两头的空格"),
)
"""Jinja's own filters that templates have a use for."""


def facts(model: type[Accounts] = Accounts) -> Iterator[Name]:
    """What a unit fills in, in the order of its file; `model` is that of its 版式."""
    yield from _facts(model, "")


def figures() -> Iterator[Name]:
    """What is computed, and the lists and marks that go with it."""
    yield from (Name(e.name, e.unit, e.note) for e in CATALOGUE)


def search(names: Iterable[Name], words: str) -> list[Name]:
    """The names in which every one of `words` occurs, in the name, its unit or its note."""
    wanted = words.split()
    return [n for n in names if all(word in f"{n.name} {n.unit} {n.note}" for word in wanted)]


def _facts(model: type[Declared], path: str) -> Iterator[Name]:
    for key, spec in fields_of(model).items():
        yield from _fact(spec, spec.shape, child_path(path, key))


def _fact(spec: FieldSpec, shape: Shape, path: str) -> Iterator[Name]:
    if isinstance(shape, Section):
        yield from _facts(shape.model, path)
    elif isinstance(shape, ListOf):
        yield Name(path, "", _note(spec, "列表，用 for 逐个取"))
        if isinstance(shape.item, Section):
            yield from _facts(shape.item.model, f"{path}{ITEM}")
    elif isinstance(shape, TableOf):
        unit = YUAN if isinstance(shape.value, Money) else spec.unit
        yield Name(f"{path}{ITEM}", unit, _note(spec, "按编码或名称取"))
    elif isinstance(shape, Lines):
        yield Name(path, "", _note(spec, "列表，一段一项"))
    else:
        words = "、".join(shape.words) if isinstance(shape, Choice) else ""
        yield Name(path, YUAN if isinstance(shape, Money) else spec.unit, _note(spec, words))


def _note(spec: FieldSpec, more: str) -> str:
    label = spec.label if spec.label != spec.key else ""
    return "；".join(dict.fromkeys(part for part in (label, spec.note, more) if part))


_LEVELS = re.compile(r"(?:类|款)\[\*\]\.(?=(?:款|项)(?:\[|\.|$))")
_LISTED = re.compile(r"列示类(?=\[)")
_TOKENS = re.compile(r"\[\*\]|[^.\[]+")


@dataclass
class _Node:
    children: dict[str, _Node] = field(default_factory=dict)
    counted: bool = False


class KnownNames:
    """All names as a tree, to tell those that there are not."""

    def __init__(self, more: Iterable[str] = (), model: type[Accounts] = Accounts) -> None:
        self._root = _Node()
        for name in (*facts(model), *figures(), *FUNCTIONS):
            self._add(name.name).counted = bool(name.unit)
        for more_name in more:
            self._add(more_name)

    def roots(self) -> set[str]:
        """The names that stand by themselves."""
        return set(self._root.children)

    def unknown(self, name: str) -> str:
        """Why `name` cannot be used, with the nearest name that can; blank where it is known.

        What comes out of a call, and what stands under a name that is looked up while it runs, is not known here.
        """
        node, path = self._root, ""
        for token in _TOKENS.findall(_LISTED.sub("类", _LEVELS.sub("", name))):
            if token.endswith(")"):
                return ""
            if token not in node.children:
                return "" if token == ITEM else _cause(token, path, node)
            node, path = node.children[token], f"{path}.{token}" if path and token != ITEM else path + token
        return ""

    def is_number(self, name: str) -> bool:
        """Whether `name` is an amount, a per cent or a number of something."""
        node: _Node | None = self._root
        for token in _TOKENS.findall(_LISTED.sub("类", _LEVELS.sub("", name))):
            node = node.children.get(token) if node else None
        return node is not None and node.counted

    def _add(self, name: str) -> _Node:
        node = self._root
        for token in _TOKENS.findall(name.partition("(")[0]):
            node = node.children.setdefault(token, _Node())
        return node


def _cause(token: str, path: str, node: _Node) -> str:
    inside = f"“{path}”中" if path else ""
    return f"{inside}没有“{token}”这个名称{near_miss(token, [c for c in node.children if c != ITEM])}"


_LEVEL = re.compile(r"(^|\.)(?:类|款)(?=$|\[)")


def _sections(profile: Profile) -> Iterator[tuple[str, str, list[Name]]]:
    """What the list is made of: title, what it is for, names."""
    yield "算出的数", "程序算好的，直接取用", list(figures())
    yield "填报的项", "单位填什么就是什么；没有填的印成【待填写】", list(facts(profile.model))
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
python -m budgetgen.reference
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
