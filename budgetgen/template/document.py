"""A document template, compiled once; each render fills its stories and writes the whole file."""

from __future__ import annotations

import posixpath
from types import MappingProxyType
from typing import TYPE_CHECKING

from budgetgen.expression import forbidden_characters, inking, unmark
from budgetgen.template.outcome import Printed, Rendered, TemplateError
from budgetgen.template.package import PackageWriter, encode, parse, read_package
from budgetgen.template.parts import text_parts
from budgetgen.template.story import Story
from budgetgen.template.tags import has_tags
from budgetgen.template.word_marks import break_lines, take_marks
from budgetgen.template.word_xml import w

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from budgetgen.expression import Environment

_REL = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_LABELS = {"header": "页眉", "footer": "页脚"}
_UNFILLED = {"footnotes": "脚注", "endnotes": "尾注", "comments": "批注"}


class DocumentRenderer:
    """A compiled `.docx`. Rendering changes nothing in it: one renderer serves any number of units."""

    styles: Mapping[str, str]
    """Names of the paragraph styles → their ids."""

    def __init__(self, path: Path, env: Environment) -> None:
        self._file = path.name
        parts = read_package(path)
        main = _main_part(parts, path.name)
        root = parse(parts[main], path.name, main)
        if root.tag != w("document"):
            raise TemplateError(path.name, "", "不支持 Strict Open XML 格式，请另存为普通的 .docx")
        related = _related(parts, main, path.name)
        self._stories = {main: Story(root, env, path.name, main, "")}
        for part, kind in related.items():
            if kind in _LABELS and part in parts and part not in self._stories:
                story = Story(parse(parts[part], path.name, part), env, path.name, part, _LABELS[kind])
                if story.has_tags:
                    self._stories[part] = story
            elif kind in _UNFILLED and _holds_tags(parts, part, path.name):
                raise TemplateError(path.name, _UNFILLED[kind], f"{_UNFILLED[kind]}中的标签不会填写，请移到正文")
        self.styles = MappingProxyType(_paragraph_styles(parts, related, path.name))
        self._properties = text_parts(parts, env, path.name)
        changing = {*self._stories, *self._properties}
        self._package = PackageWriter({n: d for n, d in parts.items() if n not in changing})

    def render(self, namespace: Mapping[str, object], finish: Callable[[str, str], str] | None = None) -> Rendered:
        """The whole document. TemplateError: a tag that cannot be filled, a value that no document can hold.

        `finish(part, xml)` may change a filled part, its figures still marked (contents are made there).
        """
        printed: list[Printed] = []
        parts: dict[str, bytes] = {}
        with inking() as ink:
            for part, story in self._stories.items():
                xml = break_lines(story.text(namespace))
                xml = finish(part, xml) if finish else xml
                try:
                    xml, found = take_marks(xml, part, ink.values)
                except ValueError:
                    bad = "、".join(forbidden_characters(xml))
                    raise TemplateError(self._file, part, f"含有文件不能容纳的字符：{bad}") from None
                printed += found
                parts[part] = encode(xml, self._file, part)
            for part, text in self._properties.items():
                parts[part] = encode(unmark(text.text(namespace))[0], self._file, part)
        return Rendered(self._package.write(parts), tuple(printed))


def _main_part(parts: Mapping[str, bytes], file: str) -> str:
    relations = parts.get("_rels/.rels")
    if relations is not None:
        for rel in parse(relations, file, "_rels/.rels").iter(_REL):
            target = (rel.get("Target") or "").lstrip("/")
            if (rel.get("Type") or "").endswith("/officeDocument") and target in parts:
                return target
    raise TemplateError(file, "", "不是 .docx 文档")


def _related(parts: Mapping[str, bytes], main: str, file: str) -> dict[str, str]:
    """The parts that the document refers to, and what each is."""
    folder, name = posixpath.split(main)
    relations = parts.get(f"{folder}/_rels/{name}.rels")
    found: dict[str, str] = {}
    if relations is not None:
        for rel in parse(relations, file, f"{name}.rels").iter(_REL):
            target = rel.get("Target") or ""
            if rel.get("TargetMode") != "External":
                part = target[1:] if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
                found[part] = (rel.get("Type") or "").rsplit("/", 1)[-1]
    return found


def _holds_tags(parts: Mapping[str, bytes], part: str, file: str) -> bool:
    if part not in parts:
        return False
    return has_tags("".join(t.text or "" for t in parse(parts[part], file, part).iter(w("t"))))


def _paragraph_styles(parts: Mapping[str, bytes], related: Mapping[str, str], file: str) -> dict[str, str]:
    part = next((p for p, kind in related.items() if kind == "styles"), "")
    if part not in parts:
        return {}
    styles = {}
    for style in parse(parts[part], file, part).iter(w("style")):
        name = style.find(w("name"))
        if style.get(w("type")) == "paragraph" and name is not None:
            styles[name.get(w("val")) or ""] = style.get(w("styleId")) or ""
    return styles
