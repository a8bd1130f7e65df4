"""A template's package and its XML; whatever is wrong with them is the template's fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

from budgetgen.expression import forbidden_characters
from budgetgen.office.package import MAX_PACKAGE, Damaged, Parts, parse_xml, read_parts
from budgetgen.template.language.rendered import TemplateError

if TYPE_CHECKING:
    from pathlib import Path

    from lxml import etree

_FORBIDDEN = bytes(c for c in range(32) if c not in (9, 10, 13))


def parse(data: bytes, file: str, part: str) -> etree._Element:
    """The part's root. TemplateError: it is no XML, or brings a DTD."""
    try:
        return parse_xml(data)
    except Damaged as error:
        raise TemplateError(file, part, str(error)) from None


def encode(xml: str, file: str, place: str) -> bytes:
    """TemplateError: a character that no XML may hold."""
    try:
        data = xml.encode()
    except UnicodeEncodeError:
        data = b"\x00"
    if len(data.translate(None, _FORBIDDEN)) != len(data) or "\ufffe" in xml or "\uffff" in xml:
        raise TemplateError(file, place, f"含有文件不能容纳的字符：{'、'.join(forbidden_characters(xml))}")
    return data


def read_package(path: Path) -> Parts:
    """TemplateError: no zip, too large, repeated or odd names."""
    if path.stat().st_size > MAX_PACKAGE:
        raise TemplateError(path.name, "", f"文件太大（上限 {MAX_PACKAGE // 2**20} MB）")
    try:
        parts = read_parts(path.read_bytes())
    except Damaged as error:
        raise TemplateError(path.name, "", f"不是完好的 Office 文件：{error}") from None
    for name in parts:
        if ".." in name.split("/") or name.startswith("/"):
            raise TemplateError(path.name, name, "压缩包中的文件名越出包外")
    return parts
