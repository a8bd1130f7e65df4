"""A document template, compiled once; each render fills its stories and writes the whole file."""

from __future__ import annotations

import posixpath
from dataclasses import replace
from functools import partial
from itertools import chain, islice
from types import MappingProxyType
from typing import TYPE_CHECKING

from lxml import etree
from markupsafe import escape

from budgetgen.expression import ASIDE, bounded, forbidden_characters, inking, unmark
from budgetgen.office.package import DOCUMENT, PackageWriter, write_package
from budgetgen.template.charts import ChartTemplate
from budgetgen.template.docx.filled_story import PlacedParts, take_marks
from budgetgen.template.docx.story import Story
from budgetgen.template.docx.word_xml import WORD, w
from budgetgen.template.language.package_parts import (
    PROPERTIES,
    RELATION,
    AddedParts,
    encode,
    parse,
    read_package,
    related,
    relations_of,
    serialize,
    tagged_elsewhere,
    text_parts,
)
from budgetgen.template.language.rendered import Printed, Rendered, TemplateError, raise_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from budgetgen.expression import Environment
    from budgetgen.office.package import Parts
    from budgetgen.template.charts import FilledChart
    from budgetgen.template.docx.filled_story import ShownChart
    from budgetgen.template.language.rendered import Passage, Report
    from budgetgen.template.xlsx.workbook_renderer import WorkbookRenderer

    Finish = Callable[[str, str, Sequence[object]], tuple[str, Sequence[object]]]

_LABELS = {"header": "页眉", "footer": "页脚", "footnotes": "脚注", "endnotes": "尾注"}


class DocumentRenderer:
    """A compiled `.docx`. Rendering changes nothing in it: one renderer serves any number of units."""

    styles: Mapping[str, str]
    """Names of the paragraph styles → their ids."""

    def __init__(self, path: Path, env: Environment, report: Report | None = None) -> None:
        self._file = path.name
        report = report or raise_error
        parts = read_package(path)
        main = _main_part(parts, path.name)
        if parse(parts[main], path.name, main).tag != w("document"):
            raise TemplateError(path.name, "", "不支持 Strict Open XML 格式，请另存为普通的 .docx")
        kinds = dict(related(parts, main, path.name))
        labels = {main: "", **{part: _LABELS[kind] for part, kind in kinds.items() if kind in _LABELS}}
        self._stories: dict[str, Story] = {}
        for part, label in labels.items():
            try:
                story = Story(parse(parts[part], path.name, part), env, path.name, part, label)
            except TemplateError as error:
                report(error)
                continue
            if story.has_tags or part == main:
                self._stories[part] = story
        self._charts = self._compiled_charts(parts, env)
        drawn = {chart.part for chart in self._charts.values()}
        for refusal in tagged_elsewhere(parts, frozenset({*labels, *PROPERTIES, *drawn}), path.name):
            report(TemplateError(path.name, refusal.place, refusal.cause))
        self._styles_part = next((p for p, kind in kinds.items() if kind == "styles"), "")
        self.styles = MappingProxyType(_paragraph_styles(parts, self._styles_part, path.name))
        self._properties = text_parts(parts, env, path.name)
        self._parts = parts
        self._package = PackageWriter(parts, self._changing)

    def add_styles(self, styles: Mapping[str, str]) -> None:
        """Give it paragraph styles (id → properties as XML) that what is placed in it is set in.

        They stand on the style of paragraphs that name none, and programs do not list them.
        """
        root = parse(self._parts[self._styles_part], self._file, self._styles_part)
        known = {str(s.get(w("styleId"))): s for s in root.iter(w("style"))}
        default = (n for n, s in known.items() if s.get(w("default")) and s.get(w("type")) == "paragraph")
        based = "".join(f'<w:basedOn w:val="{escape(n)}"/>' for n in islice(default, 1))
        for name in (n for n in styles if n not in known):
            head = f'<w:name w:val="{name}"/>{based}<w:uiPriority w:val="99"/><w:semiHidden/>'
            about = f'xmlns:w="{WORD}" w:type="paragraph" w:customStyle="1" w:styleId="{name}"'
            root.append(etree.fromstring(f"<w:style {about}>{head}{styles[name]}</w:style>"))
        self._parts[self._styles_part] = serialize(root).encode()
        self._package = PackageWriter(self._parts, self._changing)

    def render(self, namespace: Mapping[str, object], finish: Finish | None = None) -> Rendered:
        """The whole document. TemplateError: a tag that cannot be filled, a value that no document can hold.

        `finish(part, xml, aside)` may change a filled part, its figures still marked, and what it has laid aside
        (contents are made there).
        """
        printed: list[Printed] = []
        parts: dict[str, bytes] = {}
        placed: dict[str, PlacedParts] = {}
        stories: dict[str, Sequence[str | Passage]] = {}
        with inking() as ink, bounded():
            for part, story in self._stories.items():
                own = placed[part] = PlacedParts(partial(self._filled_chart, part, namespace))
                xml = _with_words(story.text(namespace, own), own.charts)
                aside: Sequence[object] = ink.aside
                if finish:
                    xml, aside = finish(part, xml, aside)
                try:
                    stories[part], found = take_marks(xml, part, ink.values, aside)
                except ValueError as error:
                    bad = "、".join(forbidden_characters(xml.replace(ASIDE, "")))
                    cause = f"含有文件不能容纳的字符：{bad}" if bad else str(error)
                    raise TemplateError(self._file, part, cause) from None
                printed += found
                parts[part] = self._encoded(stories[part], part)
            for part, text in self._properties.items():
                parts[part] = encode(unmark(text.text(namespace))[0], self._file, part)
        if self._charts:
            done = self._written_with_charts(parts, placed, printed)
            return replace(done, story=stories.get(DOCUMENT))
        package = self._package
        if any(found.pictures for found in placed.values()):
            added = AddedParts(self._parts, self._file)
            self._add_pictures(added, placed)
            parts |= added.finish()
            package = PackageWriter(self._parts, {*parts, *self._changing})
        return Rendered(package.write(parts), tuple(printed), story=stories.get(DOCUMENT))

    def _compiled_charts(self, parts: Parts, env: Environment) -> dict[tuple[str, str], ChartTemplate]:
        """The charts that are to be filled, by the story that shows each and the relation that it is shown by."""
        found: dict[tuple[str, str], ChartTemplate] = {}
        for story in self._stories:
            relations = parts.get(relations_of(story))
            if relations is None or b"/chart" not in relations:
                continue
            for rel in parse(relations, self._file, relations_of(story)).iter(RELATION):
                part = posixpath.normpath(posixpath.join(posixpath.dirname(story), rel.get("Target") or ""))
                is_chart = (rel.get("Type") or "").endswith("/chart") and part in parts
                if is_chart and (chart := ChartTemplate.of(parts, part, env, self._file, _data_sheet)):
                    found[story, rel.get("Id") or ""] = chart
        return found

    def _filled_chart(
        self, story: str, namespace: Mapping[str, object], relation: str, number: int, names: Mapping[str, object]
    ) -> FilledChart | None:
        chart = self._charts.get((story, relation))
        return chart.fill({**namespace, **names}, number) if chart else None

    def _written_with_charts(
        self, parts: dict[str, bytes], placed: Mapping[str, PlacedParts], printed: list[Printed]
    ) -> Rendered:
        """The document whose charts are filled; those that it does not show are not in it."""
        added = AddedParts({**self._parts, **parts}, self._file)
        self._add_pictures(added, placed)
        shown: set[tuple[str, str]] = set()
        filled: dict[str, bytes] = {}
        for story, own in placed.items():
            for chart in own.charts:
                shown.add((story, chart.drawn))
                filled |= chart.filled.parts
                printed += chart.filled.printed
                for new, old in chart.filled.copied.items():
                    added.declare_like(new, old)
                if chart.relation != chart.drawn:
                    added.relate(story, chart.relation, "chart", chart.filled.part)
        gone = {part for key, chart in self._charts.items() if key not in shown for part in chart.parts}
        if gone:
            added.drop(gone)
        whole = {**self._parts, **parts, **added.finish(), **filled}
        return Rendered(write_package({n: d for n, d in whole.items() if n not in gone}), tuple(printed))

    @property
    def _changing(self) -> set[str]:
        return {*self._stories, *self._properties}

    def _add_pictures(self, added: AddedParts, placed: Mapping[str, PlacedParts]) -> None:
        """The pictures' own parts, each picture once, and the parts that tell of them."""
        for part, found in placed.items():
            for number, picture in enumerate(found.pictures, 1):
                media = added.picture(picture, posixpath.dirname(part))
                added.relate(part, found.relation(number), "image", media)

    def _encoded(self, story: Iterable[str | Passage], part: str) -> bytes:
        """A part from what it is put together of; what is in UTF-8 was looked at when it was made."""
        out: list[bytes] = []
        texts: list[str] = []
        for piece in chain.from_iterable([s] if isinstance(s, str) else s.pieces() for s in story):
            if isinstance(piece, str):
                texts.append(piece)
            else:
                out += (encode("".join(texts), self._file, part), piece)
                texts = []
        return b"".join([*out, encode("".join(texts), self._file, part)])


def _with_words(xml: str, charts: Iterable[ShownChart]) -> str:
    """A filled part in which each chart says in words what it shows, where its maintainer said nothing of it."""
    for chart in charts:
        start = xml.rfind("<wp:docPr ", 0, xml.index(f'r:id="{chart.relation}"'))
        if start >= 0 and " descr=" not in xml[start : xml.find(">", start)]:
            cut = start + len("<wp:docPr ")
            words = escape(chart.filled.words).replace("\n", " ")
            xml = f'{xml[:cut]}descr="{words}" {xml[cut:]}'
    return xml


def _data_sheet(path: Path, env: Environment, parts: Parts) -> WorkbookRenderer:
    """The workbook that a chart brings."""
    from budgetgen.template.xlsx.workbook_renderer import WorkbookRenderer  # noqa: PLC0415 - few documents have charts

    return WorkbookRenderer(path, env, parts=parts)


def _main_part(parts: Mapping[str, bytes], file: str) -> str:
    relations = parts.get("_rels/.rels")
    if relations is not None:
        for rel in parse(relations, file, "_rels/.rels").iter(RELATION):
            target = (rel.get("Target") or "").lstrip("/")
            if (rel.get("Type") or "").endswith("/officeDocument") and target in parts:
                return target
    raise TemplateError(file, "", "不是 .docx 文档")


def _paragraph_styles(parts: Mapping[str, bytes], part: str, file: str) -> dict[str, str]:
    if part not in parts:
        return {}
    styles = {}
    for style in parse(parts[part], file, part).iter(w("style")):
        name = style.find(w("name"))
        if style.get(w("type")) == "paragraph" and name is not None:
            styles[name.get(w("val")) or ""] = style.get(w("styleId")) or ""
    return styles
