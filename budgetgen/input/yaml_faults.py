"""What PyYAML finds wrong, in plain Chinese with the line's own text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import yaml

from budgetgen.input.wording import QUOTE_IT, shown, wrong_marks

_ALIGN = "同一级的键要对齐，下一级比上一级多空两格，只用空格。"


_SEARCHED = 1000
"""What is wrong with a longer line stands at its beginning."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`line` counts from 0."""

    line: int
    cause: str
    mend: str


@dataclass(frozen=True, slots=True)
class _Scene:
    """Where the parser stopped: the line it began the thing on (`start`), the one it gave up on, the one before."""

    problem: str
    context: str
    start: int
    at: int
    column: int
    lines: Sequence[str]

    def text(self, line: int) -> str:
        return self.lines[line][:_SEARCHED] if 0 <= line < len(self.lines) else ""

    @property
    def before(self) -> int:
        """The last line above `at` that has content."""
        above = (n for n in range(min(self.at, len(self.lines)) - 1, -1, -1) if _content(self.lines[n]))
        return next(above, 0)

    @property
    def suspects(self) -> list[int]:
        """Lines that may be the cause, likeliest first."""
        # "while parsing a block …" only says where the whole block began.
        start = [] if "block" in self.context else [self.start]
        return [n for n in dict.fromkeys((*start, self.at, self.before)) if n < len(self.lines)]


def _content(line: str) -> str:
    text = line.strip()
    return "" if text.startswith("#") else text


def explain(error: yaml.MarkedYAMLError, lines: Sequence[str], keys: frozenset[str]) -> Fault:
    """The likeliest cause of a syntax error and its mend; `keys` are the keys that the file may use."""
    scene = _scene(error, lines)
    for detect in (_tab, _marks, _quotes, _special, _brackets, _two_colons, _structure):
        for fault in detect(scene, keys):
            return fault
    line = scene.at if scene.at < len(lines) else scene.before
    cause = f"{shown(scene.text(line).strip())}这一行不合 YAML 的写法。"
    return Fault(line, cause, "看看这一行和上一行的缩进、冒号、引号。")


def _scene(error: yaml.MarkedYAMLError, lines: Sequence[str]) -> _Scene:
    mark = error.problem_mark or error.context_mark
    at, column = (mark.line, mark.column) if mark else (0, 0)
    start = error.context_mark.line if error.context_mark else at
    return _Scene(str(error.problem or ""), str(error.context or ""), start, at, column, lines)


def _tab(scene: _Scene, _keys: frozenset[str]) -> Iterator[Fault]:
    for line in (scene.at, scene.start):
        if re.match(r" *\t", scene.text(line)):
            yield Fault(
                line, f"{shown(scene.text(line).strip())}行首用了制表符（Tab）。", f"把行首的 Tab 换成空格：{_ALIGN}"
            )
    if scene.text(scene.at)[scene.column : scene.column + 1] == "\t":
        yield Fault(scene.at, f"{shown(scene.text(scene.at).strip())}里用了制表符（Tab）。", "把 Tab 换成空格。")


def _marks(scene: _Scene, keys: frozenset[str]) -> Iterator[Fault]:
    for line in scene.suspects:
        found = wrong_marks(scene.text(line), keys)
        if found:
            yield Fault(line, *found)
    if "could not find expected ':'" in scene.problem:
        line, text = scene.start, scene.text(scene.start).strip()
        if "：" in text:
            yield Fault(
                line,
                f"{shown(text)}里的冒号是全角的。",
                f"改成半角，冒号后面空一格：{shown(text.replace('：', ': ', 1))}。",
            )
        else:
            yield Fault(
                line, f"{shown(text)}这一行缺少冒号。", "写成“键: 值”；如果是上一行文字的续行，要比上一行多空两格。"
            )


def _quotes(scene: _Scene, _keys: frozenset[str]) -> Iterator[Fault]:
    if "quoted scalar" in scene.context and ("end of stream" in scene.problem or "document" in scene.problem):
        text = scene.text(scene.start).strip()
        yield Fault(
            scene.start, f"{shown(text)}的引号只有开头，没有收尾。", "在文字末尾补上同样的引号，或去掉开头的引号。"
        )
    if "escape" in scene.problem or "escape" in scene.context:
        text = scene.text(scene.at).strip()
        yield Fault(scene.at, f"{shown(text)}的双引号里有反斜杠“\\”。", "改用单引号 '…'，或写两个反斜杠。")
    for line in scene.suspects:
        text = _content(scene.text(line))
        if re.search(r"""[:\-]\s+(["']).*\1\s*[^\s,\]}#]""", text):
            yield Fault(line, f"{shown(text)}的引号后面还有文字。", "整个值都放进引号里，或去掉引号。")
        elif re.search(r"""[:\-,\[{]\s*["']""", text) and text.count('"') % 2:
            yield Fault(line, f"{shown(text)}的引号不成对。", "补上缺的引号，或去掉多的引号。")


def _special(scene: _Scene, _keys: frozenset[str]) -> Iterator[Fault]:
    line, text = scene.at, scene.text(scene.at).strip()
    if "alias" in scene.context or "anchor" in scene.context or "tag" in scene.context:
        yield Fault(line, f"{shown(text)}的值以“*”“&”或“!”开头，YAML 另有用处。", QUOTE_IT)
    if "cannot start any token" in scene.problem or "directive" in scene.context:
        character = scene.text(line)[scene.column : scene.column + 1] or text[:1]
        yield Fault(line, f"{shown(text)}的值不能以{shown(character)}开头。", QUOTE_IT)
    if "block scalar" in scene.context:
        yield Fault(line, f"{shown(text)}的“|”或“>”后面不能直接写字。", f"文字从下一行开始写，或{QUOTE_IT}")


def _brackets(scene: _Scene, _keys: frozenset[str]) -> Iterator[Fault]:
    if "flow" not in scene.context:
        return
    line = scene.start if scene.start < len(scene.lines) else scene.before
    text = scene.text(line).strip()
    if scene.at != scene.start or scene.at >= len(scene.lines):
        cause = f"{shown(text)}的括号“{{”或“[”没有收尾，或各项之间少了逗号。"
    else:
        cause = f"{shown(text)}的括号里，各项之间少了或多了逗号，或括号不成对。"
    yield Fault(line, cause, "写成 {键: 值, 键: 值} 或 [甲, 乙]，用半角的括号、冒号和逗号。")


def _two_colons(scene: _Scene, _keys: frozenset[str]) -> Iterator[Fault]:
    if "mapping values are not allowed" not in scene.problem:
        return
    text = scene.text(scene.at).strip()
    if len(re.findall(r":(?:\s|$)", re.sub(r"\{.*\}", "", text))) > 1:
        yield Fault(scene.at, f"{shown(text)}一行里有两个冒号。", f"值里面有“: ”时，{QUOTE_IT}")
    cause = f"{shown(text)}的缩进不对，或上一行{shown(scene.text(scene.before).strip())}缺少冒号。"
    yield Fault(scene.at, cause, _ALIGN)


def _structure(scene: _Scene, _keys: frozenset[str]) -> Iterator[Fault]:
    if scene.at >= len(scene.lines):
        return
    text = shown(scene.text(scene.at).strip())
    if text.startswith("“:"):
        yield Fault(scene.at, f"{text}的冒号前面没有键名。", "补上键名，或删掉这一行。")
    if "sequence entries are not allowed" in scene.problem:
        yield Fault(scene.at, f"{text}的值以“- ”开头。", "负数的“-”后面不空格，如 -5；列表从下一行开始，每项一行。")
    if "'-' indicator" in scene.problem or "block collection" in scene.context:
        yield Fault(
            scene.at,
            f"{text}与上面以“-”开头的列表对不齐。",
            f"列表的每一项都以“- ”开头并对齐；不是列表的内容就退回上一级。{_ALIGN}",
        )
    if "expected key" in scene.problem or "<block end>" in scene.problem:
        yield Fault(scene.at, f"{text}的缩进与上面的行对不齐。", _ALIGN)
