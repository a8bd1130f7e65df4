"""Text with tags in it → literals and tags, as the word processors' users type them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from budgetgen.expression import QUOTES, read_as_ascii
from budgetgen.records import record
from budgetgen.template.language.rendered import TemplateError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_OPENERS = frozenset({"for", "if", "macro", "call", "filter", "with"})
_SCOPE = re.compile(r"(tr|tc|ts|p|r)(?=[\s\xa0\u3000])")
_CLOSERS = {"{{": "}}", "{%": "%}", "{#": "#}"}
_START = re.compile(r"\{[{%#]")
_CONTROL = re.compile(r"^[-+](?=\s)|(?<=\s)[-+]$|^-(?=\w)|(?<=\w)-$")
"""Jinja's marks for blanks around a tag: paragraphs and cells have their own, so they change nothing."""
_KEYWORD = re.compile(r"\w+")
_GIVEN = re.compile(r"(?:for|set)\s+(.+?)\s*(?:\bin\b|=|\||$)", re.DOTALL)
_SET_BLOCK = re.compile(r"set\s+\w+\s*(\||$)")

LOOPING = frozenset({"for", "macro", "call"})
"""Blocks whose inside may come more than once."""
_MIDDLES = {"else": frozenset({"for", "if"}), "elif": frozenset({"if"})}
_REFUSED = {
    "extends": "模板不能继承其他模板", "block": "模板不能继承其他模板", "autoescape": "文字总是转义的，不能关闭",
    "raw": "请写 {_{ 和 }_}", "endraw": "请写 {_{ 和 }_}",
}  # fmt: skip


class Unfinished(ValueError):  # noqa: N818 - it says what the tag is
    """A tag that is opened and never closed; the text from it on."""


@record
class Tag:
    """One tag: `{{`, `{%` or `{#`; the element that it stands for (`p`, `tr`, `tc`, `ts`, `r` or nothing); its code."""

    kind: str
    scope: str
    code: str
    start: int
    end: int

    @property
    def is_output(self) -> bool:
        """Whether it prints something."""
        return self.kind == "{{"

    @property
    def is_comment(self) -> bool:
        """Whether it is only for readers of the template."""
        return self.kind == "{#"

    @property
    def keyword(self) -> str:
        """The statement's first word; blank for outputs and comments."""
        found = _KEYWORD.match(self.code) if self.kind == "{%" else None
        return found[0] if found else ""

    @property
    def opens(self) -> str:
        """What block it opens, or blank."""
        word = self.keyword
        if word == "set":
            return "set" if _SET_BLOCK.match(self.code) else ""
        return word if word in _OPENERS else ""

    @property
    def closes(self) -> str:
        """What block it closes, or blank."""
        return self.keyword[3:] if self.keyword.startswith("end") else ""

    def __str__(self) -> str:
        scope = f"{self.scope} " if self.scope else " "
        return f"{self.kind}{scope}{self.code} {_CLOSERS[self.kind]}"


def names_given(tag: Tag) -> list[str]:
    """The names that a loop or a `set` gives to what comes after it."""
    if tag.keyword not in ("for", "set"):
        return []
    found = _GIVEN.match(tag.code)
    names = _KEYWORD.findall(found[1]) if found and "." not in found[1] else []
    return [*names, "loop"] if tag.keyword == "for" else names


def has_tags(text: str) -> bool:
    """Whether a tag begins somewhere in `text`."""
    return "{" in text and _START.search(text) is not None


def find_tags(text: str) -> Iterator[Tag]:
    """The tags of `text` in order. Unfinished: a tag that nothing closes."""
    at = 0
    while found := _START.search(text, at):
        kind = found[0]
        end = _end_of(text, found.end(), kind)
        yield _tag(text, kind, found.start(), end)
        at = end


def unescape(text: str) -> str:
    """`{_{` stands for the braces themselves."""
    if "_" not in text:
        return text
    return text.replace("{_{", "{{").replace("}_}", "}}").replace("{_%", "{%").replace("%_}", "%}")


def _tag(text: str, kind: str, start: int, end: int) -> Tag:
    inside = text[start + 2 : end - 2]
    scope = ""
    found = _SCOPE.match(inside)
    if found and inside[found.end() :].strip(" \t\n\r\xa0\u3000|"):
        scope, inside = found[1], inside[found.end() :]
    if kind != "{#":
        inside = _CONTROL.sub("", inside) if not scope else inside.rstrip("-")
        inside = " ".join(read_as_ascii(inside).splitlines()).strip()
    return Tag(kind, scope, inside, start, end)


def _end_of(text: str, at: int, kind: str) -> int:
    """Where the tag ends whose inside begins at `at`: its closing mark, outside strings and braces."""
    closer = _CLOSERS[kind]
    if kind == "{#":
        end = text.find(closer, at)
        if end < 0:
            raise Unfinished(text[at - 2 :])
        return end + 2
    quote, depth, i = "", 0, at
    while i < len(text):
        char = text[i]
        if quote:
            if char == "\\":
                i += 1
            elif char == quote:
                quote = ""
        elif depth == 0 and text.startswith(closer, i):
            return i + 2
        elif char in QUOTES:
            quote = QUOTES[char]
        else:
            depth = max(0, depth + (char == "{") - (char == "}"))
        i += 1
    raise Unfinished(text[at - 2 :])


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
