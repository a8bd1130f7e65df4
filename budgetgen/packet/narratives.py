"""Narratives and phrases of a 版式: read from its folders, run over a unit's names, set as paragraphs of a document."""

from __future__ import annotations

import marshal
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import groupby, islice
from pathlib import Path
from typing import Any, cast

from jinja2 import Environment as JinjaEnvironment
from jinja2 import FileSystemLoader, Template, TemplateNotFound, TemplateSyntaxError
from jinja2.exceptions import SecurityError
from markupsafe import Markup

from budgetgen.expression import (
    AS_TABLE,
    TABLE_DECIMALS,
    TABLE_THOUSANDS,
    TABLE_ZEROS,
    WORDING_NAMES,
    Environment,
    Missing,
    Spoken,
    Wording,
    bounded,
    compiled,
    environment,
    printed_values,
    read_as_ascii,
    unmark,
)
from budgetgen.figures import Blank, Figure, Group
from budgetgen.issues import Rejected, near_miss
from budgetgen.layout import PHRASE_SUFFIX, PHRASES, SECTION_SUFFIX, SETTINGS, read_text
from budgetgen.template import Paragraph, Passage, Print, TemplateError
from budgetgen.template.docx.word_xml import break_text
from budgetgen.template.docx.word_xml import read_text as shown_text
from budgetgen.template.language.script import TOO_DEEP, UNCOMPILED, run_cause, syntax_cause


def bad_syntax(error: TemplateSyntaxError, env: Environment) -> TemplateError:
    """A file that Jinja cannot read."""
    return TemplateError(_place(error.filename or error.name or "", error.lineno), "", syntax_cause(error, env))


def bad_run(error: Exception, path: str, names: Callable[[], Mapping[str, object]]) -> TemplateError:
    """What failed while the narrative or phrase at `path` was filled, and its line."""
    return TemplateError(_place(path, _at(error, path)), "", run_cause(error, names))


def called_from(error: TemplateError, path: str) -> TemplateError:
    """The fault of a phrase, with the line of the narrative at `path` that uses it; the narrative's own as it is."""
    line = 0 if error.file.startswith(path) else _at(error, path)
    if not line:
        return error
    return TemplateError(error.file, error.place, f"{error.cause}（用在 {_place(Path(path).name, line)}）")


def _at(error: Exception, path: str) -> int:
    """The line of the file at `path` that the error came through; 0 for none."""
    line, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == path:  # Jinja gives its frames the template's own lines
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _place(path: str, line: int) -> str:
    return f"{path}:{line}" if line else path


# A line of tags alone is no line of the text. Its line break goes inside the last tag, so that lines keep their numbers.
_TAG_LINES = re.compile(r"(?m)^[ \t]*(?:(?:\{%(?:(?!%\})[^\n])*%\}|\{#(?:(?!#\})[^\n])*#\})[ \t]*)+$\n?")
_TAGS = re.compile(r"(\{#.*?#\})|(\{[{%])(.*?)([}%]\})", re.DOTALL)


class NarrativeLoader(FileSystemLoader):
    """Narratives and phrases along the folders of a 版式; `codes` are those that are compiled, marshalled."""

    def __init__(self, folders: Sequence[Path], codes: dict[str, bytes] | None = None) -> None:
        super().__init__([str(f) for f in folders])
        self.codes: dict[str, bytes] = {} if codes is None else codes
        self.loaded: dict[str, Template] = {}

    def load(
        self,
        environment: JinjaEnvironment,
        name: str,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002 - Jinja's interface
    ) -> Template:
        """The narrative or phrase of that name."""
        if name not in self.codes:
            source, file, _ = self.get_source(environment, name)
            self.codes[name] = marshal.dumps(compiled(cast("Environment", environment), source, name, file))
        code = marshal.loads(self.codes[name])  # noqa: S302 - of our own writing: see template/stored.py
        self.loaded[name] = Template.from_code(environment, code, {} if globals is None else globals)
        return self.loaded[name]

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
        raise TemplateError(str(path), "", "文字编码认不出，用记事本打开，另存为 UTF-8") from None
    return without_tag_lines(_TAGS.sub(lambda m: m[1] or f"{m[2]}{read_as_ascii(m[3])}{m[4]}", text))


def without_tag_lines(source: str) -> str:
    """A narrative's source in which lines that hold only tags or comments leave no empty line."""

    def folded(found: re.Match[str]) -> str:
        tags = found[0].strip()
        return f"{tags[:-2]}\n{tags[-2:]}" if found[0].endswith("\n") else tags

    return _TAG_LINES.sub(folded, source)


HEADINGS = {"#": "heading 1", "##": "heading 2", "###": "heading 3", "####": "heading 4"}
BODY = "公文正文"
# Values pass through Markdown untouched: their own marks travel as control characters, which no value can hold.
_PROTECTED = {"*": "\x04", "#": "\x05", "\n": "\x06"}
_RESTORED = str.maketrans({"\x04": "*", "\x05": "#"})
_BLANKS = " \t"
_HEADING = re.compile(r"(#{1,4})\s+(.*)", re.DOTALL)
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_GAP = re.compile("((?:\x01\\d+\x02)?【[^【】]*待填写[^【】]*】\x03?)")


def protect(text: str) -> str:
    """A value's text as narratives print it, so that none of it is read as Markdown."""
    for mark, other in _PROTECTED.items():
        if mark in text:
            text = text.replace(mark, other)
    return text


def one_line(text: str) -> str:
    """Text laid out on several lines as one: line breaks and the blanks around them are for the eye only."""
    text = text.strip()
    return "".join([line.strip(_BLANKS) for line in text.split("\n")]) if "\n" in text else text


def read_markdown(text: str) -> Iterator[tuple[str, str]]:
    """Paragraphs, parted by empty lines, each with its style; `#` to `####` begin a heading."""
    stripped = (line.strip(_BLANKS) for line in text.replace(_PROTECTED["\n"], "\n\n").split("\n"))
    for is_text, lines in groupby(stripped, bool):
        if is_text and (line := "".join(lines).strip()):
            heading = _HEADING.fullmatch(line) if line[0] == "#" else None
            yield (HEADINGS[heading[1]], heading[2]) if heading else (BODY, line)


def to_passage(paragraphs: Sequence[tuple[str, str]], styles: Mapping[str, str]) -> Passage:
    """Paragraphs as they stand in a document: `**bold**`, and gaps (【待填写：…】) highlighted."""
    values = printed_values()
    return Passage([_paragraph(words, styles[style], values) for style, words in paragraphs])


def _paragraph(words: str, style: str, values: Sequence[Figure | Blank]) -> Paragraph:
    runs: list[str] = []
    texts: list[str] = []
    prints: list[Print] = []
    at = 0
    for piece, properties in _stretches(words):
        text, spans = unmark(piece)
        if "\x04" in text or "\x05" in text:
            text = text.translate(_RESTORED)
        is_shown = "&" not in text
        for start, end, index in spans:
            shown = text[start:end] if is_shown else shown_text(text[start:end])
            first = at + (start if is_shown else len(shown_text(text[:start])))
            prints.append((0, first, first + len(shown), values[index], shown))
        at += len(text) if is_shown else len(shown_text(text))
        texts.append(text)
        runs.append(f'<w:r>{properties}<w:t xml:space="preserve">{break_text(text)}</w:t></w:r>')
    return Paragraph(style, "".join(texts), "".join(runs), prints)


def _stretches(words: str) -> Iterator[tuple[str, str]]:
    """The runs of a paragraph: their text, still marked, and their properties."""
    if "**" not in words and "待填写" not in words:
        if words:
            yield words, ""
        return
    for i, stretch in enumerate(_BOLD.split(words)):
        for j, piece in enumerate(_GAP.split(stretch)):
            if piece:
                properties = "<w:b/>" * (i % 2) + '<w:highlight w:val="yellow"/>' * (j % 2)
                yield piece, f"<w:rPr>{properties}</w:rPr>" if properties else ""


MAX_NARRATIVE = 300_000
"""Characters of one narrative or phrase."""
_BATCH = 50


def read_template(env: Environment, name: str) -> Template:
    """A file of 说明/ compiled. TemplateNotFound; TemplateError: it cannot be read, with its place."""
    if isinstance(env.loader, NarrativeLoader) and name in env.loader.loaded:
        return env.loader.loaded[name]  # Jinja's own cache takes ten times as long
    try:
        return env.get_template(name)
    except TemplateNotFound:
        raise
    except TemplateSyntaxError as e:
        raise bad_syntax(e, env) from e
    except UNCOMPILED as e:
        assert env.loader is not None
        raise TemplateError(env.loader.get_source(env, name)[1] or name, "", TOO_DEEP) from e


def _gathered(pieces: Iterator[str]) -> str:
    """The pieces as one text. SecurityError: no narrative is as long."""
    parts, length = [], 0
    while batch := [*islice(pieces, _BATCH)]:
        parts += batch
        length += sum(map(len, batch))
        if length > MAX_NARRATIVE:
            raise SecurityError(f"这一篇过长（超过 {MAX_NARRATIVE} 字）")
    return "".join(parts)


class Phrases(Group):
    """短语: each file of `说明/短语/` as a function of its names, beside those of `namespace`."""

    __slots__ = ("_env", "_said", "_seen")

    def __init__(self, env: Environment, namespace: Mapping[str, object]) -> None:
        super().__init__(PHRASES, {})
        self._env = env
        self._seen = env.names_of(namespace, {PHRASES: self})
        self._said: dict[str, Spoken] = {}

    def lookup(self, name: str) -> object:
        """The phrase of that name as a function; KeyError where there is no such file."""
        if name not in self._said:
            self._said[name] = Spoken(self._phrase(name))
        return self._said[name]

    def _phrase(self, name: str) -> Callable[..., Markup]:
        try:
            phrase = read_template(self._env, f"{PHRASES}/{name}{PHRASE_SUFFIX}")
        except TemplateNotFound:
            raise KeyError(name) from None

        def say(arguments: dict[str, object], *unnamed: object) -> Markup:
            if unnamed:
                raise TypeError(f"短语.{name} 的参数要写名称，如 短语.{name}(参数=…)")
            return str.__new__(Markup, one_line(self.run(phrase, arguments)))  # escaped by the phrase

        return say

    def run(self, template: Template, arguments: dict[str, object]) -> str:
        """The text of a narrative or phrase; whatever fails in it is told with its file and line."""
        context = self._env.context_of(template, self._seen, arguments)
        try:
            try:
                return _gathered(template.root_render_func(context))
            except Exception:  # noqa: BLE001 - Jinja raises it again, its frames told in the template's own lines
                self._env.handle_exception()
        except (TemplateError, Rejected):
            raise
        except Exception as e:
            raise bad_run(e, template.filename or "", context.get_all) from e

    def names(self) -> Sequence[str]:
        """The phrases there are."""
        found = (n.partition("/") for n in self._env.list_templates())
        return [rest.removesuffix(PHRASE_SUFFIX) for folder, _, rest in found if folder == PHRASES and rest]


KeptNarratives = tuple[dict[str, object], dict[str, bytes]]
"""What is kept between runs: the settings by name, and marshalled code by the names of files."""


class Narratives:
    """The narratives of one 版式: `folders` hold its `说明/`, the nearest first."""

    def __init__(
        self,
        folders: Sequence[Path],
        kept: KeptNarratives | None = None,
        chosen: Sequence[tuple[str, str]] = (),
    ) -> None:
        """`kept` is what `stored` gave in an earlier run; `chosen` are settings that a unit words otherwise, name → value."""
        self._own, codes = kept or (_settings(folders), {})
        self.settings = Group("设置", with_chosen(self._own, chosen))
        self.wording = _wording(self.settings, folders)
        self._folders, self._codes = folders, codes
        self.env = environment(self.wording, NarrativeLoader(folders, codes), {"设置": self.settings}, protect)
        self.env.auto_reload = False  # whoever looks for changed files compiles the whole 版式 anew

    def stored(self) -> KeptNarratives:
        """The settings, and the code of all narratives and phrases that can be compiled."""
        for name in self.env.list_templates(extensions=["j2"]):
            with suppress(TemplateError):
                read_template(self.env, name)
        return self._own, self._codes

    def worded(self, chosen: Sequence[tuple[str, str]]) -> Narratives:
        """The same in other words: `chosen` as when made."""
        return Narratives(self._folders, (self._own, self._codes), chosen)

    def sections(self) -> list[str]:
        """The names that `说明()` takes."""
        names = (n for n in self.env.list_templates() if n.endswith(SECTION_SUFFIX) and "/" not in n)
        return [n.removesuffix(SECTION_SUFFIX) for n in names]

    def paragraphs(self, name: str, namespace: Mapping[str, object]) -> list[tuple[str, str]]:
        """A section as (style name, escaped text with marks) in order."""
        return self.told(name, Phrases(self.env, namespace))

    def told(self, name: str, phrases: Phrases) -> list[tuple[str, str]]:
        """As `paragraphs`, told with phrases that serve several sections of one document."""
        file = f"{name}{SECTION_SUFFIX}"
        try:
            template = read_template(self.env, file)
        except TemplateNotFound:
            cause = f"没有“{name}”这篇说明{near_miss(name, self.sections()) or '。'}"
            raise TemplateError(str(Path(*self._folders[:1], file)), "", cause) from None
        try:
            with bounded():
                text = phrases.run(template, {})
        except TemplateError as e:
            raise called_from(e, template.filename or "") from e
        return list(read_markdown(text))


_USUAL = {name: getattr(Wording(), field) for name, field in WORDING_NAMES.items()}
"""How numbers are worded where no 设置.j2 says it."""
_OF_TABLES = {"表中小数": TABLE_DECIMALS, "表中千分位": TABLE_THOUSANDS, "表中零": TABLE_ZEROS}


def with_chosen(settings: dict[str, object], chosen: Iterable[tuple[str, str]]) -> dict[str, object]:
    """The settings with what is chosen in place of their own, as the kind of value that stands there: true or false, a number, a text."""
    found = dict(settings)
    for name, value in chosen:
        top, _, entry = name.partition(".")
        own = found.get(top, _USUAL.get(top))
        if entry:
            inner = own if isinstance(own, Mapping) else {}
            found[top] = {**inner, entry: _as_kind(inner.get(entry), value)}
        else:
            found[top] = _as_kind(own, value)
    return found


def _as_kind(own: object, value: str) -> object:
    if isinstance(own, bool):
        return value in ("是", "true")
    return int(value) if isinstance(own, int) and value.isdecimal() else value


def _wording(settings: Group, folders: Sequence[Path]) -> Wording:
    usual = Wording()
    chosen: dict[str, Any] = {field: settings[name] for name, field in WORDING_NAMES.items() if name in settings}
    for name, field in WORDING_NAMES.items():
        kind = type(getattr(usual, field))
        if field in chosen and type(chosen[field]) is not kind:
            form = "文字，加引号" if kind is str else "true 或 false，不加引号" if kind is bool else "整数，不加引号"
            cause = f"“{name}”写的是“{chosen[field]}”，要写{form}"
            raise TemplateError(str(folders[0] / SETTINGS), "", cause)
    for name, words in _OF_TABLES.items():
        if (word := chosen.get(WORDING_NAMES[name], AS_TABLE)) not in (AS_TABLE, *words):
            cause = f"“{name}”写的是“{word}”，要写{'、'.join((AS_TABLE, *words))}之一"
            raise TemplateError(str(folders[0] / SETTINGS), "", cause)
    return replace(usual, **chosen)


def _settings(folders: Sequence[Path]) -> dict[str, object]:
    """What the 设置.j2 of each folder sets, the nearest last; each sees what those before it have set."""
    found: dict[str, object] = {}
    for folder in reversed(folders):
        env = environment(loader=NarrativeLoader([folder]), names=found)
        try:
            template = read_template(env, SETTINGS)
            with bounded():
                module = template.module
        except TemplateNotFound:
            continue
        except TemplateError:
            raise
        except Exception as e:
            raise bad_run(e, str(folder / SETTINGS), dict) from e
        for name, value in vars(module).items():
            if isinstance(value, Missing):
                raise TemplateError(str(folder / SETTINGS), "", f"“{name}”的值写得不对：文字要加引号")
            if not name.startswith("_"):
                found[name] = value
    return found
