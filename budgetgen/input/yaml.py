"""YAML text → raw tree. Events only, never objects: every value stays the text that was typed (1:30, 010, yes).

Bounded in depth and number of nodes; anchors, aliases, tags and further documents are refused, so a file cannot name
a Python object or grow beyond what it says. What PyYAML finds wrong is said in plain Chinese with the line's own text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import yaml

from budgetgen.input import raw
from budgetgen.input.spelling import QUOTE_IT, begins_key, shown, wrong_marks
from budgetgen.issues import Findings, Rule, SourceRef
from budgetgen.office.files import check_characters
from budgetgen.records import record

MAX_DEPTH = 32
MAX_NODES = 200_000
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_TOO_DEEP = "maximum nesting depth"
_DEEP, _AS_SHOWN = f"层次超过 {MAX_DEPTH} 层。", "照示例文件的写法填写。"
_TAGS = "tag:yaml.org,2002:"
_NULL = frozenset({"~", "null", "Null", "NULL"})
_CHINESE = (("\u2e80", "\u9fff"), ("\uf900", "\ufaff"), ("\uff00", "\uffef"), ("\u2018", "\u201d"))
_CHINESE_MARKS = "\u2014\u2026"
_LONGEST_NAME = 40


class _Stopped(Exception):  # noqa: N818 - leaves the builder once a bound is passed; its issue is already kept
    pass


def read_yaml(text: str, file: str, keys: frozenset[str], findings: Findings) -> raw.Mapping | None:
    """The tree of a file's one document, or None with issues where there is none.

    `keys` are the keys that the file may use: they tell a mistyped line from a text.
    """
    lines = text.splitlines()
    if not check_characters(text, file, findings):
        return None
    builder = _Builder(file, lines, keys, findings)
    try:
        root = builder.build(text)
    except _Stopped:
        return None
    except yaml.MarkedYAMLError as e:
        if _TOO_DEEP in str(e.problem):  # libyaml from 0.2.6 on reads ahead to its own bound, and stops there
            line = e.problem_mark.line + 1 if e.problem_mark else 1
            findings.error(Rule.TOO_LARGE, _DEEP, _AS_SHOWN, SourceRef(file, line))
        else:
            fault = _explain(e, lines, keys)
            findings.error(Rule.SYNTAX, fault.cause, fault.mend, SourceRef(file, fault.line + 1))
        return None
    except yaml.YAMLError:
        findings.error(Rule.SYNTAX, "不是 YAML 文本。", "照示例文件的写法重新填写。", SourceRef(file))
        return None
    return _top(root, lines, keys, SourceRef(file, 1), findings)


def read_yaml_head(text: str, file: str, keys: frozenset[str], wanted: frozenset[str]) -> tuple[raw.Entry, ...]:
    """The top level's entries up to the last of the `wanted` ones, as `read_yaml` gives them; the rest is not looked at.

    Nothing is refused: of a faulty file, what stands before the fault.
    """
    builder = _Builder(file, text.splitlines(), keys, Findings())
    with suppress(_Stopped, yaml.YAMLError):
        builder.build(text, wanted)
    return tuple(builder.top())


def _joined(text: str) -> str:
    """`text` without the blanks between Chinese characters: YAML puts one where a long line was broken."""
    if " " not in text:
        return text
    first, *rest = text.split(" ")
    joined = first
    for piece in rest:
        parted = not (_is_chinese(joined[-1:]) and _is_chinese(piece[:1]))
        joined += f" {piece}" if parted else piece
    return joined


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"


def _is_chinese(character: str) -> bool:
    return character != "" and (character in _CHINESE_MARKS or any(a <= character <= b for a, b in _CHINESE))


def _top(
    root: raw.Node | None, lines: Sequence[str], keys: frozenset[str], place: SourceRef, findings: Findings
) -> raw.Mapping | None:
    """The document's top level, which must be keys and values."""
    if isinstance(root, raw.Mapping):
        return root
    if root is None or (isinstance(root, raw.Scalar) and not root.text):
        findings.error(Rule.NO_CONTENT, "文件是空的。", "照示例文件填写。", place)
        return None
    for number, line in enumerate(lines, 1):
        found = wrong_marks(line, keys)
        if found:
            findings.error(Rule.SYNTAX, *found, SourceRef(place.file, number))
            return None
    what = f"一段文字{shown(root.text)}" if isinstance(root, raw.Scalar) else "一个列表"
    findings.error(Rule.NO_CONTENT, f"整个文件是{what}，不是“键: 值”。", "照示例文件的写法，每行写“键: 值”。", root.ref)
    return None


class _Open:
    """A mapping or a list whose end has not come yet."""

    __slots__ = ("entries", "items", "key", "ref")

    def __init__(self, ref: SourceRef, entries: list[raw.Entry] | None) -> None:
        self.ref = ref
        self.entries = entries
        self.items: list[raw.Node] = []
        self.key: tuple[str, SourceRef] | None = None


class _Builder:
    """Builds the tree from a parser's events, without recursion."""

    def __init__(self, file: str, lines: Sequence[str], keys: frozenset[str], findings: Findings) -> None:
        self._file = file
        self._lines = lines
        self._keys = keys
        self._findings = findings
        self._open: list[_Open] = []
        self._root: raw.Node | None = None
        self._nodes = 0
        self._documents = 0
        self._last = SourceRef(file)
        self._steps = {
            yaml.ScalarEvent: self._scalar,
            yaml.AliasEvent: self._alias,
            yaml.MappingStartEvent: self._start,
            yaml.SequenceStartEvent: self._start,
            yaml.MappingEndEvent: self._end,
            yaml.SequenceEndEvent: self._end,
            yaml.DocumentStartEvent: self._document,
        }

    def build(self, text: str, wanted: frozenset[str] | None = None) -> raw.Node | None:
        """The root; with `wanted`, no more is read than to the last of these keys of the top level."""
        parser = LOADER(text)
        try:
            for event in iter(parser.get_event, None):
                if step := self._steps.get(type(event)):
                    step(event)
                if wanted is not None and wanted <= {e.key for e in self.top()}:
                    break
        finally:
            parser.dispose()
        return self._root

    def top(self) -> Sequence[raw.Entry]:
        """The top level's entries that are whole by now."""
        if isinstance(self._root, raw.Mapping):
            return self._root.entries
        return (self._open[0].entries or ()) if self._open else ()

    def _ref(self, event: Any) -> SourceRef:
        line = event.start_mark.line + 1
        if line != self._last.line:
            self._last = SourceRef(self._file, line)
        return self._last

    def _document(self, event: Any) -> None:
        self._documents += 1
        if self._documents > 1:
            cause = "“---”后面又开始了一份内容，一个文件只能有一份。"
            self._findings.error(Rule.UNSUPPORTED, cause, "删掉“---”，或分成几个文件。", self._ref(event))
            raise _Stopped

    def _scalar(self, event: Any) -> None:
        if event.anchor is not None or event.tag is not None:
            self._refuse(event)
        text, ref = event.value, self._ref(event)
        quoted = bool(event.style)  # None or blank: plain
        if not quoted and text in _NULL:
            text = ""
        if ref.line != event.end_mark.line + 1:
            text = self._folded(event)
        self._put(raw.Scalar(text, ref, quoted))

    def _folded(self, event: Any) -> str:
        """A text over several lines: a line's end between two Chinese characters is no blank."""
        if not event.style:
            for number in range(event.start_mark.line + 1, min(event.end_mark.line + 1, len(self._lines))):
                line = self._lines[number]
                found = wrong_marks(line, self._keys) if begins_key(line, self._keys) else None
                if found:
                    mend = f"{found[1]}如果它是上一行文字的一部分，{QUOTE_IT}"
                    self._findings.error(Rule.SYNTAX, found[0], mend, SourceRef(self._file, number + 1))
        text = str(event.value)
        return text if event.style == "|" else _joined(text)

    def _alias(self, event: Any) -> None:
        cause = f"“*{_short(event.anchor)}”是 YAML 的引用，这里不支持。"
        self._findings.error(Rule.UNSUPPORTED, cause, f"把内容再写一遍；如果是文字，{QUOTE_IT}", self._ref(event))
        self._put(raw.Scalar("", self._ref(event)))

    def _refuse(self, event: Any) -> None:
        """Refuse a node's anchor or tag."""
        if event.anchor is not None:
            cause = f"“&{_short(event.anchor)}”是 YAML 的锚点，这里不支持。"
            self._findings.error(Rule.UNSUPPORTED, cause, f"删掉它；如果是文字，{QUOTE_IT}", self._ref(event))
        if event.tag is not None:
            cause = f"{shown(event.tag.replace(_TAGS, '!!'))}是 YAML 的类型标记，这里不支持。"
            self._findings.error(
                Rule.UNSUPPORTED, cause, f"删掉“!”开头的标记；如果是文字，{QUOTE_IT}", self._ref(event)
            )

    def _start(self, event: Any) -> None:
        self._refuse(event)
        ref = self._ref(event)
        if len(self._open) >= MAX_DEPTH:
            self._too_large(_DEEP, ref)
        self._open.append(_Open(ref, [] if type(event) is yaml.MappingStartEvent else None))

    def _end(self, _event: Any) -> None:
        done = self._open.pop()
        if done.entries is None:
            self._put(raw.Sequence(tuple(done.items), done.ref))
        else:
            self._put(raw.Mapping(tuple(done.entries), done.ref))

    def _put(self, node: raw.Node) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            self._too_large(f"内容超过 {MAX_NODES} 项。", node.ref)
        if not self._open:
            self._root = node
            return
        parent = self._open[-1]
        if parent.entries is None:
            parent.items.append(node)
        elif parent.key is None:
            parent.key = (node.text if isinstance(node, raw.Scalar) else self._no_key(node), node.ref)
        else:
            parent.entries.append(raw.Entry(*parent.key, node))
            parent.key = None

    def _no_key(self, node: raw.Node) -> str:
        cause = "键只能是文字，不能是列表或一组键值。"
        self._findings.error(Rule.UNSUPPORTED, cause, "“[”“{”开头的文字要放进引号里。", node.ref)
        return ""

    def _too_large(self, cause: str, ref: SourceRef) -> None:
        self._findings.error(Rule.TOO_LARGE, cause, _AS_SHOWN, ref)
        raise _Stopped


_ALIGN = "同一级的键要对齐，下一级比上一级多空两格，只用空格。"
_SEARCHED = 1000
"""What is wrong with a longer line stands at its beginning."""


@record
class _Fault:
    """`line` counts from 0."""

    line: int
    cause: str
    mend: str


@record
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


def _explain(error: yaml.MarkedYAMLError, lines: Sequence[str], keys: frozenset[str]) -> _Fault:
    """The likeliest cause of a syntax error and its mend; `keys` are the keys that the file may use."""
    scene = _scene(error, lines)
    for detect in (_tab, _marks, _quotes, _special, _brackets, _two_colons, _structure):
        for fault in detect(scene, keys):
            return fault
    line = scene.at if scene.at < len(lines) else scene.before
    cause = f"{shown(scene.text(line).strip())}这一行不合 YAML 的写法。"
    return _Fault(line, cause, "看看这一行和上一行的缩进、冒号、引号。")


def _scene(error: yaml.MarkedYAMLError, lines: Sequence[str]) -> _Scene:
    mark = error.problem_mark or error.context_mark
    at, column = (mark.line, mark.column) if mark else (0, 0)
    start = error.context_mark.line if error.context_mark else at
    return _Scene(str(error.problem or ""), str(error.context or ""), start, at, column, lines)


def _tab(scene: _Scene, _keys: frozenset[str]) -> Iterator[_Fault]:
    for line in (scene.at, scene.start):
        if re.match(r" *\t", scene.text(line)):
            yield _Fault(
                line, f"{shown(scene.text(line).strip())}行首用了制表符（Tab）。", f"把行首的 Tab 换成空格：{_ALIGN}"
            )
    if scene.text(scene.at)[scene.column : scene.column + 1] == "\t":
        yield _Fault(scene.at, f"{shown(scene.text(scene.at).strip())}里用了制表符（Tab）。", "把 Tab 换成空格。")


def _marks(scene: _Scene, keys: frozenset[str]) -> Iterator[_Fault]:
    for line in scene.suspects:
        found = wrong_marks(scene.text(line), keys)
        if found:
            yield _Fault(line, *found)
    if "could not find expected ':'" in scene.problem:
        line, text = scene.start, scene.text(scene.start).strip()
        if "：" in text:
            yield _Fault(
                line,
                f"{shown(text)}里的冒号是全角的。",
                f"改成半角，冒号后面空一格：{shown(text.replace('：', ': ', 1))}。",
            )
        else:
            yield _Fault(
                line, f"{shown(text)}这一行缺少冒号。", "写成“键: 值”；如果是上一行文字的续行，要比上一行多空两格。"
            )


def _quotes(scene: _Scene, _keys: frozenset[str]) -> Iterator[_Fault]:
    if "quoted scalar" in scene.context and ("end of stream" in scene.problem or "document" in scene.problem):
        text = scene.text(scene.start).strip()
        yield _Fault(
            scene.start, f"{shown(text)}的引号只有开头，没有收尾。", "在文字末尾补上同样的引号，或去掉开头的引号。"
        )
    if "escape" in scene.problem or "escape" in scene.context:
        text = scene.text(scene.at).strip()
        yield _Fault(scene.at, f"{shown(text)}的双引号里有反斜杠“\\”。", "改用单引号 '…'，或写两个反斜杠。")
    for line in scene.suspects:
        text = _content(scene.text(line))
        if re.search(r"""[:\-]\s+(["']).*\1\s*[^\s,\]}#]""", text):
            yield _Fault(line, f"{shown(text)}的引号后面还有文字。", "整个值都放进引号里，或去掉引号。")
        elif re.search(r"""[:\-,\[{]\s*["']""", text) and text.count('"') % 2:
            yield _Fault(line, f"{shown(text)}的引号不成对。", "补上缺的引号，或去掉多的引号。")


def _special(scene: _Scene, _keys: frozenset[str]) -> Iterator[_Fault]:
    line, text = scene.at, scene.text(scene.at).strip()
    if "alias" in scene.context or "anchor" in scene.context or "tag" in scene.context:
        yield _Fault(line, f"{shown(text)}的值以“*”“&”或“!”开头，YAML 另有用处。", QUOTE_IT)
    if "cannot start any token" in scene.problem or "directive" in scene.context:
        character = scene.text(line)[scene.column : scene.column + 1] or text[:1]
        yield _Fault(line, f"{shown(text)}的值不能以{shown(character)}开头。", QUOTE_IT)
    if "block scalar" in scene.context:
        yield _Fault(line, f"{shown(text)}的“|”或“>”后面不能直接写字。", f"文字从下一行开始写，或{QUOTE_IT}")


def _brackets(scene: _Scene, _keys: frozenset[str]) -> Iterator[_Fault]:
    if "flow" not in scene.context:
        return
    line = scene.start if scene.start < len(scene.lines) else scene.before
    text = scene.text(line).strip()
    if scene.at != scene.start or scene.at >= len(scene.lines):
        cause = f"{shown(text)}的括号“{{”或“[”没有收尾，或各项之间少了逗号。"
    else:
        cause = f"{shown(text)}的括号里，各项之间少了或多了逗号，或括号不成对。"
    yield _Fault(line, cause, "写成 {键: 值, 键: 值} 或 [甲, 乙]，用半角的括号、冒号和逗号。")


def _two_colons(scene: _Scene, _keys: frozenset[str]) -> Iterator[_Fault]:
    if "mapping values are not allowed" not in scene.problem:
        return
    text = scene.text(scene.at).strip()
    if len(re.findall(r":(?:\s|$)", re.sub(r"\{.*\}", "", text))) > 1:
        yield _Fault(scene.at, f"{shown(text)}一行里有两个冒号。", f"值里面有“: ”时，{QUOTE_IT}")
    cause = f"{shown(text)}的缩进不对，或上一行{shown(scene.text(scene.before).strip())}缺少冒号。"
    yield _Fault(scene.at, cause, _ALIGN)


def _structure(scene: _Scene, _keys: frozenset[str]) -> Iterator[_Fault]:
    if scene.at >= len(scene.lines):
        return
    text = shown(scene.text(scene.at).strip())
    if text.startswith("“:"):
        yield _Fault(scene.at, f"{text}的冒号前面没有键名。", "补上键名，或删掉这一行。")
    if "sequence entries are not allowed" in scene.problem:
        yield _Fault(scene.at, f"{text}的值以“- ”开头。", "负数的“-”后面不空格，如 -5；列表从下一行开始，每项一行。")
    if "'-' indicator" in scene.problem or "block collection" in scene.context:
        yield _Fault(
            scene.at,
            f"{text}与上面以“-”开头的列表对不齐。",
            f"列表的每一项都以“- ”开头并对齐；不是列表的内容就退回上一级。{_ALIGN}",
        )
    if "expected key" in scene.problem or "<block end>" in scene.problem:
        yield _Fault(scene.at, f"{text}的缩进与上面的行对不齐。", _ALIGN)
