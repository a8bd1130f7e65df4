"""Bytes → text. Plain UTF-8 is the rule; what Windows and Excel write instead is read, and said."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from budgetgen.issues import Findings, Rule, SourceRef

_MARKED = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8（带 BOM）"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_NOT_TEXT = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_SIGNS = ("年度", "单位", "收支明细", "金额")
"""Words that every input has: GB18030 decodes almost any bytes, so they must be seen to believe it."""
_MEND = "用记事本另存为，“编码”选 UTF-8。"

_FORBIDDEN = "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
"""Characters that a YAML file must not hold as they are: none of them is printable."""
_ALLOWED = str.maketrans("", "", "\t\n\r\xa0\u3000")
_MOST_CHARACTERS = 20
_GBK = "gb18030"


def decode(data: bytes, file: str, findings: Findings) -> str | None:
    """The file's text, or None with an issue where its bytes are no text."""
    place = SourceRef(file)
    for mark, codec, name in _MARKED:
        if data.startswith(mark):
            return _decoded(data, codec, name, place, findings)
    if b"\0" in data or data.startswith(_NOT_TEXT):
        cause = "这不是文本文件，像是改了扩展名的 Excel 或 Word 文件。"
        findings.error(Rule.ENCODING, cause, "请提供 YAML 文本文件。", place)
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as e:
        return _chinese(data, SourceRef(file, data.count(b"\n", 0, e.start) + 1), place, findings)


def _decoded(data: bytes, codec: str, name: str, place: SourceRef, findings: Findings) -> str | None:
    try:
        text = data.decode(codec)
    except UnicodeDecodeError:
        findings.error(Rule.ENCODING, f"文件开头说是{name}，内容却不是。", _MEND, place)
        return None
    findings.note(Rule.ENCODING, f"文件的编码是 {name}，已按此读取。", _MEND, place)
    return text


def _chinese(data: bytes, bad: SourceRef, place: SourceRef, findings: Findings) -> str | None:
    """What is not UTF-8 is GBK (GB18030), or damaged."""
    try:
        text = data.decode(_GBK)
    except UnicodeDecodeError:
        text = ""
    if not any(sign in text for sign in _SIGNS):
        findings.error(Rule.ENCODING, "从这一行起文字编码认不出：既不是 UTF-8，也不是 GBK。", _MEND, bad)
        return None
    findings.note(Rule.ENCODING, "文件的编码是 GBK，已按此读取。", _MEND, place)
    return text


def plain_text(data: bytes) -> str:
    """The text of a small file as editors on Windows or Linux save it, its lines ended alike.

    UTF-8 with or without a mark, UTF-16, or GBK. UnicodeDecodeError: it is none of them.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = data.decode("utf-16")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode(_GBK)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def encoding_of(path: Path) -> str:
    """How a file of any size is written, as `plain_text` takes it, seen by reading it through. OSError: it can't be read."""
    with path.open("rb") as file:
        if file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return "utf-16"
    try:
        with path.open(encoding="utf-8") as lines:
            for _ in lines:
                pass
    except UnicodeDecodeError:
        return _GBK
    return "utf-8-sig"


def check_characters(text: str, file: str, findings: Findings) -> bool:
    """Whether the text holds no control characters; an issue for each that it does."""
    if text.translate(_ALLOWED).isprintable():
        return True
    found = 0
    for match in re.finditer(_FORBIDDEN, text):
        found += 1
        if found > _MOST_CHARACTERS:
            break
        line = text.count("\n", 0, match.start()) + 1
        column = match.start() - text.rfind("\n", 0, match.start())
        cause = f"第 {column} 个字是不能用的控制字符 U+{ord(match[0]):04X}。"
        findings.error(Rule.CHARACTER, cause, "删掉它；看不见的话，把这一行重新打一遍。", SourceRef(file, line))
    return not found
