"""Small XML parts and single texts with tags: document properties, sheet names, page headers of sheets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from budgetgen.template.outcome import TemplateError
from budgetgen.template.package import parse
from budgetgen.template.script import Script, Source
from budgetgen.template.sheet import check_statement, escaped
from budgetgen.template.slots import serialize
from budgetgen.template.tags import Unfinished, find_tags, has_tags, unescape

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lxml import etree

    from budgetgen.expression import Environment

PROPERTIES = ("docProps/core.xml", "docProps/app.xml", "docProps/custom.xml")


def write_text(source: Source, text: str, file: str, place: str, call: str = "") -> None:
    """`text` with its tags into `source`, literals escaped for XML. `call` is a function that outputs go through.

    TemplateError: tags that do not fit together.
    """
    at = 0
    blocks: list[str] = []
    try:
        tags = list(find_tags(text))
    except Unfinished as error:
        raise TemplateError(file, place, f"标签没有结束：{str(error)[:60]}") from None
    for tag in tags:
        source.literal(escaped(unescape(text[at : tag.start])))
        at = tag.end
        if tag.scope:
            raise TemplateError(file, place, f"这里没有 {tag.kind}{tag.scope} 标签")
        if tag.is_output:
            source.output(f"{call}({tag.code})" if call else tag.code, place)
        elif not tag.is_comment:
            check_statement(tag, blocks, file, place)
            if tag.closes:
                blocks.pop()
            if tag.opens:
                blocks.append(tag.opens)
            source.statement(tag.code, place)
    if blocks:
        raise TemplateError(file, place, f"{{% {blocks[-1]} … %}} 没有结束")
    source.literal(escaped(unescape(text[at:])))


class TextPart:
    """One text of an element (or of its attribute) as a script of its own."""

    def __init__(
        self, element: etree._Element, env: Environment, file: str, place: str, attribute: str = "",
        shown: Callable[[object], object] | None = None,
    ) -> None:  # fmt: skip
        self.element = element
        source = Source()
        write_text(source, (element.get(attribute) if attribute else element.text) or "", file, place, "_shown")
        self._script = Script(source, env, file, place)
        self._shown = shown or (lambda value: value)

    def text(self, namespace: Mapping[str, object]) -> str:
        """Escaped text that may hold figure marks."""
        return self._script.text(namespace, {"_shown": self._shown})


def doubled(value: object) -> object:
    """A value for the header of a sheet, where `&` begins a code and stands for itself when doubled."""
    return value.replace("&", "&&") if isinstance(value, str) else value


class XmlPart:
    """A small part in whose texts tags stand."""

    def __init__(self, root: etree._Element, env: Environment, file: str, part: str) -> None:
        from budgetgen.template.slots import Slots

        slots: Slots[str] = Slots()
        for element in root.iter():
            if isinstance(element.tag, str) and has_tags(element.text or ""):
                element.text = slots.mark(element.text or "")
        source = Source()
        for piece in slots.cut(serialize(root)):
            if has_tags(piece):
                write_text(source, piece, file, part)
            else:
                source.literal(piece)
        self._script = Script(source, env, file, part)

    def text(self, namespace: Mapping[str, object]) -> str:
        return self._script.text(namespace, {})


def text_parts(parts: Mapping[str, bytes], env: Environment, file: str) -> dict[str, XmlPart]:
    """The document properties that hold tags."""
    return {
        name: XmlPart(parse(parts[name], file, name), env, file, name)
        for name in PROPERTIES
        if name in parts and has_tags(parts[name].decode("utf-8", "replace"))
    }
