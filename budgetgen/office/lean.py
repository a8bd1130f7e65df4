"""A sheet's XML without what is only formatted: a parser would make an object of each blank cell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO, Any, BinaryIO, cast

from lxml import etree

from budgetgen.office.package import refuse_definitions

SMALL = 4 * 2**20
"""A sheet up to this size is read at once, a larger one row by row."""
_PIECE = 2**20
_EMPTY_CELL = re.compile(rb'<c r="[A-Z]+[0-9]+"[^<>]*(?:/>|></c>)')
_EMPTY_ROW = re.compile(rb'<row r="[0-9]+"[^<>]*(?:/>|>\s*</row>)')
_FORMULA = re.compile(rb"<f>[^<]*</f>")
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
_WANTED = tuple(f"{space}{tag}" for space in (_MAIN, _STRICT) for tag in ("row", "mergeCell"))
_ROWS: Any = etree.XPath("/*/*/*[local-name()='row'][*] | /*/*/*[local-name()='mergeCell']")


def lean(data: bytes) -> bytes:
    """Whole elements of a sheet without empty rows and cells, and without what its formulas say.

    Only how programs write them is known here; what is written otherwise stays, and is read as well.
    """
    return _EMPTY_ROW.sub(b"", _EMPTY_CELL.sub(b"", _FORMULA.sub(b"<f/>", data)))


def rows_of(root: etree._Element) -> Iterator[etree._Element]:
    """The rows with cells, and the merged ranges, of a sheet that is held whole."""
    yield from _ROWS(root)


def rows_streamed(stream: IO[bytes]) -> Iterator[etree._Element]:
    """The same of a large sheet, one by one; each is let go after its use."""
    parser = etree.iterparse(
        cast(BinaryIO, _Lean(stream)), tag=_WANTED, resolve_entities=False, no_network=True, load_dtd=False
    )
    checked = False
    for _, element in parser:
        if not checked:
            refuse_definitions(element)
            checked = True
        yield element
        parent = element.getparent()
        element.clear()
        if parent is not None:
            while element.getprevious() is not None:
                del parent[0]


class _Lean:
    """A stream that is made lean as it is read."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._rest = b""

    def read(self, _size: int = -1) -> bytes:
        """The next piece; blank at the end."""
        piece = b""
        while not piece:
            data = self._stream.read(_PIECE)
            if not data:
                piece, self._rest = self._rest, b""
                return piece
            data = self._rest + data
            cut = data.rfind(b">") + 1 or len(data)
            self._rest = data[cut:]
            piece = lean(data[:cut])
        return piece
