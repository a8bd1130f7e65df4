"""A Jinja program put together from literals and tags, which knows the place of each of its lines."""

from __future__ import annotations

import re
from bisect import bisect_right
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import islice
from typing import TYPE_CHECKING, cast

from jinja2 import Template
from jinja2.exceptions import TemplateSyntaxError, UndefinedError

from budgetgen.expression import bounded, compiled
from budgetgen.figures import Group, Series
from budgetgen.issues import Rejected, near_miss
from budgetgen.template.language.rendered import TemplateError
from budgetgen.template.language.tags import Tag, check_statement, tags_of, unescape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from types import CodeType, GeneratorType

    from jinja2.runtime import Context

    from budgetgen.expression import Environment

MAX_OUTPUT = 64 * 2**20
"""Characters that one part may have."""
TOO_DEEP = "标签套得过深，或太长"
UNCOMPILED = (SyntaxError, RecursionError, MemoryError, ValueError)
"""What Python makes of a template that Jinja could read, and of one that is too deep for either."""
_BATCH = 500
_BRACES = re.compile(r"\{(?=[{%#])")
_UNKNOWN = re.compile(r"No (filter|test) named '(.*)'\.?")
_TOP_NAME = re.compile(r"没有“([^”]*)”这个名称$")
_LONGEST_TOLD = 40
_TAGS = ("break", "call", "continue", "do", "elif", "else", "filter", "for", "if", "macro", "set", "with")
_MARKS = {
    "end of print statement": "}}", "end of statement block": "%}", "begin of print statement": "{{",
    "begin of statement block": "{%", "name": "名称", "string": "文字", "integer": "数", "float": "数",
    "end of template": "文件的末尾", "comma": ",", "in": "in", "not": "not",
}  # fmt: skip
_WORDS = (
    (r"Encountered unknown tag '(.*?)'", "没有“{0}”这种标签"),
    (r"Unexpected end of template.*innermost block that needs to be closed is '(\w+)'", "{{% {0} %}} 没有 {{% end{0} %}}"),
    (r"Unexpected end of template", "有块没有结束"),
    (r"unexpected end of template, expected '(.*)'\.", "标签没有写完，少了 {0}"),
    (r"unexpected char '(.*)' at", "有不认识的字符 {0}"),
    (r"expected token '(.*)', got '(.*)'", "{1} 前面少了符号，或写错了次序"),
    (r"unexpected '(.*)', expected '(.*)'", "写的是 {0}，这里该是 {1}"),
    (r"Expected an expression, got '(.*)'", "缺少名称或数：写到 {0} 就完了"),
    (r"unexpected '(.*)'", "有多余的 {0}"),
    (r"can't assign to '(.*)'", "等号左边只能是名称"),
    (r"tag name expected", "{{% 后面要写标签的名称"),
    (r"Missing end of comment tag", "注释没有写完，少了 #}}"),
    (r"invalid syntax for function call expression", "括号里写名称的（名称=值）要在后面"),
    (r"You cannot chain multiple tests with is", "is 只能写一次"),
    (r"expected (name or number|subscript expression)", "点或方括号后面要写名称"),
    (r"Can't assign to special loop variable", "loop 不能作循环的名称"),
    (r"non-default argument follows default argument", "有默认值的参数要写在后面"),
)  # fmt: skip


_FAILED: tuple[tuple[type[Exception], str], ...] = (
    (RecursionError, "标签互相调用，没有尽头"),
    (ZeroDivisionError, "除数为零"),
    (MemoryError, "做出的东西放不下"),
    (OverflowError, "数过大"),
)


class Source:
    """Collects the source. Each statement and output starts a line of its own (inside its tag, so nothing shows)."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._line = 1
        self._lines: list[int] = []
        self.tags: list[tuple[str, str, bool]] = []
        """For each tag its place, its code, and whether it is an output."""

    def stored(self) -> tuple[tuple[int, ...], tuple[tuple[str, str, bool], ...]]:
        """What tells places."""
        return tuple(self._lines), tuple(self.tags)

    def revive(self, lines: tuple[int, ...], tags: tuple[tuple[str, str, bool], ...]) -> None:
        """Let it tell places, and nothing else."""
        self._lines, self.tags = list(lines), list(tags)

    def literal(self, text: str) -> None:
        """`text` as it is, whatever braces it holds."""
        self._line += text.count("\n")
        self._parts.append(_BRACES.sub("{{ '{' }}", text) if "{" in text else text)

    def output(self, expression: str, place: str) -> None:
        """`{{ expression }}`, told as `place` where it fails."""
        self._tag("{{", expression, "}}", place)

    def statement(self, code: str, place: str) -> None:
        """`{% code %}`, told as `place` where it fails."""
        self._tag("{%", code, "%}", place)

    def _tag(self, opener: str, code: str, closer: str, place: str) -> None:
        self._line += 1
        self._lines.append(self._line)
        self.tags.append((place, code, opener == "{{"))
        self._parts.append(f"{opener}\n{code} {closer}")

    @property
    def text(self) -> str:
        """The whole source."""
        return "".join(self._parts)

    def place(self, line: int) -> str:
        """The place of the tag on a line of the source; blank for none."""
        index = bisect_right(self._lines, line) - 1
        return self.tags[index][0] if 0 <= index < len(self.tags) else ""


_WATCHED: ContextVar[list[Script] | None] = ContextVar("watched", default=None)


@contextmanager
def watch_scripts() -> Iterator[list[Script]]:
    """While it is open, every script that is compiled is noted in the list it yields."""
    scripts: list[Script] = []
    token = _WATCHED.set(scripts)
    try:
        yield scripts
    finally:
        _WATCHED.reset(token)


class Script:
    """A compiled `Source`. Whatever fails in it fails as a TemplateError that names the place."""

    def __init__(self, source: Source, env: Environment, file: str, part: str) -> None:
        self.source, self._file, self._env = source, file, env
        self._name = f"<{file}:{part}>"
        self.is_whole = False  # until it is compiled: whoever watches sees those that fail too
        watched = _WATCHED.get()
        if watched is not None:
            watched.append(self)
        try:
            code = compiled(env, source.text, part, self._name)
        except TemplateSyntaxError as error:
            raise TemplateError(file, source.place(error.lineno), syntax_cause(error, env)) from None
        except UNCOMPILED:
            raise TemplateError(file, part, TOO_DEEP) from None
        self._begin(code)
        self.is_whole = True

    def _begin(self, code: CodeType) -> None:
        self._code = code
        self._template = Template.from_code(self._env, code, self._env.make_globals(None))

    def stored(self) -> tuple[Source, Environment, str, str, CodeType]:
        """Its code, and what tells places in it."""
        return self.source, self._env, self._file, self._name, self._code

    def revive(self, source: Source, env: Environment, file: str, name: str, code: CodeType) -> None:
        """Let it be the script of this code."""
        self.source, self._env, self._file, self._name, self.is_whole = source, env, file, name, True
        self._begin(code)

    def context(self, namespace: Mapping[str, object], names: Mapping[str, object]) -> Context:
        """The unit's names and the engine's own."""
        return self._env.context_of(self._template, self._env.names_of(namespace, names))

    def text(self, namespace: Mapping[str, object], names: Mapping[str, object]) -> str:
        """What it prints. TemplateError: with the place of the tag that failed."""
        context = self.context(namespace, names)
        try:
            return self._gathered(context)
        except (TemplateError, Rejected):
            raise
        except Exception as error:
            raise self.failure(error, context) from error

    def _gathered(self, context: Context) -> str:
        pieces: list[str] = []
        length = 0
        with bounded():
            running = cast("GeneratorType[str, None, None]", self._template.root_render_func(context))
            while batch := list(islice(running, _BATCH)):
                pieces += batch
                length += sum(map(len, batch))
                if length > MAX_OUTPUT and running.gi_frame is not None:
                    line = self._template.get_corresponding_lineno(running.gi_frame.f_lineno)
                    cause = f"模板的输出过大（上限 {MAX_OUTPUT // 2**20} MB）"
                    raise TemplateError(self._file, self.source.place(line), cause)
        return "".join(pieces)

    def failure(self, error: Exception, context: Context) -> TemplateError:
        """What went wrong in a run, as the template's maintainer needs it told."""
        line, trace = 0, error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == self._name:
                line = self._template.get_corresponding_lineno(trace.tb_lineno)
            trace = trace.tb_next
        return TemplateError(self._file, self.source.place(line), run_cause(error, context.get_all))


def syntax_cause(error: TemplateSyntaxError, env: Environment) -> str:
    """Jinja's words for a faulty tag, in Chinese, with a near miss for filters and tags."""
    message = error.message or ""
    if found := _UNKNOWN.match(message):
        return _unknown(found, env.filters if found[1] == "filter" else env.tests)
    for english, chinese in _WORDS:
        if found := re.match(english, message, re.DOTALL):
            parts = [_MARKS.get(part, part)[:_LONGEST_TOLD] for part in found.groups()]
            near = near_miss(parts[0], _TAGS) if "这种标签" in chinese else ""
            return chinese.format(*parts) + near
    return message if message.startswith("不能用") else "标签写法有误"


def _unknown(found: re.Match[str], known: Iterable[str]) -> str:
    """A filter or test that there is not."""
    name = found[2][:_LONGEST_TOLD]
    kind = "过滤器" if found[1] == "filter" else "判断"
    return f"没有名为“{name}”的{kind}{near_miss(name, [k for k in known if not k.startswith('_')])}"


def run_cause(error: Exception, names: Callable[[], Mapping[str, object]]) -> str:
    """Why a tag could not be filled; a name that nothing defines gets its near miss."""
    message = str(error)
    if isinstance(error, UndefinedError):
        found = _TOP_NAME.match(message)
        return message + near_miss(found[1], [n for n in names() if not n.startswith("_")]) if found else message
    if found := _UNKNOWN.match(message):
        return _unknown(found, ())
    for kind, words in _FAILED:
        if isinstance(error, kind):
            return words
    return message if not message.isascii() else f"这个标签填不出来（{message or type(error).__name__}）"


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


class TaggedText:
    """One text with tags as a script of its own."""

    def __init__(
        self, text: str, env: Environment, file: str, place: str, shown: Callable[[object], object] | None = None
    ) -> None:
        source = Source()
        TextWriter(source, file, place, "_shown" if shown else "").write(text)
        self._script = Script(source, env, file, place)
        self._shown = shown

    def text(self, namespace: Mapping[str, object]) -> str:
        """Escaped text that may hold figure marks. TemplateError: a tag that cannot be filled."""
        return self._script.text(namespace, {"_shown": self._shown})


def text_of(value: object, env: Environment) -> str:
    """A value as escaped text, which may hold figure marks.

    TypeError or Jinja's own: it is undefined, or nothing that can be printed.
    """
    if isinstance(value, (Group, Series, dict, list, tuple)):
        raise TypeError("是一组数据，不是一个数，不能直接打印")
    if not _has_text(value):
        raise TypeError("不是文字也不是数，印不出来")
    text = str(env.show(value))
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _has_text(value: object) -> bool:
    """Whether `value` is more than an address in memory: no function, nothing that is only an object."""
    kind = type(value)
    if kind.__str__ is not object.__str__ or hasattr(value, "__html__"):
        return True
    return kind.__repr__ is not object.__repr__ and not callable(value)


def is_same(one: object, other: object) -> bool:
    """Whether two keys are one: what loops bring is told apart even where it is alike, plain values are compared."""
    return one is other or (not isinstance(one, Group) and type(one) is type(other) and one == other)
