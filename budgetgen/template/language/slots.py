"""XML with slots: a tree is serialised once and cut where something will be filled in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Generic, TypeVar

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Iterator

SlotT = TypeVar("SlotT")
# Noncharacters: XML may carry them, no text ever does.
_OPEN, _CLOSE = "\ufdd0", "\ufdd1"
_MARK = re.compile(f"{_OPEN}(\\d+){_CLOSE}")
_DECLARATION = re.compile(r' xmlns(?::[\w.-]+)?="[^"]*"')
HEADER = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


class Slots(Generic[SlotT]):
    """Hands out marks to stand in texts and attributes, and finds them again in the serialised tree."""

    def __init__(self) -> None:
        self._slots: list[SlotT] = []

    def __len__(self) -> int:
        return len(self._slots)

    def mark(self, slot: SlotT) -> str:
        """The characters that stand for `slot`."""
        self._slots.append(slot)
        return f"{_OPEN}{len(self._slots) - 1}{_CLOSE}"

    def replace(self, element: etree._Element, slot: SlotT) -> None:
        """Take `element` out of its tree and leave `slot` in its place."""
        remove(element, self.mark(slot))

    def cut(self, xml: str) -> Iterator[str | SlotT]:
        """Literal XML and slots, in order; no empty literals."""
        at = 0
        for found in _MARK.finditer(xml):
            if found.start() > at:
                yield xml[at : found.start()]
            yield self._slots[int(found[1])]
            at = found.end()
        if at < len(xml):
            yield xml[at:]


def remove(element: etree._Element, text: str = "") -> None:
    """Take `element` out of its tree; `text` and what stood behind it stay."""
    parent = element.getparent()
    if parent is None:
        raise ValueError("the root cannot be taken out")
    left = text + (element.tail or "")
    before = element.getprevious()
    if before is not None:
        before.tail = (before.tail or "") + left
    else:
        parent.text = (parent.text or "") + left
    element.tail = None
    parent.remove(element)


def serialize(root: etree._Element) -> str:
    """A whole part, with the declaration that Office programs write."""
    return HEADER + etree.tostring(root, encoding="unicode")


def fragment(element: etree._Element) -> str:
    """One element without the namespace declarations that stand at the root of its part."""
    root = element.getroottree().getroot()
    inherited = {f' xmlns:{p}="{u}"' if p else f' xmlns="{u}"' for p, u in root.nsmap.items()}
    xml = etree.tostring(element, encoding="unicode", with_tail=False)
    end = xml.index(">")
    return _DECLARATION.sub(lambda m: "" if m[0] in inherited else m[0], xml[:end]) + xml[end:]
