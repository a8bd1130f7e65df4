"""One story of a document (its body, a header or a footer), compiled into a script that writes its whole part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree
from markupsafe import Markup, escape

from budgetgen.expression import ASIDE, Trusted
from budgetgen.template.docx.story_slots import Realizer, RenewedId
from budgetgen.template.docx.story_tags import TagFinder
from budgetgen.template.docx.word_guard import REGRID, make_whole, regrid
from budgetgen.template.docx.word_xml import TBL, T, ancestor, tidy, w
from budgetgen.template.language.rendered import Blocks, Passage, Runs
from budgetgen.template.language.script import Script, Source
from budgetgen.template.language.slots import Slots, serialize
from budgetgen.template.language.tags import unescape

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from budgetgen.expression import Environment
    from budgetgen.template.docx.story_tags import Found, Placed

_ASIDE = "\x05"
"""Stands on both sides of the number of blocks that are kept aside."""
_BLOCK_STARTS = ("<w:p>", "<w:p ", "<w:p/>", "<w:tbl>", "<w:tbl ", "<w:sdt>", "<w:bookmarkStart ", _ASIDE, ASIDE)


class Story:
    """A compiled part. `text` is its XML for one namespace, figure marks and line breaks of values still in it.

    Passages are laid aside: their marks stand in the XML.
    """

    def __init__(self, root: etree._Element, env: Environment, file: str, part: str, label: str) -> None:
        self._env = env
        tidy(root)
        finder = TagFinder(file, label)
        found = finder.find(root)
        self.has_tags = bool(found.tags)
        self._slots: Slots[Placed | RenewedId] = Slots()
        self._shells: list[tuple[str, str]] = []
        self._shell_of: dict[int, int] = {}
        self._leaves_gaps = any(p.level in ("p", "tr", "tc") for p in found.tags)
        self._grids = _mark_grids(found)
        self._unique_ids(root, found)
        Realizer(self._slots, self._shells, self._shell_of, file).realize(found)
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

    def _write(self, piece: str | Placed | RenewedId, source: Source) -> None:
        if isinstance(piece, str):
            source.literal(piece)
        elif isinstance(piece, RenewedId):
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
            element.set(w("id"), self._slots.mark(RenewedId(kind, element.get(w("id")) or "0")))
            name = element.get(w("name"))
            if name:
                element.set(w("name"), self._slots.mark(RenewedId("name", name)))
        for element in root.iter("{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}docPr"):
            element.set("id", self._slots.mark(RenewedId("drawing", element.get("id") or "0")))


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
        if isinstance(value, Passage):
            return value.__html__()
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
