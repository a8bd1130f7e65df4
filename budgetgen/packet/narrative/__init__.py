"""说明: a narrative's Jinja and light Markdown to paragraphs of a Word document.

`说明/<name>.md.j2` is one section; `说明/短语/<name>.j2` is one phrase, called as `短语.<name>(…)`. Every file is found
along the folders of the 版式, the nearest first. `说明/设置.j2` sets the words and number formats: each 版式 says what it
sets otherwise than those it inherits from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from jinja2 import Template, TemplateNotFound
from jinja2.exceptions import TemplateSyntaxError
from markupsafe import Markup

from budgetgen.expression import WORDING_NAMES, Environment, Missing, Spoken, Wording, environment
from budgetgen.figures import Group
from budgetgen.issues import Rejected, near_miss
from budgetgen.layout import PHRASE_SUFFIX, PHRASES, SECTION_SUFFIX, SETTINGS
from budgetgen.packet.narrative.faults import bad_run, bad_syntax, called_from
from budgetgen.packet.narrative.loader import NarrativeLoader, without_tag_lines
from budgetgen.packet.narrative.markdown import BODY, HEADINGS, one_line, protect, read_markdown, to_passage
from budgetgen.template import TemplateError as BadTemplate


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
            phrase = self._env.get_template(f"{PHRASES}/{name}{PHRASE_SUFFIX}")
        except TemplateNotFound:
            raise KeyError(name) from None
        except TemplateSyntaxError as e:
            raise bad_syntax(e, self._env) from e

        def say(*unnamed: object, **arguments: object) -> Markup:
            if unnamed:
                raise TypeError(f"短语.{name} 的参数要写名称，如 短语.{name}(参数=…)")
            return str.__new__(Markup, one_line(self.run(phrase, arguments)))  # escaped by the phrase

        return say

    def run(self, template: Template, arguments: Mapping[str, object]) -> str:
        """The text of a narrative or phrase; whatever fails in it is told with its file and line."""
        names = {**self._seen, **arguments}
        try:
            try:
                return "".join(template.root_render_func(self._env.context_of(template, names)))
            except Exception:  # noqa: BLE001 - Jinja raises it again, its frames told in the template's own lines
                self._env.handle_exception()
        except (BadTemplate, Rejected):
            raise
        except Exception as e:
            raise bad_run(e, template.filename or "", lambda: names) from e

    def names(self) -> Sequence[str]:
        """The phrases there are."""
        found = (n.partition("/") for n in self._env.list_templates())
        return [rest.removesuffix(PHRASE_SUFFIX) for folder, _, rest in found if folder == PHRASES and rest]


class Narratives:
    """The narratives of one 版式: `folders` hold its `说明/`, the nearest first."""

    def __init__(self, folders: Sequence[Path], names: Mapping[str, object]) -> None:
        self.settings = Group("设置", _settings(folders))
        self.wording = _wording(self.settings, folders)
        self._folders = folders
        self.env = environment(self.wording, _loader(*folders), {**names, "设置": self.settings}, protect)
        self.env.auto_reload = False  # whoever looks for changed files compiles the whole 版式 anew

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
            template = self.env.get_template(file)
        except TemplateNotFound:
            cause = f"没有“{name}”这篇说明{near_miss(name, self.sections()) or '。'}"
            raise BadTemplate(str(Path(*self._folders[:1], file)), "", cause) from None
        except TemplateSyntaxError as e:
            raise bad_syntax(e, self.env) from e
        try:
            text = phrases.run(template, {})
        except BadTemplate as e:
            raise called_from(e, template.filename or "") from e
        return list(read_markdown(text))


def _loader(*folders: Path) -> NarrativeLoader:
    return NarrativeLoader([str(f) for f in folders])


def _wording(settings: Group, folders: Sequence[Path]) -> Wording:
    usual = Wording()
    chosen: dict[str, Any] = {field: settings[name] for name, field in WORDING_NAMES.items() if name in settings}
    for name, field in WORDING_NAMES.items():
        kind = type(getattr(usual, field))
        if field in chosen and type(chosen[field]) is not kind:
            form = "true 或 false" if kind is bool else "整数"
            cause = f"“{name}”写的是“{chosen[field]}”，要写{form}，不加引号"
            raise BadTemplate(str(folders[0] / SETTINGS), "", cause)
    return replace(usual, **chosen)


def _settings(folders: Sequence[Path]) -> dict[str, object]:
    """What the 设置.j2 of each folder sets, the nearest last; each sees what those before it have set."""
    found: dict[str, object] = {}
    for folder in reversed(folders):
        env = environment(loader=_loader(folder), names=found)
        try:
            template = env.get_template(SETTINGS)
            module = template.module
        except TemplateNotFound:
            continue
        except TemplateSyntaxError as e:
            raise bad_syntax(e, env) from e
        except BadTemplate:
            raise
        except Exception as e:
            raise bad_run(e, str(folder / SETTINGS), dict) from e
        for name, value in vars(module).items():
            if isinstance(value, Missing):
                raise BadTemplate(str(folder / SETTINGS), "", f"“{name}”的值写得不对：文字要加引号")
            if not name.startswith("_"):
                found[name] = value
    return found


__all__ = [
    "BODY",
    "HEADINGS",
    "NarrativeLoader",
    "Narratives",
    "Phrases",
    "one_line",
    "protect",
    "read_markdown",
    "to_passage",
    "without_tag_lines",
]
