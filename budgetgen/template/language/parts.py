"""Small XML parts and single texts with tags: document properties, sheet names, page headers of sheets."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from budgetgen.template.language.package import parse
from budgetgen.template.language.script import Script, Source
from budgetgen.template.language.slots import Slots, serialize
from budgetgen.template.language.statements import TextWriter
from budgetgen.template.language.tags import has_tags

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lxml import etree

    from budgetgen.expression import Environment

PROPERTIES = ("docProps/core.xml", "docProps/app.xml", "docProps/custom.xml")


class TaggedText:
    """One text with tags as a script of its own."""

    def __init__(
        self, text: str, env: Environment, file: str, place: str, shown: Callable[[object], object] | None = None
    ) -> None:
        source = Source()
        TextWriter(source, file, place, "_shown" if shown else "").write(text)
        self._script = Script(source, env, file, place)
        self._shown = shown

    def text(self, namespace: Mapping[str, object]) -> str:
        """Escaped text that may hold figure marks. TemplateError: a tag that cannot be filled."""
        return self._script.text(namespace, {"_shown": self._shown})


def doubled(value: object) -> object:
    """A value for the header of a sheet, where `&` begins a code and stands for itself when doubled."""
    return value.replace("&", "&&") if isinstance(value, str) else value


class _Text(NamedTuple):
    text: str


class XmlPart:
    """A small part in whose texts tags stand."""

    def __init__(self, root: etree._Element, env: Environment, file: str, part: str) -> None:
        slots: Slots[_Text] = Slots()
        for element in root.iter():
            if isinstance(element.tag, str) and has_tags(element.text or ""):
                element.text = slots.mark(_Text(element.text or ""))
        source = Source()
        for piece in slots.cut(serialize(root)):
            if isinstance(piece, _Text):
                TextWriter(source, file, part).write(piece.text)
            else:
                source.literal(piece)
        self._script = Script(source, env, file, part)

    def text(self, namespace: Mapping[str, object]) -> str:
        """The filled part, which may hold figure marks. TemplateError: a tag that cannot be filled."""
        return self._script.text(namespace, {})


def text_parts(parts: Mapping[str, bytes], env: Environment, file: str) -> dict[str, XmlPart]:
    """The document properties that hold tags."""
    return {
        name: XmlPart(parse(parts[name], file, name), env, file, name)
        for name in PROPERTIES
        if name in parts and has_tags(parts[name].decode("utf-8", "replace"))
    }
