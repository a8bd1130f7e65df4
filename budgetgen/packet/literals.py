"""Numbers that are typed into the files of a 版式: what no form tells as a year, a code or a section is printed for every unit alike.

A file is looked at without any unit's data: its texts outside of tags, and the constants that its tags print.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import TemplateSyntaxError, nodes

from budgetgen import __version__
from budgetgen.expression import WORDING_NAMES, Environment, environment
from budgetgen.issues import Issue, Level, Rejected, SourceRef
from budgetgen.layout import DOCX, SETTINGS, Kind, Profile, kinds, read_text
from budgetgen.layout.literal_forms import ACROSS, CODED, COUNTED, TAG, heads, numbers
from budgetgen.office.cells import cell_area, column_name
from budgetgen.office.files import write_files
from budgetgen.office.package import BOOK, Damaged, Parts, parse_xml, read_parts
from budgetgen.packet.narratives import Narratives
from budgetgen.records import record
from budgetgen.resources import cache_folder, config
from budgetgen.template import TemplateError
from budgetgen.template.charts_data import shared_strings
from budgetgen.template.language.package_parts import related
from budgetgen.template.language.tags import Tag, Unfinished, find_tags

LITERAL = "TEMPLATE-005"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_STORIES = re.compile(r"word/(document|header\d*|footer\d*|footnotes|endnotes)\.xml")
_OUTSIDE = {"header": "页眉", "footer": "页脚", "footnotes": "脚注", "endnotes": "尾注"}
_DRAWN = re.compile(r"(?:xl|word)/(?:charts/chart|drawings/drawing)[^/]*\.xml")
_HEADER_CODES = re.compile(r'&(?:"[^"]*"|K[0-9A-Fa-f]{6}|\d+|[A-Za-z&])')
_COUNT = re.compile(r"[1-9]\d{0,2}(?:=[0-9+＋-]+)?")
_CODE = re.compile(r"\d{2}|\d{3}(?:\d{2}){0,2}")
_QUIET = frozenset({"表", "说明", "图", "经济科目", "目录", "selectattr", "rejectattr", "map"})
"""Functions whose texts name something and are not printed."""
_NUMERALS, _NAME = "百千万亿成", re.compile(r"\w+")
_AROUND, _LONGEST = 10, 24
_SMALL = 10
"""Whole numbers below it that a tag sets a name to or hands to a phrase say how, not how much."""


@record
class Literal:
    """A number that was typed: in which file and where in it (a cell, a paragraph's words, or a line), with the words around it."""

    file: str
    place: str
    line: int
    number: str
    around: str

    @property
    def issue(self) -> Issue:
        """The warning that tells it."""
        where = f"“{self.around}”里的 {self.number}" if self.around != self.number else f"{self.number}"
        cause = f"{where} 是写死的数，换了单位、年度也不会变。"
        mend = "换成标签；确实不变的，写进版式设置的“固定用语”。"
        return Issue(LITERAL, Level.WARNING, cause, mend, place=SourceRef(self.file, self.line, self.place))


def literals(profile: Profile, kind: Kind | None = None) -> Sequence[Issue]:
    """A warning for each number typed into the files of a 版式, those of one kind of packet or of all; kept from run to run.

    What cannot be read holds none: it is told where it is used.
    """
    made = (kind,) if kind else tuple(k for k in kinds(profile.shelves) if profile.has(k))
    return _literals(profile, made, config("checks", "numbers.yaml").stat().st_mtime_ns)


@lru_cache(maxsize=32)
def _literals(profile: Profile, made: tuple[Kind, ...], forms: int) -> Sequence[Issue]:
    """As `literals`; `forms` is the time of the file that says which numbers are told by their form."""
    known = (profile.state, profile.fixed, [k.state for k in made], forms, __version__)
    folder, name = cache_folder("literals"), sha256(repr(known).encode()).hexdigest()
    with suppress(OSError, ValueError, TypeError):
        if folder:
            told = json.loads((folder / name).read_text(encoding="utf-8"))
            return tuple(Literal(*one).issue for one in told)
    found = list(dict.fromkeys(_found(profile, made)))
    if folder:
        kept = [[one.file, one.place, one.line, one.number, one.around] for one in found]
        with suppress(OSError):
            write_files(folder, {name: json.dumps(kept, ensure_ascii=False).encode()}, lambda _name, _data: ())
    return tuple(one.issue for one in found)


def _found(profile: Profile, made: Sequence[Kind]) -> Iterator[Literal]:
    with suppress(Rejected):
        paths = dict.fromkeys(path for kind in made for path in profile.templates(kind).values())
        for path in paths:
            with suppress(Damaged, OSError, ValueError, LookupError):
                yield from _in_file(path, profile.fixed)
    if any(file.suffix == DOCX for kind in made for file in kind.files):
        with suppress(TemplateError, Rejected, OSError):
            yield from _in_narratives(profile)


# ------------------------------------------------------------------------------------------------------------ texts


@dataclass
class _Reader:
    """Finds the numbers of texts with tags. `assigned` are numbers that names are set to, `shown` the names that are printed."""

    env: Environment
    fixed: tuple[str, ...]
    assigned: list[tuple[str, Literal]] = field(default_factory=list)
    shown: set[str] = field(default_factory=set)

    def literals(self, text: str, file: str, place: str = "") -> Iterator[Literal]:
        """The numbers of the text at `place` (blank: of a file of lines) that are typed or printed by a constant of a tag."""
        if not any(c.isdecimal() or c in _NUMERALS or c == "{" for c in text):
            return
        try:
            tags = tuple(find_tags(text))
        except Unfinished:  # told by the template's own check
            return

        def at(offset: int, number: str, around: str) -> Literal:
            return Literal(file, place, 0 if place else text.count("\n", 0, offset) + 1, number.strip(), around)

        plain, starts = _without(text, tags)
        for one in numbers(plain, self.fixed):
            if not one.form:
                yield at(_back(starts, one.start), one.text, _excerpt(plain, one.start, one.end))
        for tag in (t for t in tags if not t.is_comment):
            yield from (at(tag.start, *found) for found in self._in_tag(tag, plain, starts))
            self.assigned += [(name, at(tag.start, said, f"{name} = {said}")) for name, said in self._set(tag)]

    def settled(self) -> Iterator[Literal]:
        """The numbers that a name was set to and that are printed under it."""
        return (literal for name, literal in self.assigned if name in self.shown)

    def _in_tag(self, tag: Tag, plain: str, starts: Sequence[tuple[int, int]]) -> Iterator[tuple[str, str]]:
        at = next((p for p, s in starts if s == tag.end), 0) - 1
        for said, in_place in self._constants(tag):
            before, after = (plain[:at], plain[at + 1 :]) if in_place else ("", "")
            text = f"{before}{said}{after}"
            for one in numbers(text, self.fixed):
                inside = one.start < len(before) + len(str(said)) and one.end > len(before)
                if inside and not one.form:
                    yield one.text, _excerpt(text, len(before), len(before) + len(str(said)))

    def _constants(self, tag: Tag) -> Iterator[tuple[str | float, bool]]:
        """What a tag can print by itself, and whether it prints it where it stands."""
        for node in self._parsed(tag):
            if isinstance(node, nodes.Output):
                yield from ((said, True) for said in self._all(*node.nodes))
            elif isinstance(node, nodes.For):
                yield from ((said, False) for said in self._printed(node.iter))
            elif isinstance(node, nodes.Assign):
                yield from ((said, False) for said in _texts(self._printed(node.node)))

    def _set(self, tag: Tag) -> Iterator[tuple[str, str]]:
        """The numbers that a tag sets names to, but for those that word numbers."""
        for node in self._parsed(tag):
            if isinstance(node, nodes.Assign) and isinstance(node.target, nodes.Name):
                said = self._printed(node.node) if node.target.name not in WORDING_NAMES else ()
                yield from ((node.target.name, str(one)) for one in said if not isinstance(one, str) and _says(one))

    def _parsed(self, tag: Tag) -> Sequence[nodes.Node]:
        """The tree of a tag in which a number can stand."""
        if not any(c.isdecimal() or c in _NUMERALS for c in tag.code):
            self.shown.update(_NAME.findall(tag.code) if tag.is_output else ())
            return ()
        code = f"{{{{ {tag.code} }}}}" if tag.is_output else _statement(tag)
        try:
            return self.env.parse(code).body if code else ()
        except (TemplateSyntaxError, RecursionError):  # told by the template's own check
            return ()

    def _printed(self, node: nodes.Node | None) -> Iterator[str | float]:
        """The constants of an expression that can be printed."""
        match node:
            case nodes.Const():
                if isinstance(node.value, (str, int, float)) and not isinstance(node.value, bool):
                    yield node.value
            case nodes.Name() | nodes.Getattr():
                self.shown.add(node.name if isinstance(node, nodes.Name) else node.attr)
            case nodes.CondExpr():
                yield from self._all(node.expr1, node.expr2)
            case nodes.Filter():
                yield from self._all(node.node)
                yield from _texts(self._all(*node.args))
            case nodes.Call():
                if _called(node) not in _QUIET:
                    given = self._all(node.node, *node.args, *(k.value for k in node.kwargs))
                    yield from filter(_says, given)
            case nodes.BinExpr() if not isinstance(node, (nodes.And, nodes.Or)):
                sides = self._all(node.left, node.right)
                yield from _texts(sides) if any(node.find_all((nodes.Name, nodes.Getattr))) else sides
            case _ if isinstance(node, _PASSED):
                yield from self._all(*node.iter_child_nodes())

    def _all(self, *parts: nodes.Node | None) -> Iterator[str | float]:
        for part in parts:
            yield from self._printed(part)


_PASSED = (nodes.Concat, nodes.List, nodes.Tuple, nodes.And, nodes.Or, nodes.Dict, nodes.Pair, nodes.Neg)
"""Expressions that print what they hold."""


def _texts(constants: Iterable[str | float]) -> Iterator[str | float]:
    """Those that say something: a number beside a name, or handed to a filter, is reckoned with."""
    return (c for c in constants if isinstance(c, str))


def _says(constant: str | float) -> bool:
    """Whether a constant that is handed on says how much: a small whole number says how."""
    return isinstance(constant, str) or constant != int(constant) or constant >= _SMALL


def _called(node: nodes.Call) -> str:
    target = node.node
    return target.name if isinstance(target, nodes.Name) else target.attr if isinstance(target, nodes.Getattr) else ""


def _statement(tag: Tag) -> str:
    """A statement that can stand alone; blank for those that print and set nothing."""
    if tag.keyword == "set" and not tag.opens:
        return f"{{% {tag.code} %}}"
    return f"{{% {tag.code} %}}{{% endfor %}}" if tag.keyword == "for" else ""


def _without(text: str, tags: Sequence[Tag]) -> tuple[str, list[tuple[int, int]]]:
    """A text with TAG for each output and nothing for other tags; and, for each stretch, where it begins there and in `text`."""
    out, at, length = [], 0, 0
    starts = [(0, 0)]
    for tag in tags:
        piece = text[at : tag.start] + (TAG if tag.is_output else "")
        out.append(piece)
        length += len(piece)
        at = tag.end
        starts.append((length, at))
    return "".join([*out, text[at:]]), starts


def _back(starts: Sequence[tuple[int, int]], at: int) -> int:
    """An offset of the text without tags → that of the text."""
    plain, own = next((p, s) for p, s in reversed(starts) if p <= at)
    return own + at - plain


def _excerpt(text: str, start: int, end: int) -> str:
    """A stretch with what stands around it in its line."""
    first = max(text.rfind("\n", 0, start) + 1, start - _AROUND)
    last = text.find("\n", end)
    shown = text[first : min(end + _AROUND, last if last >= 0 else len(text))]
    return shown.replace(TAG, "…").strip()


# ------------------------------------------------------------------------------------------------------- narratives


def _in_narratives(profile: Profile) -> Iterator[Literal]:
    """Sections, phrases and settings, the nearest of each name. A name that is set to a number is one where it is printed."""
    folders = profile.narrative_folders()
    env = Narratives(folders).env
    reader = _Reader(environment(), profile.fixed)
    assert env.loader is not None
    files = [Path(env.loader.get_source(env, name)[1] or name) for name in env.list_templates()]
    for path in dict.fromkeys([*files, *(f / SETTINGS for f in folders if (f / SETTINGS).is_file())]):
        yield from reader.literals(read_text(path), str(path))
    yield from reader.settled()


# ----------------------------------------------------------------------------------------------- workbooks, documents


def typed_in(path: Path) -> list[Issue]:
    """As `literals`, of one workbook or document alone."""
    with suppress(Damaged, OSError, ValueError, LookupError):
        return [one.issue for one in dict.fromkeys(_in_file(path, ()))]
    return []


def _in_file(path: Path, fixed: tuple[str, ...]) -> Iterator[Literal]:
    parts = read_parts(path.read_bytes())
    reader = _Reader(environment(), fixed)
    for place, text in _texts_of(parts, path.name):
        yield from reader.literals(text, str(path), place)
    yield from reader.settled()


def _texts_of(parts: Parts, file: str) -> Iterator[tuple[str, str]]:
    """Every text of a file that is printed as it stands, with its place."""
    if BOOK in parts:
        yield from _cells(parts)
    for part in sorted(parts):
        if found := _STORIES.fullmatch(part):
            yield from _paragraphs(parse_xml(parts[part]), _OUTSIDE.get(found[1].rstrip("0123456789"), ""))
        elif _DRAWN.fullmatch(part):
            yield from _drawn(parts, part, file)


def _paragraphs(root: Any, where: str) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()  # a text box stands twice, in the old way and in the new
    for paragraph in root.iter(f"{_W}p"):
        text = _text_of(paragraph)
        if text and text not in seen:
            seen.add(text)
            shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
            yield f"{where}“{shown}”", text


def _text_of(paragraph: Any) -> str:
    """The text of a paragraph without what fields print: page numbers."""
    said, depth, result = [], 0, [False]
    for element in paragraph.iter(f"{_W}t", f"{_W}tab", f"{_W}br", f"{_W}fldChar"):
        if element.tag == f"{_W}fldChar":
            kind = element.get(f"{_W}fldCharType")
            depth += {"begin": 1, "end": -1}.get(kind, 0)
            result[0] = kind == "separate" or (depth > 0 and result[0])
        elif next(element.iterancestors(f"{_W}p")) is not paragraph:
            continue
        elif element.tag != f"{_W}t":
            said.append("\n" if element.tag == f"{_W}br" else "\t")
        elif not (depth and result[0]) and not any(True for _ in element.iterancestors(f"{_W}fldSimple")):
            said.append(element.text or "")
    return "".join(said)


def _cells(parts: Parts) -> Iterator[tuple[str, str]]:
    """The cells of a workbook but for numbers of lines and codes, and what stands at the head and foot of its pages."""
    strings = shared_strings(parts.get("xl/sharedStrings.xml", b""))
    targets = dict(_sheets(parts))
    for sheet, part in targets.items():
        root = parse_xml(parts[part])
        texts: dict[tuple[int, int], str] = {}
        for cell in root.iter(f"{_S}c"):
            area = cell_area(cell.get("r", ""))
            if area and cell.find(f"{_S}f") is None and (text := _cell(cell, strings)):
                texts[area[0], area[1]] = text
        for (row, column), text in texts.items():
            if not counted(texts, row, column):
                yield f"{sheet}!{column_name(column)}{row}", text
        for element in root.iter(
            *(f"{_S}{kind}{where}" for kind in ("odd", "even", "first") for where in ("Header", "Footer"))
        ):
            yield f"{sheet} 页眉页脚", _HEADER_CODES.sub("\t", element.text or "")


def _sheets(parts: Parts) -> Iterator[tuple[str, str]]:
    relations = {r.get("Id"): r.get("Target", "") for r in parse_xml(parts["xl/_rels/workbook.xml.rels"])}
    for sheet in parse_xml(parts[BOOK]).iter(f"{_S}sheet"):
        target = relations.get(sheet.get(f"{_R}id"), "")
        part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if part in parts:
            yield str(sheet.get("name")), part


def _cell(cell: Any, strings: Sequence[str]) -> str:
    kind = cell.get("t", "")
    if kind == "inlineStr":
        return "".join(t.text or "" for t in cell.iter(f"{_S}t"))
    value = cell.findtext(f"{_S}v") or ""
    if kind == "s" and value:
        return strings[int(value)]
    return f"{float(value):.15g}" if kind in ("", "n") and value else value  # as Excel shows it


def counted(texts: Mapping[tuple[int, int], str], row: int, column: int) -> bool:
    """Whether a cell is a whole number that counts a line or a column, or a code, as its neighbours and headings say."""
    text = texts[row, column]
    above = [texts.get((r, column), "") for r in range(row - 1, 0, -1)]
    if _CODE.fullmatch(text) and any(heads(t, CODED) for t in above):
        return True
    if not _COUNT.fullmatch(text):
        return False
    number = int(text.partition("=")[0])
    before, after = (texts.get((row, column + step), "").partition("=")[0] for step in (-1, 1))
    in_step = before == str(number - 1) or after == str(number + 1)
    left = (texts.get((row, c), "") for c in range(column - 1, 0, -1))
    return in_step or any(heads(t, COUNTED) for t in above) or any(heads(t, ACROSS) for t in left)


def _drawn(parts: Parts, part: str, file: str) -> Iterator[tuple[str, str]]:
    """The titles and text boxes of a drawing; of a chart that no tag fills its values too, else the cells of its data sheet."""
    root = parse_xml(parts[part])
    for paragraph in root.iter(f"{_A}p"):
        if text := "".join(t.text or "" for t in paragraph.iter(f"{_A}t")):
            yield "图", text
    if part.startswith("word/"):
        books = [p for p, kind in related(parts, part, file) if kind == "package" and p.endswith(".xlsx")]
        for book in books:
            yield from ((f"图的数据 {place}", text) for place, text in _cells(read_parts(parts[book])))
        if books:
            return
    typed = root.iter(f"{_C}numLit") if part.startswith("xl/") else root.iter(f"{_C}numLit", f"{_C}numCache")
    for values in typed:
        yield from (("图", v.text or "") for v in values.iter(f"{_C}v"))
