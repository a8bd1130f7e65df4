"""One story of a document (its body, a header or a footer), compiled into a script that writes its whole part."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING

from lxml import etree
from markupsafe import Markup, escape

from budgetgen.expression import Trusted
from budgetgen.template.outcome import Blocks, Runs, TemplateError
from budgetgen.template.script import Script, Source
from budgetgen.template.slots import Slots, remove, serialize
from budgetgen.template.story_tags import TagFinder
from budgetgen.template.tags import unescape
from budgetgen.template.word_guard import REGRID, make_whole, regrid
from budgetgen.template.word_xml import TBL, P, R, T, ancestor, keep_spaces, serialized, tidy, w

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from budgetgen.expression import Environment
    from budgetgen.template.story_tags import Found, Placed

_ASIDE = "\x05"
"""Stands on both sides of the number of blocks that are kept aside."""
_BLOCK_STARTS = ("<w:p>", "<w:p ", "<w:p/>", "<w:tbl>", "<w:tbl ", "<w:sdt>", "<w:bookmarkStart ", _ASIDE)


class _Id:
    """A number or name in the XML that has to be another one in each turn of a loop."""

    def __init__(self, kind: str, key: str) -> None:
        self.kind, self.key = kind, key

    @property
    def call(self) -> str:
        """The expression that gives it."""
        return f"_id({json.dumps(self.kind)}, {json.dumps(self.key)})"


class Story:
    """A compiled part. `text` is its XML for one namespace, figure marks and line breaks of values still in it."""

    def __init__(self, root: etree._Element, env: Environment, file: str, part: str, label: str) -> None:
        self._env = env
        tidy(root)
        finder = TagFinder(file, label)
        found = finder.find(root)
        self.has_tags = bool(found.tags)
        self._slots: Slots[Placed | _Id] = Slots()
        self._shells: list[tuple[str, str]] = []
        self._shell_of: dict[int, int] = {}
        self._leaves_gaps = any(p.level in ("p", "tr", "tc") for p in found.tags)
        self._grids = _mark_grids(found)
        self._unique_ids(root, found)
        _Realizer(self._slots, self._shells, self._shell_of, file).realize(found)
        for text in root.iter(T):
            if text.text and "_" in text.text:
                text.text = unescape(text.text)
        source = Source()
        for piece in self._slots.cut(serialize(root)):
            self._write(piece, source)
        self._script = Script(source, env, file, part)

    def text(self, namespace: Mapping[str, object]) -> str:
        """TemplateError: a tag that cannot be filled."""
        placed = _Placements(self._shells, self._env)
        xml = self._script.text(namespace, placed.names)
        if self._leaves_gaps:
            xml = make_whole(xml)
        return placed.insert(regrid(xml) if self._grids else xml)

    def _write(self, piece: str | Placed | _Id, source: Source) -> None:
        if isinstance(piece, str):
            source.literal(piece)
        elif isinstance(piece, _Id):
            source.output(piece.call, "")
        elif piece.tag.is_output:
            call = {"p": "_block", "r": "_runs"}.get(piece.level)
            code = piece.tag.code
            source.output(f"{call}({self._shell_of[id(piece)]}, ({code}))" if call else code, piece.place)
        else:
            source.statement(piece.tag.code, piece.place)

    def _unique_ids(self, root: etree._Element, found: Found) -> None:
        """Bookmarks and drawings get their numbers at render where the story has loops that could repeat them."""
        if not any(p.loops for p in found.tags):
            return
        for element in root.iter(w("bookmarkStart"), w("bookmarkEnd")):
            kind = "start" if element.tag == w("bookmarkStart") else "end"
            element.set(w("id"), self._slots.mark(_Id(kind, element.get(w("id")) or "0")))
            name = element.get(w("name"))
            if name:
                element.set(w("name"), self._slots.mark(_Id("name", name)))
        for element in root.iter("{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}docPr"):
            element.set("id", self._slots.mark(_Id("drawing", element.get("id") or "0")))


class _Placements:
    """What a story's script calls. Blocks are large, so they stay aside until the rest of the part is done."""

    def __init__(self, shells: Sequence[tuple[str, str]], env: Environment) -> None:
        self._shells, self._env = shells, env
        self._blocks: list[str] = []
        ids = _Ids()
        self.names = {"_block": Trusted(self.block), "_runs": Trusted(self.run), "_id": Trusted(ids.number)}

    def block(self, shell: int, value: object) -> Markup:
        """`value` as blocks: as it is where it is some, else paragraphs of its text in the tag's own style."""
        if isinstance(value, (list, tuple)):
            return Markup("").join(self.block(shell, v) for v in value)
        if isinstance(value, Markup) and (isinstance(value, Blocks) or value.lstrip().startswith(_BLOCK_STARTS)):
            self._blocks.append(value)
            return Markup(f"{_ASIDE}{len(self._blocks) - 1}{_ASIDE}")  # noqa: S704 - a mark of ours
        before, after = self._shells[shell]
        return Markup("".join(f"{before}{line}{after}" for line in self._escaped(value).splitlines()))  # noqa: S704

    def run(self, shell: int, value: object) -> Markup:
        """`value` as runs: as it is where it is some, else its text in the tag's own style."""
        if isinstance(value, Runs) or (isinstance(value, Markup) and value.startswith(("<w:r>", "<w:r "))):
            return value
        before, after = self._shells[shell]
        text = self._escaped(value)
        return Markup(f"{before}{text}{after}" if text else "")  # noqa: S704 - escaped just here

    def insert(self, xml: str) -> str:
        """`xml` with the blocks where they belong; blocks may hold marks of blocks that were made before them."""
        while _ASIDE in xml:
            pieces = xml.split(_ASIDE)
            pieces[1::2] = [self._blocks[int(i)] for i in pieces[1::2]]
            xml = "".join(pieces)
        return xml

    def _escaped(self, value: object) -> str:
        return str(escape(self._env.finalize(value) if self._env.finalize else value))


def _mark_grids(found: Found) -> bool:
    """Mark the tables whose cells tags repeat; whether there are any."""
    tables = {ancestor(p.element, TBL) for p in found.tags if p.level == "tc"} - {None}
    for table in tables:
        grid = table.find(w("tblGrid")) if table is not None else None
        if grid is not None:
            grid.insert(0, etree.Comment(REGRID[4:-3]))
    return bool(tables)


class _Ids:
    """Numbers for bookmarks and drawings: each new, the end of a bookmark the same as its start. Names: `甲`, `甲_2`."""

    def __init__(self) -> None:
        self._next = 0
        self._open: dict[str, int] = {}
        self._times: dict[str, int] = {}

    def number(self, kind: str, key: str) -> int | str:
        """What stands in the place of the template's `key`."""
        if kind == "name":
            times = self._times[key] = self._times.get(key, 0) + 1
            return f"{key}_{times}" if times > 1 else key
        if kind == "end":
            return self._open.get(key, 0)
        self._next += 1
        if kind == "start":
            self._open[key] = self._next
        return self._next


class _Realizer:
    """Puts slots into the tree where the tags are, and takes out the elements that tags stand for."""

    def __init__(
        self, slots: Slots[Placed | _Id], shells: list[tuple[str, str]], shell_of: dict[int, int], file: str
    ) -> None:
        self._slots, self._shells, self._shell_of, self._file = slots, shells, shell_of, file

    def realize(self, found: Found) -> None:
        self._note_shells(found.tags)
        whole: dict[etree._Element, list[Placed]] = {}
        for placed in found.tags:
            if placed.level in ("p", "tr", "tc"):
                whole.setdefault(placed.element, []).append(placed)
        runs: dict[etree._Element, None] = {}
        for text, segments in found.segments.items():
            run = text.getparent()
            if any(not isinstance(s, str) and s.level in ("p", "tr", "tc") for s in segments) or run is None:
                continue
            runs.setdefault(run)
        for run in runs:
            self._rewrite(run, found)
        for element, tags in whole.items():
            self._take_out(element, tags)

    def _note_shells(self, tags: Iterable[Placed]) -> None:
        """What text gets around it that takes a tag's place: the paragraph's and the run's properties."""
        for placed in tags:
            if not placed.tag.is_output or placed.level not in ("p", "r"):
                continue
            run = placed.text.getparent()
            fonts = serialized(run.find(w("rPr"))) if run is not None else ""
            before, after = f'<w:r>{fonts}<w:t xml:space="preserve">', "</w:t></w:r>"
            if placed.level == "p":
                properties = copy.deepcopy(placed.paragraph.find(w("pPr")))
                if properties is not None:
                    for section in properties.findall(w("sectPr")):
                        properties.remove(section)
                    placed.paragraph.append(properties)
                    before = f"<w:p>{serialized(properties)}{before}"
                    placed.paragraph.remove(properties)
                else:
                    before = f"<w:p>{before}"
                after += "</w:p>"
            self._shell_of[id(placed)] = len(self._shells)
            self._shells.append((before, after))

    def _rewrite(self, run: etree._Element, found: Found) -> None:
        """A run with tags: slots in its texts, cut in two where a tag stands between runs."""
        lifted = any(not isinstance(s, str) and s.level == "r" for t in run.iter(T) for s in found.segments.get(t, []))
        if not lifted:
            for text in list(run.iter(T)):
                if text in found.segments:
                    self._fill(text, found.segments[text])
            if not _has_content(run):
                remove(run)
            return
        parts = self._cut(run, found)
        for part in parts:
            if isinstance(part, str):
                _put_text_before(run, part)
            elif _has_content(part):
                run.addprevious(part)
        remove(run)

    def _cut(self, run: etree._Element, found: Found) -> list[etree._Element | str]:
        """The run as runs and slots; every new run has the old one's properties."""
        parts: list[etree._Element | str] = [_like(run)]
        for child in list(run):
            if child.tag == w("rPr"):
                continue
            segments = found.segments.get(child)
            if segments is None:
                _last_run(parts, run).append(child)
                continue
            pending: list[str | Placed] = []
            for segment in segments:
                if not isinstance(segment, str) and segment.level == "r":
                    self._text_into(parts, run, pending)
                    pending = []
                    parts.append(self._slots.mark(segment))
                else:
                    pending.append(segment)
            self._text_into(parts, run, pending)
        return parts

    def _text_into(self, parts: list[etree._Element | str], run: etree._Element, segments: list[str | Placed]) -> None:
        if segments:
            text = etree.SubElement(_last_run(parts, run), T)
            self._fill(text, segments)

    def _fill(self, text: etree._Element, segments: list[str | Placed]) -> None:
        text.text = "".join(s if isinstance(s, str) else self._slots.mark(s) for s in segments)
        keep_spaces(text)
        if not text.text:
            parent = text.getparent()
            if parent is not None:
                parent.remove(text)

    def _take_out(self, element: etree._Element, tags: list[Placed]) -> None:
        section = element.find(f"{w('pPr')}/{w('sectPr')}") if element.tag == P else None
        if section is not None and any(not t.tag.is_output for t in tags):
            raise TemplateError(self._file, tags[0].place, f"{tags[0].tag} 所在段落带有分节符，会随它消失")
        for mark in list(element.iter(w("bookmarkStart"), w("bookmarkEnd"))):
            element.addprevious(mark)
        kept = [self._slots.mark(t) for t in tags if not t.tag.is_comment]
        if section is not None:
            leftover = etree.Element(P)
            etree.SubElement(leftover, w("pPr")).append(section)
            element.addnext(leftover)
        remove(element, "".join(kept))


def _like(run: etree._Element) -> etree._Element:
    new = etree.Element(R)
    properties = run.find(w("rPr"))
    if properties is not None:
        new.append(copy.deepcopy(properties))
    return new


def _last_run(parts: list[etree._Element | str], run: etree._Element) -> etree._Element:
    last = parts[-1]
    if isinstance(last, str):
        last = _like(run)
        parts.append(last)
    return last


def _put_text_before(element: etree._Element, text: str) -> None:
    before, parent = element.getprevious(), element.getparent()
    if before is not None:
        before.tail = (before.tail or "") + text
    elif parent is not None:
        parent.text = (parent.text or "") + text


def _has_content(run: etree._Element) -> bool:
    return any(c.tag != w("rPr") for c in run)
