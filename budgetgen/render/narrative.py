"""说明: a narrative's Jinja and light Markdown to paragraphs of a Word document.

`说明/<name>.md.j2` is one section; `说明/短语/<name>.j2` is one phrase, called as `短语.<name>(…)`. Every file is found
along the folders of the 版式, the nearest first. `说明/设置.j2` sets the words and number formats: each 版式 says what it
sets otherwise than those it inherits from.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from jinja2 import Environment as JinjaEnvironment
from jinja2 import FileSystemLoader, TemplateError, TemplateNotFound
from jinja2.exceptions import TemplateSyntaxError
from markupsafe import Markup

from budgetgen.expression import WORDING_NAMES, Environment, Wording, environment
from budgetgen.figures import Group
from budgetgen.issues import near_miss
from budgetgen.template import Blocks
from budgetgen.template import TemplateError as BadTemplate

HEADINGS = {"#": "heading 1", "##": "heading 2", "###": "heading 3"}
BODY = "公文正文"
SETTINGS = "设置.j2"
# Values pass through Markdown untouched: their own marks travel as control characters, which no value can hold.
_PROTECTED = str.maketrans({"*": "\x04", "#": "\x05", "\n": "\x06"})
_RESTORED = str.maketrans({"\x04": "*", "\x05": "#"})
# A line of tags alone is no line of the text. Its line break goes inside the last tag, so that lines keep their numbers.
_TAG_LINES = re.compile(r"(?m)^[ \t]*(?:(?:\{%(?:(?!%\})[^\n])*%\}|\{#(?:(?!#\})[^\n])*#\})[ \t]*)+$\n?")
_LINES = re.compile(r"[ \t]*\n[ \t]*")
_PARAGRAPHS = re.compile(r"\n[ \t]*(?:\n[ \t]*)+|\x06")
_HEADING = re.compile(r"(#{1,3})\s+(.*)", re.DOTALL)
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_GAP = re.compile("((?:\x01\\d+\x02)?【[^【】]*待填写[^【】]*】\x03?)")


def protect(text: str) -> str:
    """A value's text as narratives print it, so that none of it is read as Markdown."""
    return text.translate(_PROTECTED)


def without_tag_lines(source: str) -> str:
    """A narrative's source in which lines that hold only tags or comments leave no empty line."""

    def folded(found: re.Match[str]) -> str:
        tags = found[0].strip()
        return f"{tags[:-2]}\n{tags[-2:]}" if found[0].endswith("\n") else tags

    return _TAG_LINES.sub(folded, source)


class NarrativeLoader(FileSystemLoader):
    """Narratives and phrases along the folders of a 版式."""

    def get_source(self, environment: JinjaEnvironment, template: str) -> tuple[str, str, Callable[[], bool]]:
        """The nearest file of that name."""
        source, name, current = super().get_source(environment, template)
        return without_tag_lines(source), name, current


class Phrases(Group):
    """短语: each file of `说明/短语/` as a function of its names."""

    __slots__ = ("_env", "_namespace")

    def __init__(self, env: Environment, namespace: Mapping[str, object]) -> None:
        super().__init__("短语", {})
        self._env = env
        self._namespace = namespace

    def lookup(self, name: str) -> object:
        """The phrase of that name as a function; KeyError where there is no such file."""
        try:
            phrase = self._env.get_template(f"短语/{name}.j2")
        except TemplateNotFound:
            raise KeyError(name) from None

        def say(**arguments: object) -> Markup:
            return Markup(one_line(phrase.render({**self._namespace, "短语": self, **arguments})))  # noqa: S704 - escaped by the phrase

        return say

    def names(self) -> Sequence[str]:
        """The phrases there are."""
        return [
            n.removeprefix("短语/").removesuffix(".j2") for n in self._env.list_templates() if n.startswith("短语/")
        ]


class Narratives:
    """The narratives of one 版式: `folders` hold its `说明/`, the nearest first."""

    def __init__(self, folders: Sequence[Path], names: Mapping[str, object]) -> None:
        loader = NarrativeLoader([str(f) for f in folders], encoding="utf-8")
        settings = Group("设置", _settings(folders))
        self.wording = _wording(settings)
        self._folders = folders
        self._env = environment(self.wording, loader, {**names, "设置": settings}, protect)

    def sections(self) -> list[str]:
        """The names that `说明()` takes."""
        suffix = ".md.j2"
        return [n.removesuffix(suffix) for n in self._env.list_templates() if n.endswith(suffix) and "/" not in n]

    def paragraphs(self, name: str, namespace: Mapping[str, object]) -> list[tuple[str, str]]:
        """A section as (style name, escaped text with marks) in order."""
        try:
            template = self._env.get_template(f"{name}.md.j2")
            text = template.render({**namespace, "短语": Phrases(self._env, namespace)})
        except TemplateNotFound as e:
            raise self._bad(f"{e.name}", f"没有“{name}”这篇说明{near_miss(name, self.sections())}") from None
        except TemplateSyntaxError as e:
            raise self._bad(f"{e.name}:{e.lineno}", f"模板写法有误：{e.message}") from e
        except TemplateError as e:
            raise self._bad(f"{name}.md.j2", str(e)) from e
        return list(read_markdown(text))

    def _bad(self, place: str, cause: str) -> BadTemplate:
        return BadTemplate(str(self._folders[0]), place, cause)


def _wording(settings: Group) -> Wording:
    chosen: dict[str, Any] = {field: settings[name] for name, field in WORDING_NAMES.items() if name in settings}
    return replace(Wording(), **chosen)


def _settings(folders: Sequence[Path]) -> dict[str, object]:
    """What the 设置.j2 of each folder sets, the nearest last; each sees what those before it have set."""
    found: dict[str, object] = {}
    for folder in reversed(folders):
        loader = NarrativeLoader([str(folder)], encoding="utf-8")
        try:
            module = environment(loader=loader, names=found).get_template(SETTINGS).module
        except TemplateNotFound:
            continue
        except TemplateSyntaxError as e:
            raise BadTemplate(str(folder), f"{SETTINGS}:{e.lineno}", f"模板写法有误：{e.message}") from e
        except TemplateError as e:
            raise BadTemplate(str(folder), SETTINGS, str(e)) from e
        found |= {k: v for k, v in vars(module).items() if not k.startswith("_")}
    return found


def one_line(text: str) -> str:
    """Text laid out on several lines as one: line breaks and the blanks around them are for the eye only."""
    return _LINES.sub("", text.strip())


def read_markdown(text: str) -> Iterator[tuple[str, str]]:
    """Paragraphs, parted by empty lines, each with its style; `#`, `##`, `###` begin a heading."""
    for block in _PARAGRAPHS.split(text):
        line = one_line(block)
        if not line:
            continue
        heading = _HEADING.fullmatch(line)
        style, words = (HEADINGS[heading[1]], heading[2]) if heading else (BODY, line)
        yield style, words


def to_blocks(paragraphs: Sequence[tuple[str, str]], styles: Mapping[str, str]) -> Blocks:
    """Paragraphs as WordprocessingML: `**bold**`, and gaps (【待填写：…】) highlighted."""
    return Blocks("".join(_paragraph(words, styles[style]) for style, words in paragraphs))


def _paragraph(words: str, style: str) -> str:
    runs = "".join(_runs(words))
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>{runs}</w:p>'


def _runs(words: str) -> Iterator[str]:
    for i, stretch in enumerate(_BOLD.split(words)):
        for j, piece in enumerate(_GAP.split(stretch)):
            if piece:
                properties = "<w:b/>" * (i % 2) + '<w:highlight w:val="yellow"/>' * (j % 2)
                yield _run(piece.translate(_RESTORED), properties)


def _run(text: str, properties: str) -> str:
    rpr = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f'<w:r>{rpr}<w:t xml:space="preserve">{text}</w:t></w:r>'
