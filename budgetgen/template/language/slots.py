"""XML with slots: a tree is serialised once and cut where something will be filled in."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, Generic, TypeVar

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SlotT = TypeVar("SlotT")
_ASCII = 0x80
_REFERENCE = re.compile("&#(?:x([0-9A-Fa-f]+)|([0-9]+));")
_DECLARATION = re.compile(r' xmlns(?::[\w.-]+)?="[^"]*"')
HEADER = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


class Slots(Generic[SlotT]):
    """Hands out marks to stand in texts and attributes, and finds them again in the serialised tree.

    Marks are plain ASCII that no template can know beforehand: whatever writes XML leaves them as they are.
    """

    def __init__(self) -> None:
        self._slots: list[SlotT] = []
        self._sign = f"slot-{secrets.token_hex(8)}-"

    def __len__(self) -> int:
        return len(self._slots)

    def mark(self, slot: SlotT) -> str:
        """The characters that stand for `slot`."""
        self._slots.append(slot)
        return f"{self._sign}{len(self._slots) - 1}."

    def replace(self, element: etree._Element, slot: SlotT) -> None:
        """Take `element` out of its tree and leave `slot` in its place."""
        remove(element, self.mark(slot))

    def cut(self, xml: str) -> Iterator[str | SlotT]:
        """Literal XML and slots, in order; no empty literals."""
        first, *others = xml.split(self._sign)
        if first:
            yield first
        for other in others:
            number, _, literal = other.partition(".")
            yield self._slots[int(number)]
            if literal:
                yield literal


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


def plain(xml: str) -> str:
    """`xml` with characters beyond ASCII as they are: some versions of libxml2 write them as numbers in attributes."""
    return _REFERENCE.sub(_character, xml) if "&#" in xml else xml


def _character(found: re.Match[str]) -> str:
    code = int(found[1], 16) if found[1] else int(found[2])
    return chr(code) if code >= _ASCII else found[0]


def serialize(root: etree._Element) -> str:
    """A whole part, with the declaration that Office programs write."""
    return HEADER + plain(etree.tostring(root, encoding="unicode"))


def fragment(element: etree._Element) -> str:
    """One element without the namespace declarations that stand at the root of its part."""
    root = element.getroottree().getroot()
    inherited = {f' xmlns:{p}="{u}"' if p else f' xmlns="{u}"' for p, u in root.nsmap.items()}
    xml = plain(etree.tostring(element, encoding="unicode", with_tail=False))
    end = xml.index(">")
    return _DECLARATION.sub(lambda m: "" if m[0] in inherited else m[0], xml[:end]) + xml[end:]


class Pattern:
    """One element, to be written again and again with other values of some attributes, or with another text.

    `<col min="2" max="3" width="9"/>` with `min` and `max` open, given 4 and 7: `<col min="4" max="7" width="9"/>`.
    """

    TEXT = "text()"

    def __init__(self, element: etree._Element, *opened: str) -> None:
        """`opened` are names of attributes, or TEXT. The element is changed."""
        slots: Slots[tuple[str]] = Slots()
        for name in opened:
            if name == self.TEXT:
                element.text = slots.mark((name,))
            else:
                element.set(name, slots.mark((name,)))
        self._pieces = list(slots.cut(fragment(element)))

    def xml(self, values: Mapping[str, str]) -> str:
        """The element with these values, which are escaped already."""
        return "".join(p if isinstance(p, str) else values[p[0]] for p in self._pieces)
