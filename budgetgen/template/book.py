"""What the sheets of a workbook share: strings, styles, names."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree
from markupsafe import Markup, escape

from budgetgen.expression import unmark
from budgetgen.template.outcome import TemplateError
from budgetgen.template.package import parse
from budgetgen.template.parts import TaggedText
from budgetgen.template.references import Formula, Reference
from budgetgen.template.sheet_xml import SharedStrings, q, read_runs
from budgetgen.template.slots import Slots, serialize
from budgetgen.template.styles import Styles
from budgetgen.template.tags import has_tags

if TYPE_CHECKING:
    from collections.abc import Mapping

    from budgetgen.expression import Environment
    from budgetgen.template.package import Parts
    from budgetgen.template.references import Layout

_REL = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_MAX_SHEET_NAME = 31
_BAD_IN_SHEET_NAME = frozenset("[]:*?/\\")


@dataclass(frozen=True, slots=True)
class _SheetName:
    """The slot for a sheet's name."""

    name: str


@dataclass(frozen=True, slots=True)
class _Name:
    """The slot for what a defined name means, on its own sheet if it has one."""

    formula: Formula
    sheet: str


class Book:
    """The package while its sheets are compiled. `finish` brings `parts` up to date afterwards."""

    main = "xl/workbook.xml"

    def __init__(self, parts: Parts, env: Environment, file: str) -> None:
        self.parts, self.env, self.file = parts, env, file
        if self.main not in parts or _RELATIONS not in parts:
            raise TemplateError(file, "", "不是 .xlsx 工作簿")
        self.workbook = self.root(self.main)
        if self.workbook.tag != q("workbook"):
            raise TemplateError(file, "", "不支持 Strict Open XML 格式，请另存为普通的 .xlsx")
        self._targets = self._related()
        self.elements = self.workbook.findall(f"{q('sheets')}/{q('sheet')}")
        self.names = tuple(e.get("name") or "" for e in self.elements)
        self.worksheets = self._worksheets()
        self.strings_part, self._style_part = self._part_of("sharedStrings"), self._part_of("styles")
        strings = self.root(self.strings_part) if self.strings_part else None
        self.strings = [read_runs(i) for i in strings.findall(q("si"))] if strings is not None else []
        tagged = frozenset(i for i, runs in enumerate(self.strings) if has_tags("".join(r.text for r in runs)))
        self.shared = SharedStrings(strings, tagged)
        self.styles = Styles(self.root(self._style_part) if self._style_part else etree.Element(q("styleSheet")))

    def root(self, part: str) -> etree._Element:
        """The root of a part. TemplateError: it is broken."""
        return parse(self.parts[part], self.file, part)

    def finish(self) -> None:
        """Write the shared parts as the compiled sheets need them: no string with tags, no calculation chain."""
        if self.strings_part:
            self.parts[self.strings_part] = self.shared.xml.encode()
        if self.styles.changed and self._style_part:
            self.parts[self._style_part] = self.styles.xml
        if self.parts.pop(self._part_of("calcChain"), None) is not None:
            for part, attribute in (("[Content_Types].xml", "PartName"), (_RELATIONS, "Target")):
                root = self.root(part)
                for element in [e for e in root if (e.get(attribute) or "").endswith("calcChain.xml")]:
                    root.remove(element)
                self.parts[part] = serialize(root).encode()
        if any(has_tags(name) for name in self.names):
            self._forget_titles()

    def _forget_titles(self) -> None:
        """The application's list of parts repeats the sheets' names; it may be left out, but not be wrong."""
        if "docProps/app.xml" in self.parts:
            root = self.root("docProps/app.xml")
            for element in [e for e in root if etree.QName(e).localname in ("TitlesOfParts", "HeadingPairs")]:
                root.remove(element)
            self.parts["docProps/app.xml"] = serialize(root).encode()

    def _related(self) -> dict[str, tuple[str, str]]:
        """Relationship id → part and kind, of the workbook."""
        found = {}
        for rel in self.root(_RELATIONS).iter(_REL):
            target = rel.get("Target") or ""
            target = target[1:] if target.startswith("/") else posixpath.normpath(f"xl/{target}")
            found[rel.get("Id") or ""] = (target, (rel.get("Type") or "").rsplit("/", 1)[-1])
        return found

    def _worksheets(self) -> dict[str, str]:
        found = {}
        for element, name in zip(self.elements, self.names, strict=True):
            part, kind = self._targets.get(element.get(_ID) or "", ("", ""))
            if kind == "worksheet" and part in self.parts:
                found[name] = part
        if len({n.casefold() for n in self.names}) != len(self.names):
            raise TemplateError(self.file, "", "工作表重名")
        return found

    def _part_of(self, kind: str) -> str:
        """The workbook's part of that kind, or blank."""
        return next((p for p, k in self._targets.values() if k == kind and p in self.parts), "")


class WorkbookPart:
    """`workbook.xml`: the sheets' names, and the names that are defined for ranges of them."""

    def __init__(self, book: Book) -> None:
        self.part, self._file, self._env, self._sheet_names = book.main, book.file, book.env, book.names
        self._slots: Slots[_SheetName | _Name | TaggedText] = Slots()
        self._tagged = {
            name: TaggedText(name, book.env, book.file, f"工作表名“{name}”") for name in book.names if has_tags(name)
        }
        for element, name in zip(book.elements, book.names, strict=True):
            element.set("name", self._slots.mark(_SheetName(name)))
        self.titles: dict[str, Reference] = {}
        for element in book.workbook.iterfind(f"{q('definedNames')}/{q('definedName')}"):
            self._define(element)
        calculation = book.workbook.find(q("calcPr"))
        if calculation is not None:  # formulas lost their cached values: whoever opens the file calculates them
            calculation.set("fullCalcOnLoad", "1")
        self._pieces = list(self._slots.cut(serialize(book.workbook)))

    def _define(self, element: etree._Element) -> None:
        local, text = element.get("localSheetId"), element.text or ""
        sheet = self._sheet_names[int(local)] if local and int(local) < len(self._sheet_names) else ""
        formula = Formula.parse(text)
        if element.get("name") == "_xlnm.Print_Titles":
            for piece in formula.pieces:
                if not isinstance(piece, str) and piece[1].kind == "rows":
                    self.titles[sheet] = piece[1]
        outside = "".join(p for p in formula.pieces if isinstance(p, str))
        if has_tags(outside):
            place = f"名称“{element.get('name')}”"
            element.text = self._slots.mark(TaggedText(text, self._env, self._file, place))
        else:
            element.text = self._slots.mark(_Name(formula, sheet))

    def names(self, namespace: Mapping[str, object]) -> dict[str, str]:
        """The sheets' names in the output. TemplateError: one that Excel would not take."""
        names: dict[str, str] = {}
        for old in self._sheet_names:
            new = old
            if old in self._tagged:
                new = str(Markup(unmark(self._tagged[old].text(namespace))[0]).unescape())  # noqa: S704 - our own text
                self._check_name(old, new)
            if new.casefold() in (n.casefold() for n in names.values()):
                raise TemplateError(self._file, f"工作表名“{old}”", f"两张表都叫“{new}”")
            names[old] = new
        return names

    def _check_name(self, old: str, new: str) -> None:
        if not 0 < len(new) <= _MAX_SHEET_NAME or _BAD_IN_SHEET_NAME & set(new) or new.strip("'") != new:
            raise TemplateError(self._file, f"工作表名“{old}”", f"“{new}”不能作工作表名（1–31 字，不含 []:*?/\\）")

    def xml(self, names: Mapping[str, str], layouts: Mapping[str, Layout], namespace: Mapping[str, object]) -> str:
        """The whole part, with ranges where they have moved to."""
        out = []
        for piece in self._pieces:
            if isinstance(piece, str):
                out.append(piece)
            elif isinstance(piece, TaggedText):
                out.append(unmark(piece.text(namespace))[0])
            elif isinstance(piece, _SheetName):
                out.append(escape(names[piece.name]))
            else:
                out.append(escape(_meaning(piece, layouts)))
        return "".join(out)


def _meaning(name: _Name, layouts: Mapping[str, Layout]) -> str:
    return name.formula.text(lambda sheet: layouts.get(sheet or name.sheet))
