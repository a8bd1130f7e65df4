"""How commands are declared and their command lines read: a function's signature says both. Help is Chinese.

Only the standard library's `getopt` is needed for that: a command starts in the time that its own work takes.
"""

from __future__ import annotations

import getopt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from types import NoneType
from typing import Annotated, Any, get_args, get_origin, get_type_hints
from unicodedata import east_asian_width

WRITTEN, ERRORS, WRONG_USAGE = 0, 1, 2
_WIDEST_NAME = 30


class WrongUsage(Exception):  # noqa: N818 - told to the user, not a failure of the program
    """A command line that can't be run, and why."""


@dataclass(frozen=True, slots=True)
class Argument:
    """A parameter that is told by its position; one without a default must be given, a list takes all that are."""

    metavar: str
    help: str


class Option:
    """A parameter that is told by one of its `flags`; a bool is a switch, a list may be given several times."""

    def __init__(self, *flags: str, help: str, metavar: str = "") -> None:  # noqa: A002 - as everywhere
        self.flags, self.metavar, self.help = flags, metavar, help


@dataclass(frozen=True)
class Parameter:
    """One parameter of a command's function."""

    name: str
    told: Argument | Option
    kind: type
    many: bool
    required: bool

    @property
    def switch(self) -> bool:
        """Whether it is told without a value."""
        return self.kind is bool

    def read(self, text: str) -> Any:
        """WrongUsage: `text` is no value of its kind."""
        try:
            return self.kind(text)
        except ValueError:
            raise WrongUsage(f"{self.label} 的值不对：“{text}”。") from None

    @property
    def label(self) -> str:
        """What a user calls it."""
        return self.told.metavar if isinstance(self.told, Argument) else self.told.flags[-1]

    @property
    def line(self) -> tuple[str, str]:
        """Its line of the help."""
        if isinstance(self.told, Argument):
            return self.told.metavar, self.told.help + (" [必填]" if self.required else "")
        return f"{', '.join(self.told.flags)} {self.told.metavar}".rstrip(), self.told.help


class Command:
    """A function as a command: its docstring's first line says what it does, what it returns is the exit code."""

    def __init__(self, work: Callable[..., int | None]) -> None:
        self._work = work
        self.help = (work.__doc__ or "").splitlines()[0]

    @cached_property
    def parameters(self) -> Sequence[Parameter]:
        """The parameters of its function, in order."""
        code = self._work.__code__
        required = code.co_varnames[: code.co_argcount - len(self._work.__defaults__ or ())]
        hints = get_type_hints(self._work, include_extras=True)
        names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        return [_parameter(name, hints[name], required=name in required) for name in names]

    def run(self, called: str, line: Sequence[str]) -> int:
        """Run it with the words `line` behind its name; WrongUsage where they do not fit."""
        if any(word in ("-h", "--help") for word in line):
            print(self.help_text(called), end="")
            return WRITTEN
        if not line and any(p.required for p in self.parameters):
            raise WrongUsage(self.help_text(called))
        return self._work(**self._read(line)) or WRITTEN

    def _read(self, line: Sequence[str]) -> dict[str, Any]:
        flags = {flag: p for p in self.parameters if isinstance(p.told, Option) for flag in p.told.flags}
        short = "".join(f[1:] + ("" if p.switch else ":") for f, p in flags.items() if not f.startswith("--"))
        long = [f[2:] + ("" if p.switch else "=") for f, p in flags.items() if f.startswith("--")]
        try:
            options, words = getopt.gnu_getopt(line, short, long)
        except getopt.GetoptError as e:
            raise WrongUsage(_misused(e)) from None
        values: dict[str, Any] = {}
        for flag, text in options:
            one = flags[flag]
            value = True if one.switch else one.read(text)
            values[one.name] = [*values.get(one.name, ()), value] if one.many else value
        return values | self._placed(words)

    def _placed(self, words: Sequence[str]) -> dict[str, Any]:
        """The parameters that are told by position."""
        values: dict[str, Any] = {}
        left = list(words)
        for one in self.parameters:
            if not isinstance(one.told, Argument):
                continue
            if not left and one.required:
                raise WrongUsage(f"缺少 {one.label}。")
            if left and one.many:
                values[one.name], left = [one.read(word) for word in left], []
            elif left:
                values[one.name] = one.read(left.pop(0))
        if left:
            raise WrongUsage(f"多了“{' '.join(left)}”。")
        return values

    def help_text(self, called: str) -> str:
        """What it does and what it takes."""
        arguments = [p for p in self.parameters if isinstance(p.told, Argument)]
        options = [p.line for p in self.parameters if isinstance(p.told, Option)]
        usage = " ".join([called, "[选项]", *(p.label for p in arguments)])
        sections = {"参数：": [p.line for p in arguments], "选项：": [*options, ("-h, --help", "显示这段说明。")]}
        return _help(usage, self.help, sections)


def command(work: Callable[..., int | None]) -> Command:
    """Decorator: the function as a command."""
    return Command(work)


class Group:
    """Commands under one name. `homes` says where each is (`module:name`); it is loaded when it is asked for."""

    def __init__(self, help_text: str, homes: Mapping[str, str], **more: str) -> None:
        self.help = help_text
        self._homes = homes
        self._more = more
        """Options that the caller looks after, with their help."""

    def run(self, called: str, line: Sequence[str]) -> int:
        """Run the command that `line` begins with; WrongUsage where there is none."""
        if not line:
            raise WrongUsage(self.help_text(called))
        name, *rest = line
        if name in ("-h", "--help"):
            print(self.help_text(called), end="")
            return WRITTEN
        if name.startswith("-"):
            raise WrongUsage(f"没有 {name} 这个选项。")
        if name not in self._homes:
            raise WrongUsage(f"没有“{name}”这个命令。")
        return self.load(name).run(f"{called} {name}", rest)

    def load(self, name: str) -> Command | Group:
        """One of its commands."""
        module, _, attribute = self._homes[name].partition(":")
        found = getattr(import_module(module), attribute)
        assert isinstance(found, (Command, Group))
        return found

    def help_text(self, called: str) -> str:
        """What its commands do."""
        options = [*self._more.items(), ("-h, --help", "显示这段说明。")]
        lines = [(name, self.load(name).help) for name in self._homes]
        return _help(f"{called} [选项] 命令 …", self.help, {"选项：": options, "命令：": lines})


def _parameter(name: str, hint: Any, *, required: bool) -> Parameter:
    assert get_origin(hint) is Annotated, f"{name} does not say how it is told"
    kind, told = get_args(hint)[:2]
    if NoneType in get_args(kind):
        kind = next(k for k in get_args(kind) if k is not NoneType)
    many = get_origin(kind) is list
    return Parameter(name, told, get_args(kind)[0] if many else kind, many, required)


def _misused(error: getopt.GetoptError) -> str:
    """What getopt found wrong, in Chinese; it tells its cases apart by their wording alone."""
    flag = f"--{error.opt}" if len(error.opt) > 1 else f"-{error.opt}"
    if "requires argument" in error.msg:
        return f"{flag} 后面要写内容。"
    if "must not have" in error.msg:
        return f"{flag} 后面不写内容。"
    return f"{flag} 写得不全，有几个选项都这样开头。" if "unique" in error.msg else f"没有 {flag} 这个选项。"


def _help(usage: str, said: str, sections: Mapping[str, Sequence[tuple[str, str]]]) -> str:
    lines = [f"用法：{usage}", "", f"  {said}"]
    for title, entries in sections.items():
        if entries:
            width = max(w for name, _ in entries if (w := _width(name)) <= _WIDEST_NAME)
            lines += ["", title, *(line for entry in entries for line in _entry(*entry, width))]
    return "\n".join(lines) + "\n"


def _entry(name: str, said: str, width: int) -> Iterator[str]:
    if _width(name) > width:
        yield f"  {name}"
        name = ""
    yield f"  {name}{' ' * (width - _width(name))}  {said}"


def _width(text: str) -> int:
    """Columns on a screen: a Chinese character takes two."""
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in text)
