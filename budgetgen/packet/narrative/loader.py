"""Narratives and phrases read from the folders of a 版式, as Word's and Windows' users write them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from jinja2 import Environment as JinjaEnvironment
from jinja2 import FileSystemLoader, TemplateNotFound

from budgetgen.expression import read_as_ascii
from budgetgen.layout import read_text
from budgetgen.template import TemplateError as BadTemplate

# A line of tags alone is no line of the text. Its line break goes inside the last tag, so that lines keep their numbers.
_TAG_LINES = re.compile(r"(?m)^[ \t]*(?:(?:\{%(?:(?!%\})[^\n])*%\}|\{#(?:(?!#\})[^\n])*#\})[ \t]*)+$\n?")
_TAGS = re.compile(r"(\{#.*?#\})|(\{[{%])(.*?)([}%]\})", re.DOTALL)


class NarrativeLoader(FileSystemLoader):
    """Narratives and phrases along the folders of a 版式."""

    def get_source(
        self,
        environment: JinjaEnvironment,  # noqa: ARG002 - Jinja's interface
        template: str,
    ) -> tuple[str, str, Callable[[], bool]]:
        """The nearest file of that name, its tags as Jinja reads them."""
        parts = template.split("/")
        found = [path for folder in self.searchpath if (path := Path(folder, *parts)).is_file()]
        if not found or ".." in parts:
            raise TemplateNotFound(template)
        path = found[0]
        source, written = read_narrative(path), path.stat().st_mtime_ns
        return source, str(path), lambda: path.is_file() and path.stat().st_mtime_ns == written


def read_narrative(path: Path) -> str:
    """The source of a narrative or phrase: full-width marks in tags as ASCII, no lines of tags alone."""
    try:
        text = read_text(path)
    except UnicodeDecodeError:
        raise BadTemplate(str(path), "", "文字编码认不出，用记事本打开，另存为 UTF-8") from None
    return without_tag_lines(_TAGS.sub(lambda m: m[1] or f"{m[2]}{read_as_ascii(m[3])}{m[4]}", text))


def without_tag_lines(source: str) -> str:
    """A narrative's source in which lines that hold only tags or comments leave no empty line."""

    def folded(found: re.Match[str]) -> str:
        tags = found[0].strip()
        return f"{tags[:-2]}\n{tags[-2:]}" if found[0].endswith("\n") else tags

    return _TAG_LINES.sub(folded, source)
