"""Blocks of statements: which tags open and close them, and what may stand in a template at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from budgetgen.template.language.outcome import TemplateError
from budgetgen.template.language.tags import Tag, Unfinished, find_tags, unescape

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from budgetgen.template.language.script import Source

LOOPING = frozenset({"for", "macro", "call"})
"""Blocks whose inside may come more than once."""
_MIDDLES = {"else": frozenset({"for", "if"}), "elif": frozenset({"if"})}
_REFUSED = {
    "extends": "模板不能继承其他模板", "block": "模板不能继承其他模板", "autoescape": "文字总是转义的，不能关闭",
    "raw": "请写 {_{ 和 }_}", "endraw": "请写 {_{ 和 }_}",
}  # fmt: skip


def check_statement(tag: Tag, open_blocks: Sequence[str], file: str, place: str) -> None:
    """TemplateError: a refused statement, or an end or middle tag without its block."""
    word = tag.keyword
    if word in _REFUSED:
        raise TemplateError(file, place, f"不能用 {tag}：{_REFUSED[word]}")
    inner = open_blocks[-1] if open_blocks else ""
    if tag.closes and tag.closes != inner:
        raise TemplateError(file, place, f"{tag} 没有与之相配的开头" + (f"，正在进行的是 {inner}" if inner else ""))
    if word in _MIDDLES and inner not in _MIDDLES[word]:
        raise TemplateError(file, place, f"{tag} 不在 if 或 for 之中")


def tags_of(text: str, file: str, place: str) -> tuple[Tag, ...]:
    """The tags of `text`. TemplateError: one that is never closed."""
    try:
        return tuple(find_tags(text))
    except Unfinished as error:
        raise TemplateError(file, place, f"标签没有结束：{str(error)[:60]}") from None


def outside(text: str, tags: Iterable[Tag]) -> str:
    """The text without its tags."""
    out, at = [], 0
    for tag in tags:
        out.append(text[at : tag.start])
        at = tag.end
    return "".join([*out, text[at:]])


def escaped(text: str) -> str:
    """`text` for the inside of an XML element."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class TextWriter:
    """Writes text with tags in it into a source: literals escaped for XML, blocks closed where the text ends."""

    def __init__(self, source: Source, file: str, place: str, call: str = "") -> None:
        """`call` is a function that every output goes through."""
        self._source, self._file, self._place, self._call = source, file, place, call

    def write(self, text: str, tags: Sequence[Tag] | None = None) -> None:
        """TemplateError: tags that do not fit together, or that stand for an element that is not there."""
        blocks: list[str] = []
        at = 0
        for tag in tags_of(text, self._file, self._place) if tags is None else tags:
            self.literal(text, at, tag.start)
            self._tag(tag, blocks)
            at = tag.end
        self.literal(text, at, len(text))
        if blocks:
            raise TemplateError(self._file, self._place, f"{{% {blocks[-1]} … %}} 没有在本处结束")

    def literal(self, text: str, start: int, end: int) -> None:
        """The text between two tags."""
        self._source.literal(escaped(unescape(text[start:end])))

    def _tag(self, tag: Tag, blocks: list[str]) -> None:
        if tag.scope:
            raise TemplateError(self._file, self._place, f"这里没有 {tag.kind}{tag.scope} 标签")
        if tag.is_comment:
            return
        if tag.is_output:
            self._source.output(f"{self._call}({tag.code})" if self._call else tag.code, self._place)
            return
        check_statement(tag, blocks, self._file, self._place)
        if tag.closes:
            blocks.pop()
        if tag.opens:
            blocks.append(tag.opens)
        self._source.statement(tag.code, self._place)
