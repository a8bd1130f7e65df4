"""A whole 版式 looked at without any unit's data: everything that keeps it from being used, with its place."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from jinja2 import TemplateSyntaxError, meta, nodes

from budgetgen.expression import CALCULATED, WORDING_NAMES, Environment, environment
from budgetgen.issues import Issue, Level, Rejected, SourceRef, near_miss
from budgetgen.layout import (
    DOCX,
    NARRATIVES,
    PHRASE_SUFFIX,
    PHRASES,
    SECTION_SUFFIX,
    SETTINGS,
    XLSX,
    Profile,
    kinds,
    read_kind,
    settings_file,
)
from budgetgen.layout.scaffold import settings_of
from budgetgen.model import Accounts
from budgetgen.office.package import BOOK, DOCUMENT, Damaged, Package
from budgetgen.packet.literals import literals
from budgetgen.packet.names import KnownNames
from budgetgen.packet.narratives import Narratives, Phrases, bad_syntax
from budgetgen.packet.render import PacketRenderer
from budgetgen.records import record
from budgetgen.template import TemplateError, used_names
from budgetgen.template import check as check_template
from budgetgen.template.language.lint import UsedName
from budgetgen.template.language.lint import _NameWalker as NameWalker
from budgetgen.template.language.script import TOO_DEEP, UNCOMPILED

RULE, NAME_RULE = "TEMPLATE-001", "TEMPLATE-003"
_GUARDS = frozenset({"default", "d", "defined", "undefined"})
_ROOT = re.compile(r"[.\[(]")


@record
class Source:
    """One file as Jinja read it: `name` as it is called (`收入.md.j2`, `短语/占比.j2`), `path` where it is."""

    name: str
    path: str
    tree: nodes.Template

    @property
    def phrase(self) -> str:
        """The phrase's name; blank for a section."""
        folder, _, rest = self.name.partition("/")
        return rest.removesuffix(PHRASE_SUFFIX) if folder == PHRASES else ""

    def place(self, line: int) -> SourceRef:
        """A line of it."""
        return SourceRef(self.path, line)


def read_sources(narratives: Narratives) -> tuple[list[Source], list[Issue]]:
    """Every section and phrase that is in use, and an issue for each that Jinja cannot read."""
    env, sources, issues = narratives.env, [], []
    for name in env.list_templates():
        path = None
        try:
            loader = env.loader
            assert loader is not None
            text, path, _ = loader.get_source(env, name)
            sources.append(Source(name, path or name, _whole_tree(text) or _tree(text, env, name, path)))
        except TemplateSyntaxError as e:
            issues.append(_told(bad_syntax(e, env)))
        except UNCOMPILED:
            issues.append(_told(TemplateError(path or name, "", TOO_DEEP)))
        except TemplateError as e:
            issues.append(_told(e))
    return sources, issues


def _tree(text: str, env: Environment, name: str, path: str | None) -> nodes.Template:
    # What only the compiler refuses (a filter that there is not) is refused here too.
    env.compile(text, name, path, raw=True)
    return env.parse(text, name, path)


@lru_cache(maxsize=2048)
def _whole_tree(text: str) -> nodes.Template | None:
    """A narrative's source as Jinja reads it, once for all 版式 that share it; None where it is faulty."""
    with suppress(TemplateSyntaxError, TemplateError, *UNCOMPILED):
        return _tree(text, environment(), "", None)
    return None


def names_in_use(narratives: Narratives, placed: Collection[str]) -> Iterator[str]:
    """The names that the phrases, and the sections that are `placed`, ask for; what cannot be read asks for none."""
    loader = narratives.env.loader
    assert loader is not None
    for name in narratives.env.list_templates():
        with suppress(TemplateSyntaxError, TemplateError, *UNCOMPILED):
            if name in placed or name.startswith(f"{PHRASES}/"):
                yield from _names_asked(loader.get_source(narratives.env, name)[0])


@lru_cache(maxsize=2048)
def _names_asked(text: str) -> tuple[str, ...]:
    """The names that a narrative's source asks for: a file that many 版式 share is read once."""
    return tuple(name for _, name, _ in names_used(Source("", "", environment().parse(text))))


def _told(error: TemplateError) -> Issue:
    return Issue(RULE, Level.ERROR, error.cause, "改这个文件。", place=SourceRef(error.file, cell=error.place))


def names_used(source: Source) -> Sequence[tuple[int, str, bool]]:
    """The names that a file asks for, with their lines, and whether it calculates with them."""
    return _names_of(source.tree)


@lru_cache(maxsize=2048)
def _names_of(tree: nodes.Template) -> Sequence[tuple[int, str, bool]]:
    walker = NameWalker()
    walker.block(tree.body)
    own = _own_names(tree)
    found = dict.fromkeys(walker.found)
    return [(line, name, (line, name) in walker.calculated) for line, name in found if root_of(name) not in own]


def root_of(name: str) -> str:
    """`收入` of `收入.合计`, `短语` of `短语.占比()`."""
    return _ROOT.split(name, maxsplit=1)[0]


def parameters(source: Source, known: set[str]) -> tuple[set[str], set[str]]:
    """The names that a phrase takes from its caller: all of them, and those that it cannot do without."""
    takes, may_lack = _names_taken(source.tree)
    return takes - known, takes - known - may_lack


@lru_cache(maxsize=2048)
def _names_taken(tree: nodes.Template) -> tuple[set[str], set[str]]:
    """The names that a file asks for without setting them first, and those that it can do without."""
    return meta.find_undeclared_variables(tree), {*_guarded(tree), *_own_names(tree)}


def _own_names(tree: nodes.Template) -> set[str]:
    """The names that a file sets itself."""
    return {n.name for n in tree.find_all(nodes.Name) if n.ctx == "store"}


def _guarded(tree: nodes.Template) -> Iterator[str]:
    """Names that a phrase asks after before it uses them: `x|default(…)`, `x is defined`."""
    for node in tree.find_all((nodes.Filter, nodes.Test)):
        if isinstance(node.node, nodes.Name) and node.name in _GUARDS:
            yield node.node.name


def check_calls(
    source: Source, spoken: Sequence[str], phrases: Mapping[str, Source], known: set[str]
) -> Iterator[Issue]:
    """Phrases that a file calls: each is there, gets what it needs, and nothing that it does not know.

    `spoken` names all phrases there are, `phrases` holds those that could be read.
    """
    for call in source.tree.find_all(nodes.Call):
        name = _phrase_called(call)
        if name is None:
            continue
        place = source.place(call.lineno)
        if name not in spoken:
            cause = f"没有“{name}”这个短语{near_miss(name, spoken) or '。'}"
            yield Issue(NAME_RULE, Level.ERROR, cause, "改名，或在 说明/短语/ 里加上。", place=place)
            continue
        if call.args:
            cause = f"短语.{name} 的参数要写名称，如 短语.{name}(参数=…)。"
            yield Issue(NAME_RULE, Level.ERROR, cause, "补上参数的名称。", place=place)
        if call.args or call.dyn_kwargs or call.dyn_args or name not in phrases:
            continue
        yield from _check_arguments(name, {k.key for k in call.kwargs}, parameters(phrases[name], known), known, place)


def _check_arguments(
    name: str, given: set[str], takes: tuple[set[str], set[str]], known: set[str], place: SourceRef
) -> Iterator[Issue]:
    may, must = takes
    if lacking := sorted(must - given):
        cause = f"短语.{name} 缺少参数 {'、'.join(lacking)}。"
        yield Issue(NAME_RULE, Level.ERROR, cause, f"补上，如 {lacking[0]}=…。", place=place)
    for extra in sorted(given - may - known):
        cause = f"短语.{name} 用不到参数“{extra}”{near_miss(extra, may) or '。'}"
        yield Issue(NAME_RULE, Level.WARNING, cause, "改名或删去。", place=place)


def _phrase_called(call: nodes.Call) -> str | None:
    target = call.node
    if isinstance(target, nodes.Getattr) and isinstance(target.node, nodes.Name) and target.node.name == PHRASES:
        return target.attr
    return None


_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_PLACED = re.compile(r"(说明|表)\s*[(（]\s*[\"'“”‘’]([^\"'“”‘’]*)[\"'“”‘’]\s*[,，)）]")
_DOCUMENT_ONLY = frozenset({"说明", "表", "目录", "图", "图号"})


def check_profile(profile: Profile) -> list[Issue]:
    """Everything wrong in the files of a 版式; a note for each that nothing uses."""
    try:
        narratives = Narratives(profile.narrative_folders())
        made = [kind for kind in kinds(profile.shelves) if profile.has(kind)]
        if not made:
            profile.templates(read_kind(places=profile.shelves))
        templates = {path: file for kind in made for file, path in profile.templates(kind).items()}
    except TemplateError as e:
        return [_told(e)]
    except Rejected as e:
        return list(e.issues)
    sources, issues = read_sources(narratives)
    issues += [
        *_narratives(narratives, sources, profile.widest_model),
        *_stray(profile),
        *_opened(profile, narratives),
    ]
    settings = [f"设置.{name}" for name in narratives.settings.names()]
    workbooks, documents = ([p for p, f in templates.items() if f.suffix == suffix] for suffix in (XLSX, DOCX))
    for path in templates:
        issues += check_file(path, profile.widest_model, settings)
    if not any(i.level is Level.ERROR for i in issues):
        issues += _unused_settings(profile, sources, [used.name for path in templates for used in names_in(path)])
    issues += _placed(profile, documents, workbooks, narratives)
    if not any(i.level is Level.ERROR for i in issues):
        try:
            for kind in made:
                PacketRenderer(profile, kind).compile_all()
        except TemplateError as e:
            issues.append(_told(e))
    return [*issues, *literals(profile)]


def check_file(path: Path, model: type[Accounts] = Accounts, more: Iterable[str] = ()) -> list[Issue]:
    """Everything wrong in one workbook or document: its tags, and names that there are not, those of `more` aside."""
    faults, names = _read_template(path, *_state(path))
    if faults:
        return [_at(path, issue) for issue in faults]
    known = KnownNames(more, model)
    issues = []
    for used in names:
        if cause := known.unknown(used.name):
            place = SourceRef(str(path), cell=used.place)
            issues.append(Issue(NAME_RULE, Level.ERROR, cause, "改标签里的名称。", place=place))
        elif used.calculated and known.is_number(used.name):
            issues.append(_calculated(used.name, SourceRef(str(path), cell=used.place)))
    return issues


def names_in(path: Path) -> Sequence[UsedName]:
    """The names that a workbook or document asks for. TemplateError: it cannot be compiled."""
    faults, names = _read_template(path, *_state(path))
    if faults:
        raise TemplateError(path.name, "", faults[0].cause)
    return names


def _state(path: Path) -> tuple[int, int]:
    state = path.stat()
    return state.st_mtime_ns, state.st_size


@lru_cache(maxsize=256)
def _read_template(path: Path, _changed: int, _size: int) -> tuple[Sequence[Issue], Sequence[UsedName]]:
    """What is wrong with a workbook or document, and the names that it asks for: read once for all 版式 that inherit it."""
    env = environment()
    faults = check_template(path, env)
    return faults, () if faults else used_names(path, env)


def _calculated(name: str, place: SourceRef) -> Issue:
    return Issue(NAME_RULE, Level.ERROR, f"拿“{name}”来算：{CALCULATED}。", "换成算好的数的名称。", place=place)


def _at(path: Path, issue: Issue) -> Issue:
    """The issue with the file's whole path."""
    return replace(issue, place=SourceRef(str(path), cell=issue.place.cell if issue.place else ""))


def _narratives(narratives: Narratives, sources: Sequence[Source], model: type[Accounts]) -> Iterator[Issue]:
    """Names and phrases that there are not."""
    phrases = {s.phrase: s for s in sources if s.phrase}
    spoken = Phrases(narratives.env, {}).names()
    settings = [f"设置.{name}" for name in narratives.settings.names()]
    names = KnownNames([*settings, *(f"{PHRASES}.{p}" for p in spoken)], model)
    given = set(narratives.env.globals) - names.roots()  # Jinja's own, and functions that are no part of the tree
    known = {*names.roots(), *given} - _DOCUMENT_ONLY
    for source in sources:
        if source.name == SETTINGS:
            continue
        yield from check_calls(source, spoken, phrases, known)
        for line, name, calculated in names_used(source):
            root = root_of(name)
            told = name.startswith(f"{PHRASES}.")  # with its arguments
            parameter = root not in known and bool(source.phrase)
            if told or parameter or root in given:
                continue
            cause = f"“{root}”只能写在文本里。" if root in _DOCUMENT_ONLY else names.unknown(name)
            if cause:
                yield Issue(NAME_RULE, Level.ERROR, cause, "改名称。", place=source.place(line))
            elif calculated and names.is_number(name):
                yield _calculated(name, source.place(line))


def _opened(profile: Profile, narratives: Narratives) -> Iterator[Issue]:
    """What 用词 opens to units and no 设置.j2 sets: a name mistyped."""
    place = SourceRef(str(settings_file(profile.name, profile.shelves)))
    for one in profile.open_settings:
        top, _, entry = one.name.partition(".")
        own = narratives.settings[top] if top in narratives.settings.names() else None
        entries = own if isinstance(own, Mapping) else {}
        known = entries if entry and entries else (*narratives.settings.names(), *WORDING_NAMES)
        if (entry or top) not in known or (bool(entry) != bool(entries) and top not in WORDING_NAMES):
            cause = f"“用词”里的“{one.name}”，设置里没有{near_miss(entry or top, known) or '。'}"
            yield Issue(NAME_RULE, Level.ERROR, cause, "改成 设置.j2 里的名称；设置里有几项的写 名称.项。", place=place)


def _unused_settings(profile: Profile, sources: Iterable[Source], in_files: Iterable[str]) -> Iterator[Issue]:
    """What only the 版式's own 设置.j2 sets and nothing asks for, nor `in_files` do: a name mistyped."""
    prefix = "设置."
    told = {n for s in sources for _, n, _ in names_used(s)} | set(in_files)
    used = {re.split(r"[.\[]", n.removeprefix(prefix), maxsplit=1)[0] for n in told if n.startswith(prefix)}
    own = _own_folders(profile)
    inherited = [f for f in profile.narrative_folders() if f not in own]
    known = used | set(WORDING_NAMES) | {name for f in inherited for name in settings_of(f / SETTINGS)}
    for folder in own:
        for name, setting in settings_of(folder / SETTINGS).items():
            if name not in known:
                cause = f"没有哪一篇说明用到设置“{name}”{near_miss(name, known) or '。'}"
                place = SourceRef(str(folder / SETTINGS), setting.line)
                yield Issue(NAME_RULE, Level.WARNING, cause, "改名或删去。", place=place)


def _placed(
    profile: Profile, documents: Sequence[Path], workbooks: Sequence[Path], narratives: Narratives
) -> Iterator[Issue]:
    """What the documents place is there, and the 版式's own narratives are placed."""
    sections = narratives.sections()
    sheets = [sheet for workbook in workbooks for sheet in _sheets(workbook)]
    placed = [(document, kind, name) for document in documents for kind, name in _placed_in(document)]
    for document, kind, name in placed:
        there = sections if kind == "说明" else sheets
        if there and name not in there:
            place = SourceRef(str(document), cell=f"{kind}(“{name}”)")
            what = "这篇说明" if kind == "说明" else "这张工作表"
            cause = f"没有“{name}”{what}{near_miss(name, there) or '。'}"
            yield Issue(NAME_RULE, Level.ERROR, cause, "改名，或补上。", place=place)
    used = {name for _, kind, name in placed if kind == "说明"}
    for folder in _own_folders(profile):
        for path in sorted(folder.glob(f"*{SECTION_SUFFIX}")):
            name = path.name.removesuffix(SECTION_SUFFIX)
            if used and name not in used and documents:
                mend = f'在 {documents[0].name} 里要放它的地方写 {{{{p 说明("{name}") }}}}，或删去这个文件。'
                yield Issue(NAME_RULE, Level.NOTE, "这篇说明没有放进文档。", mend, place=SourceRef(str(path)))


def templates_of(profile: Profile) -> list[Path]:
    """The templates of every kind of packet that can be made in a 版式, each once."""
    made = (kind for kind in kinds(profile.shelves) if profile.has(kind))
    return list(dict.fromkeys(path for kind in made for path in profile.templates(kind).values()))


def placed_narratives(profile: Profile) -> frozenset[str]:
    """The files of narratives that a 版式's documents place."""
    documents = [path for path in templates_of(profile) if path.suffix == f".{DOCX}"]
    placed = (found for document in documents for found in _placed_in(document))
    return frozenset(f"{name}{SECTION_SUFFIX}" for kind, name in placed if kind == "说明")


def _stray(profile: Profile) -> Iterator[Issue]:
    """Files of the 版式's own folders that nothing reads: most often a name that Windows has lengthened."""
    for folder in _own_folders(profile):
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            inside = path.relative_to(folder)
            is_phrase = len(inside.parts) == 2 and inside.parts[0] == PHRASES and path.suffix == ".j2"  # noqa: PLR2004
            is_section = len(inside.parts) == 1 and (path.name.endswith(SECTION_SUFFIX) or path.name == SETTINGS)
            if not (is_phrase or is_section or path.name.startswith((".", "~", "说明.", "先读"))):
                mend = f"说明叫“名称{SECTION_SUFFIX}”，短语叫“{PHRASES}/名称.j2”；看看扩展名后面是不是多了 .txt。"
                yield Issue(NAME_RULE, Level.WARNING, "程序不读这个文件。", mend, place=SourceRef(str(path)))


def _own_folders(profile: Profile) -> list[Path]:
    return [f for s in profile.shelves if (f := s.file(DOCX, profile.name, NARRATIVES)).is_dir()]


def _placed_in(document: Path) -> Iterator[tuple[str, str]]:
    try:
        root = Package(document.read_bytes()).root(DOCUMENT)
    except Damaged:  # told by its own check
        return
    for paragraph in root.iter(f"{_W}p"):
        text = "".join(t.text or "" for t in paragraph.iter(f"{_W}t"))
        yield from _PLACED.findall(text)


def _sheets(workbook: Path) -> list[str]:
    try:
        root = Package(workbook.read_bytes()).root(BOOK)
    except Damaged:
        return []
    return [str(s.get("name")) for s in root.iter("{*}sheet")]
